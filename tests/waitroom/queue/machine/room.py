"""The whole machine, on one server."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.waitroom.queue.machine.drawing import Drawing
from tests.waitroom.queue.machine.ground import World, group
from tests.waitroom.queue.machine.losses import Losses

ANY_PACE = settings(
    deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, database=None, report_multiple_bugs=False
)


class RoomMachine(Losses, Drawing):
    """Everything that can happen to a room."""

    @group("rate")
    @rule(
        low=st.sampled_from([0, 6, 60]),
        us=st.sampled_from([1_000, 400_000, 1_000_000, 4_000_000]),
        many=st.integers(1, 6),
    )
    def tap(self, low: float, us: int, many: int) -> None:
        """The tap is turned down, and up again a little later, while fans claim."""
        before = self.record.settings.new_users_per_minute
        self.claim(0, many, anybody=False)
        self.rate(low)
        self.pass_time(us)
        self.rate(before)
        self.claim(0, many, anybody=False)


def machine_on(world: World, **directed: object) -> type[RoomMachine]:
    """The machine on this server; `groups` of rules and `fixed` settings direct it."""
    return type("RoomMachine", (RoomMachine,), {"world": world, **directed})
