"""Trials: a room's evening simulated, with settings and a crowd that are only supposed."""

import asyncio
from typing import Any

from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from edge.console.documents import read_changes
from edge.console.rooms import look_at
from waitroom.queue import Snapshot
from waitroom.simulation import Crowd, Outcome, Policy, describe, draw_picture, fans_of_room, policy_of_room, simulate
from waitroom.web.answers import FOR_ONE_FAN, private_json
from waitroom.web.bodies import Body, read_json, refusal

PICTURE_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
"""The picture carries its own style."""


class Trial(Body):
    """What is supposed: settings other than the room's own, a crowd, and how long to go on."""

    settings: dict[str, Any] = Field(default_factory=dict)  # Any: JSON values, read by the settings' own model
    crowd: dict[str, Any] = Field(default_factory=dict)  # Any: as above
    hours: float = Field(default=24, gt=0, le=24, allow_inf_nan=False)


class Trials:
    """Runs one simulation at a time, beside the loop: it takes a processor for a second or two."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def run(self, policy: Policy, crowd: Crowd, *, hours: float) -> Outcome:
        """Simulate."""
        async with self._turn:
            return await asyncio.to_thread(simulate, policy, crowd, hours=hours)


async def try_plan(request: Request) -> Response:
    """Simulate the room, which is not touched; JSON, or by the Accept header text or a picture."""
    trials: Trials = request.app.state.trials
    trial = await read_json(request, Trial)
    snapshot = await look_at(request)
    policy, crowd = _policy(snapshot, trial), _crowd(snapshot, trial)
    outcome = await trials.run(policy, crowd, hours=trial.hours)
    accepted = request.headers.get("accept", "")
    headers = {"Cache-Control": FOR_ONE_FAN, "Vary": "Accept"}
    if "image/svg+xml" in accepted:
        picture = draw_picture(outcome, title=f"Dry run of {snapshot.room}")
        return Response(picture, media_type="image/svg+xml", headers=headers | PICTURE_HEADERS)
    if "text/plain" in accepted:
        return Response(describe(policy, crowd, outcome), media_type="text/plain", headers=headers)
    return private_json(outcome.to_json(), headers=headers)


def _policy(snapshot: Snapshot, trial: Trial) -> Policy:
    changes = read_changes(trial.settings, snapshot.settings)
    try:
        return policy_of_room(snapshot, changes)
    except ValidationError as wrong:
        raise refusal(wrong, under="settings.") from None


def _crowd(snapshot: Snapshot, trial: Trial) -> Crowd:
    try:
        return Crowd.model_validate(fans_of_room(snapshot) | trial.crowd)
    except ValidationError as wrong:
        raise refusal(wrong, under="crowd.") from None
