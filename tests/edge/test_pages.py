"""The waiting page over HTTP: one page for everyone, and a whole way without JavaScript."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from edge.app import create_app
from edge.assets import Assets
from tests.edge.conftest import ADDRESS, MakeRoom
from tests.patience import PATIENCE_SECONDS
from waitroom.embedded import EmbeddedValkey
from waitroom.queue import Queue, close_room, create_room
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings
from waitroom.web.guesses import BURST
from waitroom.web.languages import LANGUAGES

Json = dict[str, Any]  # Any: JSON values
MOST_BYTES = 14_000
OWN_FORM = {"Sec-Fetch-Site": "same-origin"}


def in_minutes(minutes: float) -> int:
    """A time from now, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000 + round(minutes * 60_000)


@pytest.fixture
async def fan(edge_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript: it keeps cookies and follows redirects."""
    transport = httpx.ASGITransport(edge_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, follow_redirects=True) as client:
        yield client


@pytest.fixture
async def another(edge_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A second device."""
    transport = httpx.ASGITransport(edge_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, follow_redirects=True) as client:
        yield client


async def press(fan: httpx.AsyncClient, room: str, act: str) -> httpx.Response:
    """Post a form of the page."""
    return await fan.post(f"/r/{room}/{act}", headers=OWN_FORM)


def state(response: httpx.Response) -> str:
    """The state that the page shows: the body's, and that of the one section that is not hidden."""
    assert response.status_code == 200, response.text
    shown = re.findall(r'<section data-state="([a-z-]+)"[^>]*?"(?<!hidden)>', response.text)
    (of_body,) = re.findall(r'<body [^>]*data-state="([a-z-]+)"', response.text)
    assert shown == [of_body]
    return str(of_body)


async def wait_for(fan: httpx.AsyncClient, path: str, wanted: str) -> httpx.Response:
    """Look at a page until it shows a state."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while state(page := await fan.get(path)) != wanted:
            await asyncio.sleep(0.05)
        return page


async def wait_for_snapshot(fan: httpx.AsyncClient, room: str, is_wanted: Callable[[Json], bool]) -> None:
    """Look at a room until its snapshot is as wanted."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_wanted((await fan.get(f"/v1/rooms/{room}")).json()):
            await asyncio.sleep(0.05)


async def test_one_page_for_every_fan(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """The page has the same bytes with and without a pass, may be kept by caches, and sets no cookie."""
    room = await make_room(name="The Night")
    before = await fan.get(f"/r/{room}")
    await press(fan, room, "join")
    after = await fan.get(f"/r/{room}")
    assert after.request.headers["cookie"]
    assert before.content == after.content
    assert before.headers["cache-control"].startswith("public, max-age=")
    assert before.headers["vary"] == "Accept-Encoding, Accept-Language"
    assert "set-cookie" not in before.headers
    assert "The Night" in before.text


async def test_page_is_not_sent_twice(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """A cache that has the page is told that it is still the same."""
    room = await make_room()
    etag = (await fan.get(f"/r/{room}")).headers["etag"]
    again = await fan.get(f"/r/{room}", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_weighs_at_most_14_kilobytes(fan: httpx.AsyncClient, make_room: MakeRoom, language: str) -> None:
    """HTML, style and script together fit into the first flight of TCP, as they are sent, in each language."""
    room = await make_room(name="The Long Night of the Museums", message="Doors open at 19:00. Bring a photo ID.")
    page = await fan.get(f"/r/{room}?lang={language}")
    addresses = [f"/r/{room}?lang={language}", *re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)]
    assert len(addresses) == 3
    weight = sum([await _bytes_sent(fan, address) for address in addresses])
    assert 5_000 < weight <= MOST_BYTES


async def _bytes_sent(fan: httpx.AsyncClient, address: str) -> int:
    async with fan.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["content-encoding"] == "gzip"
        return len(b"".join([part async for part in response.aiter_raw()]))


async def test_plain_bytes_for_who_takes_no_gzip(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """A client that refuses gzip gets the same page uncompressed."""
    room = await make_room()
    plain = await fan.get(f"/r/{room}", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers
    assert plain.content == (await fan.get(f"/r/{room}")).content


async def test_static_files_are_kept_for_ever(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """A static file is named by its content and never asked for again; other names are not found."""
    await make_room()
    address = Assets.load().path_of("waiting.js")
    response = await fan.get(address)
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"].startswith("text/javascript")
    assert re.fullmatch(r"/static/waiting\.[0-9a-f]{10}\.js", address)
    assert (await fan.get("/static/waiting.js")).status_code == 404


async def test_nothing_is_inline(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """The policy forbids inline code and style, and the page has none; nothing comes from elsewhere."""
    room = await make_room()
    page = await fan.get(f"/r/{room}")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|https?:", page.text)
    assert re.findall(r"<script (?!type=\"application/json\")[^>]*>", page.text) == [
        f'<script type="module" src="{Assets.load().path_of("waiting.js")}">'
    ]
    # `no-referrer` would make browsers write `Origin: null` on our own forms.
    assert page.headers["referrer-policy"] == "same-origin"


async def test_the_phase_decides_what_is_shown_first(
    fan: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue
) -> None:
    """Without the script too, the page says what a newcomer can do now."""
    room = await make_room(lobby_at=in_minutes(-1), release_at=in_minutes(60))
    page = await fan.get(f"/r/{room}")
    assert state(page) == "join-lobby"
    assert f'action="/r/{room}/join?lang=en"' in page.text
    assert " UTC<" in page.text
    await close_room(edge_queue, room, who="test")
    await wait_for(fan, f"/r/{room}", "closed")


async def test_before_the_lobby_the_time_is_shown(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Before the lobby the page says when it opens, and a join leads back to it."""
    room = await make_room(lobby_at=in_minutes(60), release_at=in_minutes(120))
    assert state(await fan.get(f"/r/{room}")) == "scheduled"
    assert state(await press(fan, room, "join")) == "scheduled"


async def test_a_room_that_is_not_there(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """An unknown room is a page that says so."""
    await make_room()
    response = await fan.get("/r/nowhere")
    assert response.status_code == 404
    assert "no such waiting room" in response.text


async def test_from_joining_to_the_door_without_javascript(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """By forms alone: join, be given the turn, take it, and find the token in a form to the checkout."""
    room = await make_room()
    page = await press(fan, room, "join")
    assert page.headers["cache-control"] == "private, no-store"
    assert page.request.url.path == f"/r/{room}/place"
    assert f';url=/r/{room}/place?lang=en">' in page.text
    await wait_for(fan, f"/r/{room}/place", "turn")
    page = await press(fan, room, "claim")
    assert state(page) == "entering"
    door = re.search(r'<form method="post" id="enter" action="([^"]+)"[^>]*><input[^>]+value="([^"]+)"', page.text)
    assert door is not None
    assert door[1] == "http://127.0.0.1:8002/enter"
    # Reloading takes nothing twice: it is the same turn and the same token.
    assert door[2] in (await fan.get(f"/r/{room}/place")).text


async def test_the_lobby_without_javascript(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """In the lobby the page says that the fan is in, and looks again by itself."""
    room = await make_room(lobby_at=in_minutes(-1), release_at=in_minutes(60))
    page = await press(fan, room, "join")
    assert state(page) == "lobby"
    assert re.search(r'<meta http-equiv="refresh" content="\d+;', page.text)


async def test_waiting_without_javascript(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """A fan in line sees how many are ahead and the wait."""
    room = await make_room(new_users_per_minute=1, total_active_users=0)
    page = await press(fan, room, "join")
    assert state(page) == "next"
    assert '<b data-fill="ahead">0</b>' in page.text
    assert "minutes" in page.text


async def test_leaving_without_javascript(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Who leaves is told so, holds no pass any more, and can join again."""
    room = await make_room(lobby_at=in_minutes(-1), release_at=in_minutes(60))
    await press(fan, room, "join")
    page = await press(fan, room, "leave")
    assert state(page) == "left"
    assert not fan.cookies
    assert state(await fan.get(f"/r/{room}/place")) == "join-lobby"


async def test_a_lapsed_fan_comes_again_with_one_click(
    fan: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue
) -> None:
    """Who let the turn pass is told so, and one press of the button there is a new fan's join."""
    room = await make_room(claim_minutes=0.05)
    await press(fan, room, "join")
    first = fan.cookies[f"waitroom-pass-{room}"]
    now_us = time.time_ns() // 1000
    for second in range(6):
        await edge_queue.advance(room, interval_us=0, now_us=now_us + second * 1_000_000)
    page = await wait_for(fan, f"/r/{room}/place", "lapsed")
    assert f'action="/r/{room}/join?lang=en"' in page.text
    assert state(await press(fan, room, "join")) in {"turn", "next"}
    assert fan.cookies[f"waitroom-pass-{room}"] != first


@pytest.mark.parametrize("act", ["claim", "leave"])
async def test_without_a_pass_one_is_led_to_the_door(fan: httpx.AsyncClient, make_room: MakeRoom, act: str) -> None:
    """Forms without a pass lead to the page where one can join."""
    room = await make_room()
    assert state(await press(fan, room, act)) == "join-line"


async def test_a_claim_before_the_turn_leads_back_to_the_place(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """A claim that comes too early costs nothing and shows the place."""
    room = await make_room(lobby_at=in_minutes(-1), release_at=in_minutes(60))
    await press(fan, room, "join")
    assert state(await press(fan, room, "claim")) == "lobby"


@pytest.mark.parametrize("act", ["join", "claim", "leave", "more-time", "move", "support", "take-over"])
async def test_forms_of_other_sites_are_refused(fan: httpx.AsyncClient, make_room: MakeRoom, act: str) -> None:
    """Another site's form moves nobody."""
    room = await make_room()
    response = await fan.post(f"/r/{room}/{act}", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert response.json()["type"] == "/problems/cross-site"


async def test_a_pass_of_an_earlier_sale_is_taken_away(
    fan: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue, edge_settings: Settings
) -> None:
    """A fan of an earlier room of this name is led to the new one, and joins it at the next press."""
    room = await make_room()
    await press(fan, room, "join")
    epoch = (await fan.get(f"/v1/rooms/{room}")).json()["epoch"]
    await edge_queue.delete(room)
    await create_room(edge_queue, edge_settings.key_source(), room, RoomSettings(), who="test")
    await wait_for_snapshot(fan, room, lambda snapshot: snapshot.get("epoch", epoch) != epoch)
    assert state(await press(fan, room, "join")) == "join-line"
    assert state(await press(fan, room, "join")) in {"next", "turn"}


async def test_while_the_store_is_away_each_is_told_what_is_true(settings: Settings, tmp_path: Path) -> None:
    """Who looks has a place, and it is kept; who presses is told to try again, at the form where there is none yet."""
    with EmbeddedValkey(tmp_path / "own") as valkey:
        own = settings.model_copy(update={"redis_url": valkey.url})
        app = create_app(own)
        queue = Queue.connect(valkey.url)
        await create_room(queue, own.key_source(), "night", RoomSettings(), who="test")
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url=ADDRESS, follow_redirects=True) as holder,
            httpx.AsyncClient(transport=transport, base_url=ADDRESS) as newcomer,
        ):
            await wait_for_snapshot(holder, "night", lambda snapshot: "epoch" in snapshot)
            await press(holder, "night", "join")
            await wait_for(holder, "/r/night/place", "turn")
            valkey.kill()
            looked = await holder.get("/r/night/place")
            assert told_while_away(looked) == (True, False, True, False)
            for act in ("claim", "leave", "more-time", "move", "support"):
                assert told_while_away(await press(holder, "night", act)) == (False, True, True, False), act
            joined = await press(newcomer, "night", "join")
            code = {"code": "7GQ4-K2MX"}
            taken = await newcomer.post("/r/night/take-over", data=code, headers=OWN_FORM)
            assert told_while_away(joined) == told_while_away(taken) == (False, True, False, True)
            assert [re.search("<details [^>]* open>", page.text) is not None for page in (joined, taken)] == [
                False,
                True,
            ]
            # The shared page needs no store.
            assert (await newcomer.get("/r/night")).status_code == 200
        await queue.close()


async def test_an_edge_that_lacks_the_rooms_key_says_so_on_a_page(
    edge_queue: Queue, edge_settings: Settings, room_name: str, tmp_path: Path
) -> None:
    """It cannot read a code of the room, and leaves the fan at the form, as while the store is away."""
    await create_room(edge_queue, edge_settings.key_source(), room_name, RoomSettings(), who="test")
    other = {"keys": SecretStr("other:" + "o" * 48), "state_dir": tmp_path / "other"}
    app = create_app(edge_settings.model_copy(update=other))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=ADDRESS) as fan,
    ):
        await wait_for_snapshot(fan, room_name, lambda snapshot: "epoch" in snapshot)
        answer = await fan.post(f"/r/{room_name}/take-over", data={"code": "7GQ4-K2MX"}, headers=OWN_FORM)
        assert told_while_away(answer) == (False, True, False, True)


def told_while_away(answer: httpx.Response) -> tuple[bool, bool, bool, bool]:
    """Whether the page says that a place is kept and that one has to try again, looks by itself, and lets join."""
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    says = ("Your place is kept", "Try again; nothing was lost", 'http-equiv="refresh"', 'data-act="join"')
    kept, again, looks, joins = (text in answer.text for text in says)
    return kept, again, looks, joins


def code_on(page: httpx.Response) -> str:
    """The code that a page shows."""
    found = re.search(r'data-fill="(?:move|support)_code">([0-9A-Z-]{9,10})<', page.text)
    assert found, page.text
    return found[1]


async def test_a_place_moves_by_forms(fan: httpx.AsyncClient, another: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """One device shows a code, the other types it and has the place; the first is told so, and may join anew."""
    room = await make_room(new_users_per_minute=0)
    await press(fan, room, "join")
    code = code_on(await fan.post(f"/r/{room}/move", follow_redirects=False))
    taken = await another.post(f"/r/{room}/take-over", data={"code": code.lower()}, follow_redirects=True)
    assert state(taken) in {"waiting", "next"}
    again = await another.post(f"/r/{room}/take-over", data={"code": code}, follow_redirects=True)
    assert state(again) in {"waiting", "next"}
    for act in ("join", "claim", "leave", "move", "support", "more-time"):
        assert state(await press(fan, room, act)) == "moved", act
    moved = await fan.get(f"/r/{room}/place")
    assert 'name="anew"' in moved.text
    anew = await fan.post(f"/r/{room}/join", data={"anew": "1"}, follow_redirects=True)
    assert state(anew) in {"waiting", "next"}
    assert "2" in anew.text


async def test_a_wrong_code_in_the_form(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """A code that opens nothing leaves the fan at the open form, and the page says why; also to who guesses."""
    room = await make_room(new_users_per_minute=0)
    refusals = [await fan.post(f"/r/{room}/take-over", data={"code": "7GQ4-K2MX"}) for _ in range(BURST + 1)]
    first, last = refusals[0], refusals[-1]
    assert (first.status_code, last.status_code) == (403, 429)
    assert '<p class="notice" data-notice="move-code-refused">' in first.text
    assert '<p class="notice" data-notice="too-many-guesses">' in last.text
    assert all(re.search(r"<details [^>]*open>\s*<summary>I have a code", page.text) for page in (first, last))


async def test_a_place_comes_back(fan: httpx.AsyncClient, another: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """The device that the place went from can take it back: its page has the field for a code."""
    room = await make_room(new_users_per_minute=0)
    await press(fan, room, "join")
    code = code_on(await fan.post(f"/r/{room}/move"))
    await another.post(f"/r/{room}/take-over", data={"code": code})
    there = await fan.get(f"/r/{room}/place")
    assert state(there) == "moved"
    assert re.search(r'<details data-when="[^"]*">\s*<summary>I have a code', there.text)
    back = code_on(await another.post(f"/r/{room}/move"))
    assert state(await fan.post(f"/r/{room}/take-over", data={"code": back}, follow_redirects=True)) == "next"


async def test_a_support_code_by_a_form(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """The page shows a code to read out, and looks at the line again after a while."""
    room = await make_room(new_users_per_minute=0)
    await press(fan, room, "join")
    shown = await fan.post(f"/r/{room}/support")
    assert len(code_on(shown)) == len("ABC-DEF-GH")
    assert 'http-equiv="refresh"' in shown.text
    assert shown.headers["cache-control"] == "private, no-store"


async def test_more_time_by_a_form(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """In the last two minutes the page of one's turn has a button for more."""
    room = await make_room(claim_minutes=1.5)
    assert state(await press(fan, room, "join")) == "turn"
    page = await fan.get(f"/r/{room}/place")
    assert re.search(r'<div class="soon" data-has="claim_soon">', page.text)
    assert state(await press(fan, room, "more-time")) == "turn"
    told = await fan.get(f"/r/{room}/place?no-more-time")
    assert re.search(r'data-notice="no-more-time">', told.text)
