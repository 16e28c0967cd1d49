"""A crowd of simulated fans who arrive over time and buy, hesitate, are declined, walk away or leave.

Who does what follows from the seed and the shares alone, so a crowd can be repeated.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from loadtests.answers import FanRecord
from loadtests.calls import Calls, open_client
from loadtests.errors import FanError
from loadtests.fan import Door, Fan
from loadtests.snapshots import SharedSnapshot
from loadtests.visit import Manner, Stage, Visit

CONNECTIONS = 64
LATE_SHARE = 0.2
"""How many come in the second half of the time: some find the lobby closed and stand behind it."""

SHARES: Mapping[Manner, float] = {
    Manner.BUYS: 0.65,
    Manner.HESITATES: 0.15,
    Manner.IS_DECLINED: 0.08,
    Manner.ABANDONS: 0.05,
    Manner.LEAVES: 0.07,
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Who comes, when and how; `pace` stretches every pause, 0 leaves them out."""

    fans: int
    arrive_seconds: float = 60.0
    limit_seconds: float = 900.0
    pace: float = 1.0
    seed: str = "crowd"
    shares: Mapping[Manner, float] = field(default_factory=lambda: SHARES)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How it went with all of them; `records` is what each saw, in the order of their numbers."""

    stages: Mapping[Stage, int]
    errors: Mapping[str, int]
    records: Sequence[FanRecord]

    @property
    def tickets(self) -> int:
        """How many tickets were bought."""
        return sum(len(record.order.tickets) for record in self.records if record.order)

    @property
    def unfinished(self) -> int:
        """How many fans the time limit cut off."""
        return sum(self.stages.get(stage, 0) for stage in (Stage.COMING, Stage.WAITING, Stage.INSIDE))

    @property
    def exit_code(self) -> int:
        """0 when every fan came to an end of their own."""
        return 1 if self.errors or self.unfinished else 0

    def __str__(self) -> str:
        count = Counter(self.stages)
        line = (
            f"{len(self.records)} fans: {count[Stage.BOUGHT]} bought {self.tickets} tickets, "
            f"{count[Stage.LEFT]} left, {count[Stage.MISSED]} came too late, "
            f"{self.unfinished} were cut off, {count[Stage.ERROR]} met errors"
        )
        return "\n".join([line, *(f"  {times} x {error}" for error, times in sorted(self.errors.items()))])


class Crowd:
    """Fans in one process, on one connection pool and one snapshot."""

    def __init__(self, door: Door, plan: Plan) -> None:
        self._door = door
        self._plan = plan
        self._stages = [Stage.COMING] * plan.fans
        self._fans: list[Fan] = []
        self._errors: Counter[str] = Counter()

    async def run(self, show: Callable[[str], None] = lambda _: None) -> Summary:
        """Let them all come, show a line each second, and return how it went, within the limit."""
        async with open_client(connections=CONNECTIONS) as client:
            await self._live(client, show)
        show(self.progress())
        records = [fan.record for fan in self._fans]
        return Summary(stages=Counter(self._stages), errors=self._errors, records=records)

    def progress(self) -> str:
        """The crowd in one line."""
        count = Counter(self._stages)
        return (
            f"joined {sum(fan.record.joined is not None for fan in self._fans)}  "
            f"waiting {count[Stage.WAITING]}  inside {count[Stage.INSIDE]}  bought {count[Stage.BOUGHT]}  "
            f"left {count[Stage.LEFT] + count[Stage.MISSED]}  errors {count[Stage.ERROR]}"
        )

    async def _live(self, client: httpx.AsyncClient, show: Callable[[str], None]) -> None:
        dice = random.Random(self._plan.seed)  # noqa: S311 - a crowd that can be repeated, not a secret
        snapshots = SharedSnapshot(Calls(client, self._door.edges, dice=dice), self._door.room)
        names = [f"{self._plan.seed}-{number}" for number in range(self._plan.fans)]
        self._fans = [Fan(client, self._door, name=name, snapshots=snapshots) for name in names]
        visits = [asyncio.create_task(self._visit(number, name)) for number, name in enumerate(names)]
        progress = asyncio.create_task(self._show_each_second(show))
        if visits:
            await asyncio.wait(visits, timeout=self._plan.limit_seconds)
        for task in (progress, *visits):
            task.cancel()
        await asyncio.gather(progress, *visits, return_exceptions=True)

    async def _visit(self, number: int, name: str) -> None:
        dice = random.Random(f"manner of {name}")  # noqa: S311 - as above
        shares = self._plan.shares
        manner = dice.choices(list(shares), weights=list(shares.values()))[0]
        visit = Visit(self._fans[number], manner, dice=dice, pace=self._plan.pace)

        def show(stage: Stage) -> None:
            self._stages[number] = stage

        await asyncio.sleep(self._arrival_seconds(dice))
        try:
            show(await visit.run(show))
        # The last three: an answer that does not keep to the contract.
        except (FanError, httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            show(Stage.ERROR)
            self._errors[f"{type(error).__name__}: {error}"] += 1

    async def _show_each_second(self, show: Callable[[str], None]) -> None:
        while True:
            show(self.progress())
            await asyncio.sleep(1)

    def _arrival_seconds(self, dice: random.Random) -> float:
        half = self._plan.arrive_seconds / 2
        return dice.uniform(half, 2 * half) if dice.random() < LATE_SHARE else dice.uniform(0, half)
