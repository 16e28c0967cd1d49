"""View: all that the store holds of a room at one moment, and copies of it that come back later."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from redis import Redis
from redis.client import Pipeline

from waitroom.queue.keys import Keys
from waitroom.queue.merkle import split_entrants
from waitroom.tokens import encode_base64url

SETS = ("lobby", "waiting", "admitted", "active")
OTHER_SETS = ("moved", "moves_due", "support_due")
"""Beside the places: who moved to another device, and until when codes stand."""
ALL_SETS = SETS + OTHER_SETS
HASHES = ("room", "meter", "ended", "turns", "codes", "health", "deleted", "entrants", "moves", "support", "logo")


@dataclass(frozen=True)
class View:
    """The keys of a room: sorted sets and hashes by part, the admission log, the length of the change log."""

    sets: Mapping[str, Mapping[str, int]]
    hashes: Mapping[str, Mapping[str, str]]
    log: tuple[Mapping[str, str], ...]
    changes: int

    def __deepcopy__(self, _: object) -> Self:
        return self

    @staticmethod
    def ask(pipeline: Pipeline, room: str) -> None:
        """Put the reading of everything into a pipeline."""
        keys = Keys(room)
        for part in ALL_SETS:
            pipeline.zrange(keys.part(part), 0, -1, withscores=True)
        for part in HASHES:
            pipeline.hgetall(keys.part(part))
        pipeline.xrange(keys.part("admissions"))
        pipeline.xlen(keys.part("changes"))

    @classmethod
    def read(cls, found: list[Any]) -> Self:  # Any: lists of pairs, dicts and a number
        """Read what the pipeline brought."""
        sets, hashes = found[: len(ALL_SETS)], found[len(ALL_SETS) : -2]
        return cls(
            {part: {fan.decode(): int(score) for fan, score in one} for part, one in zip(ALL_SETS, sets, strict=True)},
            {part: _texts(one) for part, one in zip(HASHES, hashes, strict=True)},
            tuple(_texts(entry) for _, entry in found[-2]),
            found[-1],
        )

    @property
    def meter(self) -> Mapping[str, str]:
        """Counters, buckets, room time and progress."""
        return self.hashes["meter"]

    @property
    def is_drawn(self) -> bool:
        """Whether the lobby stands in the line."""
        return "drawn" in self.meter

    @cached_property
    def lobby(self) -> Mapping[str, int]:
        """The fans of the lobby and their tiers: while the drawn move, who of the list is not yet in the line."""
        if "drawn_entrants" not in self.meter or self.is_drawn:
            return self.sets["lobby"]
        chunks = [self.hashes["entrants"][str(index)] for index in range(int(self.meter["chunks"]))]
        listed = [entrant for chunk in chunks for entrant in split_entrants(chunk.encode("latin-1"))]
        tiers = {encode_base64url(entrant[1:]): entrant[0] for entrant in listed}
        return {fan: tier for fan, tier in tiers.items() if fan not in self.sets["waiting"]}

    def state(self, fan: str) -> str | None:
        """Where the fan is; who is inside or has left stays an entrant of a frozen lobby."""
        if fan in self.sets["waiting"]:
            return "waiting"
        if fan in self.hashes["ended"]:
            return self.hashes["ended"][fan]
        inside = next((part for part in ("active", "admitted") if fan in self.sets[part]), None)
        return inside or ("lobby" if fan in self.lobby else None)

    def fans(self) -> dict[str, str]:
        """Everybody in the room, and where."""
        known = {fan for part in SETS[1:] for fan in self.sets[part]} | set(self.lobby) | set(self.hashes["ended"])
        return {fan: state for fan in sorted(known) if (state := self.state(fan)) is not None}

    def those(self, state: str) -> list[str]:
        """The fans in one state, in order."""
        return [fan for fan, where in self.fans().items() if where == state]


def _texts(pairs: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in sorted(pairs.items())}


def copy_keys(client: Redis, room: str) -> dict[str, bytes | None]:
    """Take a copy of the room's keys, as a replica has them that stops here."""
    names = Keys(room).all
    pipeline = client.pipeline()
    for name in names:
        pipeline.dump(name)
    return dict(zip(names, pipeline.execute(), strict=True))


def put_keys(client: Redis, copy: Mapping[str, bytes | None]) -> None:
    """Put a copy in the place of what is there, as a failover does that loses the last writes."""
    pipeline = client.pipeline()
    for name, value in copy.items():
        pipeline.delete(name)
        if value is not None:
            pipeline.restore(name, 0, value)
    pipeline.execute()
