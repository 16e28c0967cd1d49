"""The simulation: a room's evening on a virtual clock, before anybody waits.

It counts fans by the second and never follows a single one, so that fourteen million fans and ten hours take a second
or two. Its rules are those of `_share.lua`, `_turns.lua` and `_entries.lua`, in expected values; shared vectors and a
run beside the scripts hold the two together.
"""

from waitroom.simulation.crowd import Crowd, Shape
from waitroom.simulation.foretelling import Bound, Foretold, foretell
from waitroom.simulation.outcome import Outcome, Point
from waitroom.simulation.picture import draw_picture
from waitroom.simulation.policy import Policy, Step, start_of
from waitroom.simulation.run import simulate
from waitroom.simulation.standing import fans_of_room, policy_of_room
from waitroom.simulation.text import describe

__all__ = [
    "Bound",
    "Crowd",
    "Foretold",
    "Outcome",
    "Point",
    "Policy",
    "Shape",
    "Step",
    "describe",
    "draw_picture",
    "fans_of_room",
    "foretell",
    "policy_of_room",
    "simulate",
    "start_of",
]
