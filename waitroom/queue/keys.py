"""Every key of the queue: `wr:{room}:...`, one hash tag a room, so that a room is one slot of a cluster.

| key | type | members | until |
|---|---|---|---|
| `:room` | hash | settings, switches, epoch, version, seed's key id, commitment | the room is deleted |
| `:meter` | hash | counters, buckets, room time, watermark, freeze, draw progress, stored curve and snapshot | same |
| `:lobby` | sorted set | fan id by tier; while the drawn move, as many as are still to be moved | same |
| `:waiting` | sorted set | fan id by score | same |
| `:admitted` | sorted set | fan id by claim deadline, ms of room time | same |
| `:active` | sorted set | fan id by end of the slot, ms since 1970 | same |
| `:ended` | hash | fan id to reason | same |
| `:entrants` | hash | chunk index to 17-byte entries, `index:hash` to its root, `index:first` to the first | same |
| `:health` | hash | reporter to its last report | a day after the last report |
| `:changes` | stream | who changed what | the newest 100,000 |
| `:admissions` | stream | which turns were given when, at which rate | the newest 200,000 |
| `:turns` | hash | fan id of an admitted or active fan to the turn's moments, tier and session | the turn ends |
| `:codes` | hash | id of a presale code to `tier:uses left`, no number for any number of uses | the room is deleted |
| `:moved` | sorted set | fan id of who moved to another device, by moment and number of moves: `_moved.lua` | same |
| `:moves` | hash | id of a move code to the place that it gives, `@fan id` to that id | ten minutes, by `:moves_due` |
| `:moves_due` | sorted set | id of a move code by its end, ms since 1970 | same |
| `:support` | hash | id of a support code to the fan that it finds, `@fan id` to that id | a day, by `:support_due` |
| `:support_due` | sorted set | id of a support code by its end, ms since 1970 | same |
| `:logo` | hash | hash of a picture to its bytes: the logo in force, and one that is to be | the room is deleted |
| `:networks` | sorted set | network by the joins that came from it, `all` by all joins; the largest 10,000 | same |
| `:deleted` | hash | epoch of a deleted room of this name to the moment, ms since 1970 | 30 days |

`wr:rooms` is a set of the rooms' names; it lies in a slot of its own and is written beside, not with, a room.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

ROOMS = "wr:rooms"
ROOM_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
PARTS = (
    "room",
    "meter",
    "lobby",
    "waiting",
    "admitted",
    "active",
    "ended",
    "entrants",
    "health",
    "changes",
    "admissions",
    "turns",
    "codes",
    "deleted",
    "moved",
    "moves",
    "moves_due",
    "support",
    "support_due",
    "logo",
    "networks",
)


def is_room_name(text: str) -> bool:
    """Whether `text` may name a room: 1 to 64 lower-case letters, digits and inner hyphens."""
    return ROOM_NAME.fullmatch(text) is not None


@dataclass(frozen=True)
class Keys:
    """The keys of one room, in the order in which every script gets them."""

    room: str

    def __post_init__(self) -> None:
        if not is_room_name(self.room):
            raise ValueError(f"{self.room!r} cannot name a room")

    def part(self, name: str) -> str:
        """Return one key by the name of its part."""
        return f"wr:{{{self.room}}}:{name}"

    @cached_property
    def all(self) -> tuple[str, ...]:
        """All keys, as `_base.lua` names them."""
        return tuple(self.part(name) for name in PARTS)


@lru_cache(maxsize=4096)
def keys_of(room: str) -> tuple[str, ...]:
    """All keys of a room, made once; raises ValueError for what cannot name a room."""
    return Keys(room).all
