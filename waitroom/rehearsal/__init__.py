"""Rehearsal: a crowd of ours that runs a room's whole night by the queue's own verbs and buys nothing.

It works on rooms that were made as rehearsals and on no other: `Rehearsing` refuses them, and is the only way in.
"""

from waitroom.rehearsal.cast import Ghost, GhostPlan, cast
from waitroom.rehearsal.progress import Progress
from waitroom.rehearsal.rehearsing import NotARehearsalError, Rehearsing

__all__ = ["Ghost", "GhostPlan", "NotARehearsalError", "Progress", "Rehearsing", "cast"]
