"""The whole machine, on one server."""

from hypothesis import HealthCheck, settings

from tests.waitroom.queue.machine.drawing import Drawing
from tests.waitroom.queue.machine.fans import Fans
from tests.waitroom.queue.machine.ground import World
from tests.waitroom.queue.machine.losses import Losses

ANY_PACE = settings(
    deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, database=None, report_multiple_bugs=False
)


class RoomMachine(Losses, Drawing, Fans):
    """Everything that can happen to a room."""


def machine_on(world: World, **directed: object) -> type[RoomMachine]:
    """The machine on this server; `groups` of rules and `fixed` settings direct it."""
    return type("RoomMachine", (RoomMachine,), {"world": world, **directed})
