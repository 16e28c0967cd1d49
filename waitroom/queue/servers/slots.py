"""The map of a cluster's slots."""

from collections.abc import Iterable
from typing import Any

from waitroom.store_address import Host

SLOTS = 16384


class SlotMap:
    """Who has which slot; `is_stale` once a node has shown otherwise, and before anything is known."""

    def __init__(self) -> None:
        self._owners: list[Host | None] = [None] * SLOTS
        self.is_stale = True

    def owner(self, slot: int) -> Host | None:
        """The node that has the slot; None while nobody is known to."""
        return self._owners[slot]

    def owners(self) -> set[Host]:
        """All nodes that have a slot."""
        return {owner for owner in self._owners if owner is not None}

    def has_gaps(self) -> bool:
        """Whether some slots are nobody's."""
        return None in self._owners

    def move(self, slot: int, owner: Host) -> None:
        """Note that another node has the slot now."""
        self._owners[slot] = owner

    def fill(self, first: int, last: int, owner: Host) -> None:
        """Note who has a range of slots, both ends included."""
        self._owners[first : last + 1] = [owner] * (last + 1 - first)


def read_slots(ranges: Iterable[Any], *, told_by: Host) -> SlotMap:  # Any: bytes, numbers and lists, as redis-py reads
    """Read what CLUSTER SLOTS answers; a node without a name is the one that was asked."""
    found = SlotMap()
    for first, last, primary, *_ in ranges:
        name, port = primary[0], int(primary[1])
        text = name.decode() if isinstance(name, bytes) else name
        found.fill(int(first), int(last), Host(text or told_by.name, port))
    found.is_stale = False
    return found
