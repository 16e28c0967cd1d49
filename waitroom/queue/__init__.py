"""The queue: its verbs, their answers, and what describes a room."""

from waitroom.queue.coalescing import JoinCoalescer, RestoreCoalescer
from waitroom.queue.device_results import CodeUnknown, Exhausted, Found, Held, Offered, TakenOver
from waitroom.queue.draw_state import DrawState
from waitroom.queue.drawing import Drawing, SeedMissing
from waitroom.queue.lifecycle import change_room, close_room, create_room, look_at_room, release_now
from waitroom.queue.presale import count_codes, keep_codes, make_codes
from waitroom.queue.results import (
    Active,
    Claimed,
    Closed,
    CodeRefusal,
    CodeRefused,
    Entered,
    HealthReport,
    MovedAway,
    OtherEpoch,
    Over,
    Paused,
    Spent,
    Standing,
    State,
    TooEarly,
    Unknown,
    Waiting,
)
from waitroom.queue.snapshot import Document, Snapshot
from waitroom.queue.store import Queue

__all__ = [
    "Active",
    "Claimed",
    "Closed",
    "CodeRefusal",
    "CodeRefused",
    "CodeUnknown",
    "Document",
    "DrawState",
    "Drawing",
    "Entered",
    "Exhausted",
    "Found",
    "HealthReport",
    "Held",
    "JoinCoalescer",
    "MovedAway",
    "Offered",
    "OtherEpoch",
    "Over",
    "Paused",
    "Queue",
    "RestoreCoalescer",
    "SeedMissing",
    "Snapshot",
    "Spent",
    "Standing",
    "State",
    "TakenOver",
    "TooEarly",
    "Unknown",
    "Waiting",
    "change_room",
    "close_room",
    "count_codes",
    "create_room",
    "keep_codes",
    "look_at_room",
    "make_codes",
    "release_now",
]
