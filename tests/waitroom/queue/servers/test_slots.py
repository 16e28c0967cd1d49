"""The map of a cluster's slots, and which Sentinel to believe."""

from waitroom.queue.keys import ROOMS, Keys
from waitroom.queue.servers.cluster import slot_of
from waitroom.queue.servers.sentinels import Named, newest
from waitroom.queue.servers.slots import SLOTS, read_slots
from waitroom.store_address import Host

TOLD_BY = Host("10.0.0.9", 7009)
A, B = Host("10.0.0.1", 7001), Host("10.0.0.2", 7002)


def test_ranges_are_read() -> None:
    """Each range has its primary; replicas are passed over, and gaps belong to nobody."""
    found = read_slots(
        [[0, 99, [b"10.0.0.1", 7001, b"id"], [b"10.0.0.5", 7005, b"id"]], [200, SLOTS - 1, ["10.0.0.2", 7002, "id"]]],
        told_by=TOLD_BY,
    )
    assert [found.owner(slot) for slot in (0, 99, 100, 199, 200, SLOTS - 1)] == [A, A, None, None, B, B]
    assert found.owners() == {A, B}
    assert found.has_gaps()
    assert not found.is_stale


def test_a_node_without_a_name_is_the_one_that_was_asked() -> None:
    """A node that does not know its own address leaves it out."""
    for unknown in (b"", "", None):
        found = read_slots([[0, 1, [unknown, 7001, b"id"]]], told_by=TOLD_BY)
        assert found.owner(0) == Host("10.0.0.9", 7001)


def test_a_slot_that_has_moved() -> None:
    """One slot's new owner changes nothing of the others."""
    found = read_slots([[0, SLOTS - 1, [b"10.0.0.1", 7001, b"id"]]], told_by=TOLD_BY)
    found.move(5, B)
    assert (found.owner(4), found.owner(5), found.owner(6)) == (A, B, A)


def test_a_room_is_one_slot() -> None:
    """All keys of a room share a slot, and rooms are spread."""
    assert len({slot_of(key) for key in Keys("night").all}) == 1
    assert len({slot_of(Keys(f"night-{number}").part("room")) for number in range(50)}) > 40
    assert slot_of(ROOMS) == slot_of("wr:rooms")


def test_the_newest_configuration_is_believed() -> None:
    """A Sentinel that has not heard of the failover is outvoted by one that has, wherever it stands in the list."""
    assert newest([Named(3, A), None, Named(4, B), Named(3, A)]) == Named(4, B)
    assert newest([None, None]) is None
