"""One simulated fan's visit: the manners, and what each does on the way."""

import asyncio
import random
from collections.abc import Callable
from enum import StrEnum

from loadtests.answers import Category, Hold
from loadtests.errors import Refused, TurnOver
from loadtests.fan import Fan, now_ms
from waitroom.clock import parse_rfc3339

VISA = "pm_card_visa"
DECLINED = "pm_card_chargeDeclined"
LARGEST_PARTY = 4
SEAT_TRIES = 4
NO_SEATS = frozenset({"seats-unavailable", "all-in-carts", "sold-out", "hold-limit"})
TOO_LATE = frozenset({"room-closed", "turn-over", "other-epoch", "hold-expired", "admission-required"})


class Manner(StrEnum):
    """What a fan does."""

    BUYS = "buys"
    HESITATES = "hesitates"
    IS_DECLINED = "is_declined"
    ABANDONS = "abandons"
    LEAVES = "leaves"


class Stage(StrEnum):
    """Where a fan is; the last four are ends."""

    COMING = "coming"
    WAITING = "waiting"
    INSIDE = "inside"
    BOUGHT = "bought"
    LEFT = "left"
    MISSED = "missed"
    ERROR = "error"


class Visit:
    """A fan who comes, waits and shops in one manner; `pace` stretches every pause, 0 leaves them out."""

    def __init__(self, fan: Fan, manner: Manner, *, dice: random.Random, pace: float) -> None:
        self.fan = fan
        self._manner = manner
        self._dice = dice
        self._pace = pace

    async def run(self, show: Callable[[Stage], None]) -> Stage:
        """Live through it and return how it ended; errors of the product are raised."""
        try:
            await self._join()
            show(Stage.WAITING)
            if self._manner is Manner.LEAVES:
                await self._think(2, 40)
                await self.fan.leave()
                return Stage.LEFT
            await self.fan.wait_for_turn()
            await self._think(0.5, 4)
            await self.fan.claim_when_free()
            await self.fan.open_session()
            show(Stage.INSIDE)
            return await self._shop()
        except TurnOver:
            return Stage.MISSED
        except Refused as refused:
            if refused.problem in TOO_LATE:
                return Stage.MISSED
            raise

    async def _join(self) -> None:
        try:
            await self.fan.join()
        except Refused as refused:
            if refused.problem != "room-not-open":
                raise
            opens_at_ms = parse_rfc3339(refused.members["lobby_at"])
            await asyncio.sleep(max(0, opens_at_ms - now_ms()) / 1000 + self._dice.random())
            await self.fan.join()

    async def _shop(self) -> Stage:
        await self._think(2, 8)
        hold = await self._choose()
        if hold is None:
            await self.fan.end_session()
            return Stage.LEFT
        # Whoever abandons closes the window: seats and slot come back when their time is over.
        if self._manner is Manner.ABANDONS:
            return Stage.LEFT
        await self._think(*((15, 40) if self._manner is Manner.HESITATES else (2, 10)))
        if self._manner is Manner.IS_DECLINED:
            await self._try_bad_card(hold)
        await self.fan.order(hold, payment_method=VISA)
        return Stage.BOUGHT

    async def _choose(self) -> Hold | None:
        """Hold seats for a party, at another price when the first has none; None when nothing fits."""
        party = self._dice.randint(1, LARGEST_PARTY)
        for _ in range(SEAT_TRIES):
            categories = [category for category in await self.fan.categories() if category.seats_left]
            if not categories:
                return None
            try:
                return await self.fan.hold_best(self._pick(categories), party)
            except Refused as refused:
                if refused.problem not in NO_SEATS:
                    raise
                party = max(1, party - 1)
        return None

    def _pick(self, categories: list[Category]) -> str:
        return self._dice.choice(categories).category

    async def _try_bad_card(self, hold: Hold) -> None:
        try:
            await self.fan.order(hold, payment_method=DECLINED)
        except Refused as refused:
            if refused.problem != "payment-declined":
                raise
        await self._think(2, 6)

    async def _think(self, least_seconds: float, most_seconds: float) -> None:
        await asyncio.sleep(self._dice.uniform(least_seconds, most_seconds) * self._pace)
