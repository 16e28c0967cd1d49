"""Foretelling a rate and a ceiling for a room as it stands, before they are applied."""

import asyncio
import time
from dataclasses import dataclass

from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from edge.console.figures import figures
from edge.console.rooms import look_at
from edge.console.watching import Watching
from waitroom.queue import Snapshot
from waitroom.simulation import Crowd, Foretold, Policy, fans_of_room, foretell, policy_of_room
from waitroom.web.answers import private_json
from waitroom.web.bodies import Body, read_json, refusal

FRESH_SECONDS = 3.0
"""So long what is foretold of the room as it is holds, while an organizer drags a slider."""
MOST_KEPT = 50
LARGEST_NO_SHOW = 0.9


class Supposed(Body):
    """The rate and the ceiling that are tried; what is not named stays."""

    new_users_per_minute: float | None = Field(default=None, ge=0, le=6_000_000, allow_inf_nan=False)
    total_active_users: int | None = Field(default=None, ge=0, le=10_000_000)

    def changes(self) -> dict[str, object]:
        """What is tried, as settings."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """What the foretelling takes from how the evening went so far, or else from the simulation's own guesses."""

    crowd: Crowd
    joins_per_minute: float

    @classmethod
    def of(cls, snapshot: Snapshot, known: dict[str, float | None]) -> "Assumed":
        """Take what is measured."""
        measured = {"no_show": min(LARGEST_NO_SHOW, 1 - snapshot.share)} if snapshot.share < 1 else {}
        if known["shop_minutes"] is not None:
            measured["shop_minutes"] = known["shop_minutes"]
        there = {"lobby": 0, "later": 0} | fans_of_room(snapshot)
        # How fast a lobby fills says nothing of how fast they come once it is released.
        joins = 0 if snapshot.until_release_seconds() else known["joins_per_minute"] or 0
        return cls(crowd=Crowd.model_validate(there | measured), joins_per_minute=joins)


class Foretelling:
    """Runs one at a time, beside the loop, and remembers for a moment what comes of each room as it is."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._kept: dict[str, tuple[float, tuple[str, int], Foretold]] = {}

    async def run(self, policy: Policy, assumed: Assumed) -> Foretold:
        """Foretell."""
        async with self._turn:
            return await asyncio.to_thread(foretell, policy, assumed.crowd, joins_per_minute=assumed.joins_per_minute)

    async def of_room(self, snapshot: Snapshot, policy: Policy, assumed: Assumed) -> Foretold:
        """Foretell what comes of the room as it is."""
        known, now = self._kept.get(snapshot.room), time.monotonic()
        identity = (snapshot.epoch, snapshot.version)
        if known is not None and known[0] + FRESH_SECONDS > now and known[1] == identity:
            return known[2]
        foretold = await self.run(policy, assumed)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[snapshot.room] = (now, identity, foretold)
        return foretold


async def foretell_room(request: Request) -> Response:
    """Say what comes of the room as it is, and with the rate and ceiling supposed; the room is not touched."""
    foretelling: Foretelling = request.app.state.foretelling
    watching: Watching = request.app.state.watching
    supposed = await read_json(request, Supposed)
    snapshot = await look_at(request)
    assumed = Assumed.of(snapshot, figures(snapshot, watching.open(snapshot).moments))
    now = await foretelling.of_room(snapshot, _policy(snapshot, {}), assumed)
    changes = supposed.changes()
    then = await foretelling.run(_policy(snapshot, changes), assumed) if changes else now
    return private_json(
        {
            "version": snapshot.version,
            "from": "release" if snapshot.until_release_seconds() else "now",
            "slowed_to": snapshot.rate.factor if snapshot.rate.factor < 1 else None,
            "assumed": {
                "waiting": assumed.crowd.lobby,
                "inside": assumed.crowd.inside,
                "no_show": round(assumed.crowd.no_show, 3),
                "shop_minutes": assumed.crowd.shop_minutes,
                "joins_per_minute": assumed.joins_per_minute,
            },
            "now": now.to_json(),
            "then": then.to_json(),
        }
    )


def _policy(snapshot: Snapshot, supposed: dict[str, object]) -> Policy:
    # As it would really go: what a hand sets holds until the plan's next step, and a cut of the governor stays.
    factor = snapshot.rate.factor
    rate = supposed.get("new_users_per_minute", snapshot.rate.planned_per_minute)
    assert isinstance(rate, int | float)
    steps = [step for step in snapshot.settings.plan if step.at > snapshot.now_ms]
    slowed = [step.model_copy(update={"new_users_per_minute": step.new_users_per_minute * factor}) for step in steps]
    try:
        return policy_of_room(snapshot, supposed | {"new_users_per_minute": rate * factor, "plan": tuple(slowed)})
    except ValidationError as wrong:
        raise refusal(wrong) from None
