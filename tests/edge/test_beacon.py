"""Fetching from a beacon: a real server plays one that is late, wrong, slow, down or endless."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator

import pytest

from edge.beacon import FetchedBeacons
from tests.patience import PATIENCE_SECONDS, until
from waitroom.beacon import BeaconRule, BeaconValue
from waitroom.metrics import BEACON_OUTCOMES, EdgeMetrics

SIGNATURE = "cd" * 48
RANDOMNESS = hashlib.sha256(bytes.fromhex(SIGNATURE)).hexdigest()


def a_round(number: int, **changes: object) -> bytes:
    """The answer of a beacon that works."""
    answer = {"round": number, "randomness": RANDOMNESS, "signature": SIGNATURE}
    body = json.dumps(answer | changes).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


class PlayedBeacon:
    """Answers each connection with the next of its answers, the last one for ever; None holds the line in silence."""

    def __init__(self) -> None:
        self.answers: list[bytes | None] = []
        self.paths: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            self.paths.append(request.split()[1].decode())
            said = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
            if said is None:
                await reader.read()
            else:
                writer.write(said)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@pytest.fixture
def played() -> PlayedBeacon:
    """What the server plays."""
    return PlayedBeacon()


@pytest.fixture
async def rule(played: PlayedBeacon) -> AsyncIterator[BeaconRule]:
    """The rule of a beacon on this machine."""
    server = await asyncio.start_server(played.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield BeaconRule(url=f"http://127.0.0.1:{port}/chain", period_seconds=3, genesis_at=0)
    server.close()


@pytest.fixture
def metrics() -> EdgeMetrics:
    """What is counted."""
    return EdgeMetrics()


@pytest.fixture
async def beacons(metrics: EdgeMetrics, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FetchedBeacons]:
    """The fetcher, with pauses that a test can wait for, and patience with a slow machine."""
    monkeypatch.setattr("edge.beacon.FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr("edge.beacon.ANSWER_SECONDS", 60.0)
    beacons = FetchedBeacons.connect(metrics)
    yield beacons
    await beacons.close()


async def value_of(beacons: FetchedBeacons, rule: BeaconRule, number: int = 7) -> BeaconValue:
    """Ask as a draw does, again and again."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (value := beacons.value(rule, number)) is None:
            await asyncio.sleep(0.01)
    return value


def counted(metrics: EdgeMetrics) -> dict[str, float]:
    """How often each outcome came."""
    found = {}
    for outcome in BEACON_OUTCOMES:
        found[outcome] = metrics.registry.get_sample_value("waitroom_beacon_asked_total", {"outcome": outcome}) or 0
    return {outcome: count for outcome, count in found.items() if count}


async def test_the_value_comes_once(
    beacons: FetchedBeacons, rule: BeaconRule, played: PlayedBeacon, metrics: EdgeMetrics
) -> None:
    """The first question begins the fetching and does not wait; once the value is there, nobody asks again."""
    played.answers = [a_round(7)]
    assert beacons.value(rule, 7) is None
    assert await value_of(beacons, rule) == BeaconValue(round=7, value=RANDOMNESS)
    for _ in range(5):
        beacons.value(rule, 7)
    assert played.paths == ["/chain/public/7"]
    assert counted(metrics) == {"value": 1}


MOVED = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
NOT_YET = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000
PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (NOT_YET, "late"),
        (MOVED, "late"),
        (a_round(6), "wrong"),
        (a_round(7, randomness="00" * 32), "wrong"),
        (a_round(7, randomness="zz"), "wrong"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}\r\n", "wrong"),
        (ENDLESS, "wrong"),
        (PACKED, "wrong"),
        (b"hello\r\n\r\n", "unreachable"),
        (b"", "unreachable"),
        (None, "unreachable"),
    ],
)
async def test_what_is_no_value_is_asked_for_again(
    beacons: FetchedBeacons,
    rule: BeaconRule,
    played: PlayedBeacon,
    metrics: EdgeMetrics,
    said: bytes | None,
    outcome: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A beacon that is late, wrong, moved, endless, silent or gone is asked again until it gives the round."""
    if said is None:
        monkeypatch.setattr("edge.beacon.ANSWER_SECONDS", 2.0)
    played.answers = [said, said, a_round(7)]
    assert (await value_of(beacons, rule)).value == RANDOMNESS
    assert counted(metrics) == {outcome: 2, "value": 1}


async def test_a_beacon_that_is_down_for_a_while(
    beacons: FetchedBeacons, rule: BeaconRule, metrics: EdgeMetrics
) -> None:
    """Nobody listens: it is counted, asked again, and nobody waits in a call."""
    down = rule.model_copy(update={"url": "http://127.0.0.1:1"})
    async with asyncio.timeout(PATIENCE_SECONDS):
        while counted(metrics).get("unreachable", 0) < 3:
            assert beacons.value(down, 7) is None
            await asyncio.sleep(0.01)


async def test_questions_are_spaced(
    beacons: FetchedBeacons, rule: BeaconRule, played: PlayedBeacon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often a draw asks, the beacon is asked once and then not before the pause is over."""
    monkeypatch.setattr("edge.beacon.FIRST_PAUSE_SECONDS", 1000)
    monkeypatch.setattr("edge.beacon.LONGEST_PAUSE_SECONDS", 1000)
    played.answers = [NOT_YET]
    for _ in range(50):
        assert beacons.value(rule, 7) is None
        await asyncio.sleep(0.005)
    await until(lambda: len(played.paths) > 0)
    assert played.paths == ["/chain/public/7"]
