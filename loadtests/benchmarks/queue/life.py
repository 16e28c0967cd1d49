"""A fan's life, counted from the store's side: every command that clients send, and none that scripts call inside."""

import asyncio
import json
import re
import secrets
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from edge.app import create_app
from loadtests.benchmarks.queue.wire import Wire
from loadtests.benchmarks.rows import UnfitError
from waitroom.clock import SystemClock, parse_rfc3339
from waitroom.embedded import EmbeddedValkey
from waitroom.queue import Entered, Over, Queue, create_room
from waitroom.queue.scripts import load_scripts
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings
from waitroom.tokens import AdmissionTokenSigner

ROOM = "life"
FANS = 200
POLLS = 20
NOBODYS = frozenset({"advance", "smembers", "client", "hello", "script"})
"""What an edge asks for the room's sake, or once a connection, however many fans there are."""
LINE = re.compile(rb'^\d+\.\d+ \[\d+ (?P<who>[^\]]+)\] "(?P<command>[^"]+)"(?: "(?P<first>[^"]*)")?')


@dataclass(frozen=True, kw_only=True)
class LifeRow:
    """Client commands: in a fan's life, a poll of the snapshot, and by name for all fans together."""

    fans: int
    commands_a_fan: float
    commands_a_poll: float
    by_name: Mapping[str, int]


def measure_life(valkey: EmbeddedValkey, settings: Settings) -> LifeRow:
    """Let some hundred fans join, poll, ask, claim, enter, extend and finish, and count."""
    with _monitor(valkey) as seen:
        polled = asyncio.run(_live(settings, seen))
    by_name = {name: times for name, times in seen.items() if name not in NOBODYS}
    return LifeRow(fans=FANS, commands_a_fan=_of_fans(seen) / FANS, commands_a_poll=polled, by_name=by_name)


def _of_fans(seen: Counter[str]) -> int:
    return sum(times for name, times in seen.items() if name not in NOBODYS)


async def _live(settings: Settings, seen: Counter[str]) -> float:
    app, queue = create_app(settings), Queue.connect(settings.redis_url)
    many = RoomSettings(new_users_per_minute=600_000, total_active_users=2 * FANS)
    await create_room(queue, settings.key_source(), ROOM, many, who="bench")
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://edge") as edge:
        while (await edge.get(f"/v1/rooms/{ROOM}")).status_code != 200:  # noqa: ASYNC110 - as a client does
            await asyncio.sleep(0.05)
        seen.clear()
        passes = await asyncio.gather(*(_join(edge) for _ in range(FANS)))
        before = _of_fans(seen)
        await asyncio.gather(*(edge.get(f"/v1/rooms/{ROOM}") for _ in range(POLLS * FANS)))
        polled = _of_fans(seen) - before
        signer = AdmissionTokenSigner(settings.key_source())
        for held in passes:
            await _buy(edge, queue, signer, held)
    await queue.close()
    return polled / (POLLS * FANS)


async def _join(edge: httpx.AsyncClient) -> str:
    answer = await edge.post(f"/v1/rooms/{ROOM}/join", headers={"Idempotency-Key": secrets.token_hex(16)}, json={})
    return str(_fit(answer, 201)["pass"])


async def _buy(edge: httpx.AsyncClient, queue: Queue, signer: AdmissionTokenSigner, held: str) -> None:
    headers = {"Authorization": f"Bearer {held}"}
    while (await edge.get(f"/v1/rooms/{ROOM}/place", headers=headers)).json()["state"] == "waiting":  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    claim = _fit(await edge.post(f"/v1/rooms/{ROOM}/claim", headers=headers), 200)
    token = signer.read(claim["admission_token"])
    # The moment of entry is rounded up to a whole millisecond.
    await asyncio.sleep(max(0.0, parse_rfc3339(claim["enter_at"]) + 1 - SystemClock().now_ms()) / 1000)
    entered = await queue.enter(ROOM, epoch=token.epoch, fan_id=token.fan_id, session="s" + token.fan_id)
    await queue.extend(ROOM, epoch=token.epoch, fan_id=token.fan_id, seconds=60)
    finished = await queue.finish(ROOM, epoch=token.epoch, fan_id=token.fan_id)
    if not isinstance(entered, Entered) or not isinstance(finished, Over):
        raise UnfitError(f"a fan could not buy: {entered}, {finished}")


def _fit(answer: httpx.Response, status: int) -> dict[str, str]:
    if answer.status_code != status:
        raise UnfitError(f"{answer.request.url.path} was answered with {answer.status_code}: {answer.text[:200]}")
    document: dict[str, str] = json.loads(answer.content)
    return document


@contextmanager
def _monitor(valkey: EmbeddedValkey) -> Iterator[Counter[str]]:
    seen: Counter[str] = Counter()
    names = {script.sha: script.name for script in load_scripts().values()}
    with Wire(valkey) as wire:
        wire.call("MONITOR")
        reading = threading.Thread(target=_read, args=(wire, names, seen), daemon=True)
        reading.start()
        yield seen
        with Wire(valkey) as last:
            last.call("ECHO", "the end")
        reading.join(timeout=10)


def _read(wire: Wire, names: Mapping[str, str], seen: Counter[str]) -> None:
    while True:
        found = LINE.match(wire.next_reply())
        if found is None or found["who"] == b"lua":
            continue
        command, first = found["command"].decode().lower(), (found["first"] or b"").decode()
        if command == "echo":
            return
        seen[names.get(first, first) if command in {"evalsha", "eval"} else command] += 1
