"""What is public is kept for a second and carries nobody's cookie; what is one fan's goes through."""

import asyncio
import gzip
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx
import pytest

from loadtests.benchmarks.generator import Load, run_generator
from tests.deploy.conftest import ROOM, Front
from tests.patience import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.nginx
SNAPSHOT = f"/v1/rooms/{ROOM}"
PAGE = f"/r/{ROOM}"
PUBLIC_BESIDES = (f"{PAGE}/check", f"{PAGE}/calendar.ics", "/problems/room-closed")
POLLERS = 100
POLLS = 10 * POLLERS
"""However slow the machine, so many are answered before the edges' own count is looked at."""
POLL_SECONDS = 3.0
SERVED = "waitroom_snapshots_served_total"


@dataclass(kw_only=True)
class Polled:
    """What fans who poll all the time got, and for how long they polled."""

    answered: int = 0
    broken: int = 0
    seconds: float = 0.0
    statuses: set[str] = field(default_factory=set)


def test_edge_sees_one_request_a_second(front: Front) -> None:
    """However many fans poll, the edges serve about one snapshot a second, and every fan is answered."""
    before = front.served(SERVED)
    polled = poll(front.port)
    seen = front.served(SERVED) - before

    assert polled.statuses == {"200"}
    assert polled.broken == 0
    # nginx counts in whole seconds: it keeps an answer for one second at least and for two at most.
    assert 1 <= seen <= polled.seconds + 2


def test_without_the_cache_the_edge_sees_every_request(front: Front) -> None:
    """The negative control: what is counted is counted, since fans who ask an edge itself all arrive there.

    It asks the edge that no other test kills.
    """
    before = front.served(SERVED)
    polled = poll(front.product.edges[-1].port)
    seen = front.served(SERVED) - before

    assert seen >= polled.answered
    assert seen > polled.seconds + 2


@pytest.mark.parametrize("path", [SNAPSHOT, PAGE, *PUBLIC_BESIDES])
async def test_kept_answers_carry_no_cookie(path: str, fans: httpx.AsyncClient) -> None:
    """A fan's cookie does not reach what is public, and no cookie comes back with it."""
    first = await fans.get(path, headers={"Cookie": "waitroom_pass_arena=mine", "Authorization": "Bearer mine"})
    second = await fans.get(path)

    assert first.status_code == second.status_code == 200
    assert "set-cookie" not in first.headers.keys() | second.headers.keys()
    assert second.headers["X-Cache"] in {"HIT", "STALE", "UPDATING"}
    assert second.headers["Cache-Control"].startswith("public")


async def test_queries_do_not_multiply_what_is_kept(front: Front, fans: httpx.AsyncClient) -> None:
    """A query that means nothing is no way past the cache."""
    await fans.get(SNAPSHOT)
    before, began = front.served(SERVED), time.monotonic()
    answers = [await fans.get(SNAPSHOT, params={"_": str(number)}) for number in range(50)]

    assert {answer.status_code for answer in answers} == {200}
    assert front.served(SERVED) - before <= time.monotonic() - began + 2


async def test_language_and_encoding_have_copies_of_their_own(fans: httpx.AsyncClient) -> None:
    """The page is kept once a language and encoding, however a browser spells what it takes."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            plain = await _raw(fans, PAGE, encoding="identity")
            zipped = await _raw(fans, PAGE, encoding="br;q=1.0, gzip;q=0.8, *;q=0.1")
            refused = await _raw(fans, PAGE, encoding="gzip;q=0")
            # Each copy has its age: one may be of before another test's fans joined.
            if gzip.decompress(zipped.body) == plain.body:
                break

    assert "content-encoding" not in plain.headers.keys() | refused.headers.keys()
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert plain.body == refused.body


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ({}, "de-AT,de;q=0.9,en;q=0.8", "de"),
        ({}, "it, JA ;q=0.9", "ja"),
        ({}, "de;q=0, fr;q=0.2", "fr"),
        ({}, "it-IT,zz;q=0.5", "en"),
        ({}, "defr", "en"),
        ({"lang": "ar"}, "de", "ar"),
        ({"lang": "PT-br"}, "de", "pt"),
        ({"lang": "it"}, "de", "en"),
        ({"lang": "de; x"}, "fr", "en"),
        ({"lang": "", "junk": "1"}, "es", "es"),
    ],
)
async def test_pages_come_in_the_language_asked_for(
    fans: httpx.AsyncClient, query: dict[str, str], accepted: str, language: str
) -> None:
    """What the address asks for wins over the browser, and English is last: as the edge itself decides."""
    answer = await fans.get(PAGE, params=query, headers={"Accept-Language": accepted})

    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers.get_list("Vary")[-1] == "Accept-Encoding, Accept-Language"


@pytest.mark.parametrize("path", PUBLIC_BESIDES)
async def test_all_that_is_written_in_a_language_has_its_copies(path: str, fans: httpx.AsyncClient) -> None:
    """What stands beside the page is kept by language, too."""
    answers = [await fans.get(path, params={"lang": language}) for language in ("ja", "fr", "ja")]

    assert [answer.headers["Content-Language"] for answer in answers] == ["ja", "fr", "ja"]
    assert answers[-1].headers["X-Cache"] in {"HIT", "STALE", "UPDATING"}
    assert answers[-1].headers.get_list("Vary")[-1] == "Accept-Encoding, Accept-Language"


async def test_spellings_do_not_multiply_what_is_kept(fans: httpx.AsyncClient) -> None:
    """However browsers spell a language, its page is kept once; the snapshot is kept once for all languages."""
    await fans.get(PAGE, params={"lang": "pt"})
    spelled = [
        await fans.get(PAGE, headers={"Accept-Language": f"x{number},pt-{number};q=0.{number}"})
        for number in range(1, 9)
    ]
    asked = await fans.get(PAGE, params={"lang": "pt", "junk": "1"}, headers={"Accept-Language": "fr"})
    await fans.get(SNAPSHOT)
    snapshot = await fans.get(SNAPSHOT, params={"lang": "fr"}, headers={"Accept-Language": "ja"})

    kept = {"HIT", "STALE", "UPDATING"}
    assert {answer.headers["X-Cache"] for answer in (*spelled, asked)} <= kept
    assert {answer.headers["Content-Language"] for answer in (*spelled, asked)} == {"pt"}
    assert snapshot.headers["X-Cache"] in kept


async def test_the_snapshot_is_compressed(fans: httpx.AsyncClient) -> None:
    """The snapshot, which everybody polls, leaves compressed, and says that it comes in two forms."""
    answer = await fans.get(SNAPSHOT, headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers.get_list("Vary") == ["Accept-Encoding"]
    assert answer.json()["room"] == ROOM


async def test_an_unchanged_answer_is_not_sent_again(fans: httpx.AsyncClient) -> None:
    """Who has the answer already gets 304 from nginx."""
    first = await fans.get(SNAPSHOT)
    second = await fans.get(SNAPSHOT, headers={"If-None-Match": first.headers["ETag"]})

    # The room may have moved on between the two.
    assert second.status_code == 304 or second.headers["ETag"] != first.headers["ETag"]


async def test_one_fans_answers_are_never_kept(fans: httpx.AsyncClient) -> None:
    """Two fans who join get two places, and each sees their own."""
    joins = [await fans.post(f"{SNAPSHOT}/join", headers={"Idempotency-Key": f"{n:032}"}, json={}) for n in range(2)]
    passes = [join.json()["pass"] for join in joins]
    places = [await fans.get(f"{SNAPSHOT}/place", headers={"Authorization": f"Bearer {held}"}) for held in passes]

    assert [join.status_code for join in joins] == [201, 201]
    assert len({join.json()["fan_id"] for join in joins}) == 2
    assert [place.status_code for place in places] == [200, 200]
    assert {answer.headers["Cache-Control"] for answer in (*joins, *places)} == {"private, no-store"}
    assert [answer.headers.get("X-Cache") for answer in (*joins, *places)] == [None] * 4


async def test_large_bodies_are_refused_at_the_door(fans: httpx.AsyncClient) -> None:
    """A body over 64 KiB does not reach an edge."""
    answer = await fans.post(f"{SNAPSHOT}/join", content=b" " * 70_000)

    assert answer.status_code == 413


async def test_one_machine_cannot_flood(front: Front, fans: httpx.AsyncClient) -> None:
    """Far beyond what many fans behind one address do, calls are refused with a problem that says when to return."""
    began, is_seen = time.monotonic(), threading.Event()
    flood = asyncio.create_task(asyncio.to_thread(_flood, front.port, until=is_seen))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (refused := await fans.get(f"{SNAPSHOT}/place")).status_code != 429:
            await asyncio.sleep(0.05)
    is_seen.set()
    statuses = await flood
    lasted = time.monotonic() - began

    # As many as the burst and the rate allow reach an edge, which asks for a pass; then the door closes.
    assert statuses.keys() == {"403", "429"}
    assert statuses["403"] <= 501 + 50 * lasted
    assert refused.json()["type"] == "/problems/too-many-joins"
    assert refused.headers["Retry-After"] == "5"


async def test_a_dead_edge_is_passed_over(front: Front, fans: httpx.AsyncClient) -> None:
    """With one of two edges killed every fan is still answered."""
    front.product.edges[0].process.kill()
    answers = await asyncio.gather(*(fans.get(f"/problems/not-found?{n}") for n in range(50)))
    snapshots = [await fans.get(SNAPSHOT) for _ in range(10)]

    assert {answer.status_code for answer in (*answers, *snapshots)} == {200}


def poll(port: int) -> Polled:
    """Let fans poll the snapshot until enough of them were answered."""
    polled, began = Polled(), time.monotonic()
    load = Load.of("GET", SNAPSHOT, port=port, connections=POLLERS, seconds=POLL_SECONDS)

    def is_enough() -> bool:
        outcome = run_generator(load)
        polled.answered += outcome.statuses.get("200", 0)
        polled.broken += outcome.broken
        polled.statuses |= outcome.statuses.keys()
        return polled.answered >= POLLS

    wait_until(is_enough)
    polled.seconds = time.monotonic() - began
    return polled


def _flood(port: int, *, until: threading.Event) -> Counter[str]:
    """Ask for a place faster than the door allows until somebody else has seen it closed, and many were refused."""
    statuses: Counter[str] = Counter()
    load = Load.of("GET", f"{SNAPSHOT}/place", port=port, connections=200, seconds=1)

    def is_enough() -> bool:
        statuses.update(run_generator(load).statuses)
        return until.is_set() and statuses["429"] > 500

    wait_until(is_enough)
    return statuses


@dataclass(frozen=True)
class _Raw:
    headers: httpx.Headers
    body: bytes


async def _raw(fans: httpx.AsyncClient, path: str, *, encoding: str) -> _Raw:
    """Get an answer as it came over the wire."""
    async with fans.stream("GET", path, headers={"Accept-Encoding": encoding}) as response:
        return _Raw(response.headers, b"".join([part async for part in response.aiter_raw()]))
