"""The machine: all its rules together, in one checkout."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from checkout.payments.sandbox import SandboxMethod
from tests.checkout.machine.ground import NUMBERS, group
from tests.checkout.machine.holding import CATEGORIES, Holding
from tests.checkout.machine.paying import Paying
from tests.checkout.machine.settling import Settling
from tests.checkout.machine.world import World

ANY_PACE = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
"""Neither the machine's speed nor what an earlier run found decides."""


class Sale(Holding, Paying, Settling):
    """Fans, banks, workers and a vendor at one hall."""

    @group("late")
    @rule(number=NUMBERS, category=CATEGORIES, quantity=st.integers(1, 4), other=st.integers(0, 1))
    def pay_too_late(self, number: int, category: str, quantity: int, other: int) -> None:
        """A bank is silent for longer than a hold; meanwhile the seats go to others, or the fan takes more."""
        self.hold_best(number, category, quantity, 0)
        if SandboxMethod.SILENT not in self.methods or not self.model.holds:
            return
        self.buy(0, self.methods.index(SandboxMethod.SILENT), 1)
        self.let_pass(700.0)
        self.hold_best(number + other, category, 4, 0)
        self.look(len(self.view.waiting) - 1)


def machine_on(world: World, **directed: object) -> type[Sale]:
    """The machine in this checkout; `groups` of rules and `methods` of payment direct it."""
    return type("SaleHere", (Sale,), {"world": world, **directed})
