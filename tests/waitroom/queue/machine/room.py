"""The whole machine, on one server."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.waitroom.queue.machine.devices import Devices
from tests.waitroom.queue.machine.drawing import Drawing
from tests.waitroom.queue.machine.ground import GROUPS, World, group
from tests.waitroom.queue.machine.losses import Losses

ANY_PACE = settings(
    deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, database=None, report_multiple_bugs=False
)


class LineMachine(Losses, Drawing):
    """Everything that can happen to a room whose fans have one device each."""

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


class RoomMachine(LineMachine, Devices):
    """Everything that can happen to a room."""


def machine_on(world: World, *, groups: frozenset[str] = GROUPS, **directed: object) -> type[LineMachine]:
    """The machine on this server; `groups` of rules and `fixed` settings direct it."""
    # Rules that may not take part still take turns when one is chosen.
    base = RoomMachine if "device" in groups else LineMachine
    return type("Machine", (base,), {"world": world, "groups": groups, **directed})
