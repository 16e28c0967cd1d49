"""The page in seven languages: negotiated, chosen, and taken along without a cookie."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.edge.conftest import ADDRESS, MakeRoom
from waitroom.web.languages import LANGUAGES

OWN_FORM = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def fan(edge_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A German's browser without JavaScript: it keeps cookies and follows redirects."""
    transport = httpx.ASGITransport(edge_app, raise_app_exceptions=False)
    headers = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.8"}
    async with httpx.AsyncClient(
        transport=transport, base_url=ADDRESS, follow_redirects=True, headers=headers
    ) as client:
        yield client


def language_of(page: httpx.Response) -> str:
    """The language of a page: its root's, which the header and the chooser say, too."""
    ((language, _),) = re.findall(r'<html lang="([a-z]+)" dir="([a-z]+)">', page.text)
    (chosen,) = re.findall(r'<a href="[^"]*\?lang=([a-z]+)"[^>]* aria-current=true', page.text)
    assert page.headers["content-language"] == language == chosen
    return str(language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_what_is_asked_for(fan: httpx.AsyncClient, make_room: MakeRoom, language: str) -> None:
    """The address wins over the browser; the direction of the script goes with the language."""
    room = await make_room()
    page = await fan.get(f"/r/{room}", params={"lang": language})
    assert language_of(page) == language
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in page.text


async def test_the_browser_is_asked_next_and_english_is_last(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Without a language in the address the browser's counts; who asks for one that we lack gets English."""
    room = await make_room()
    assert language_of(await fan.get(f"/r/{room}")) == "de"
    assert language_of(await fan.get(f"/r/{room}", headers={"Accept-Language": "it"})) == "en"
    assert language_of(await fan.get(f"/r/{room}", params={"lang": "it"})) == "en"
    assert language_of(await fan.get(f"/r/{room}?lang=fr&lang=ja")) == "fr"


async def test_a_language_has_the_same_bytes_for_everyone(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """However a language was arrived at, its page is the same and has one ETag, and every language has its own."""
    room = await make_room()
    asked = await fan.get(f"/r/{room}?lang=de", headers={"Accept-Language": "fr"})
    liked = await fan.get(f"/r/{room}", headers={"Accept-Language": "de-CH"})
    pages = [await fan.get(f"/r/{room}", params={"lang": language}) for language in LANGUAGES]

    assert asked.content == liked.content
    assert asked.headers["etag"] == liked.headers["etag"]
    assert len({page.headers["etag"] for page in pages}) == len(LANGUAGES)
    assert {page.headers["vary"] for page in pages} == {"Accept-Encoding, Accept-Language"}
    again = await fan.get(f"/r/{room}?lang=fr", headers={"If-None-Match": asked.headers["etag"]})
    assert again.status_code == 200


async def test_the_choice_goes_along_without_javascript(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """By forms, redirects and the refresh a chosen language stays, and no cookie is needed for it."""
    room = await make_room(new_users_per_minute=1, total_active_users=0)
    page = await fan.get(f"/r/{room}?lang=fr")
    (join,) = set(re.findall(r'action="([^"]+)" data-act="join"', page.text))
    page = await fan.post(join, headers=OWN_FORM)
    assert page.request.url == f"{ADDRESS}/r/{room}/place?lang=fr"
    assert language_of(page) == "fr"
    (refresh,) = re.findall(r'http-equiv="refresh" content="\d+;url=([^"]+)"', page.text)
    assert language_of(await fan.get(refresh)) == "fr"
    (leave,) = re.findall(r'action="([^"]+)" data-act="leave"', page.text)
    left = await fan.post(leave, headers=OWN_FORM)
    assert language_of(left) == "fr"
    assert not fan.cookies


async def test_every_address_of_a_page_keeps_the_language(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """No form and no link of ours leads out of the language, but those of the chooser."""
    room = await make_room(lobby_at=None)
    page = await fan.get(f"/r/{room}?lang=ja")
    without_chooser = re.sub(r'<a href="[^"]*" lang="[^"]*" hreflang="[^"]*"', "<a", page.text)
    addresses = re.findall(r'(?:action|href)="(/r/[^"]+)"', without_chooser)
    assert addresses
    assert {address for address in addresses if "lang=ja" not in address} == set()


async def test_problems_are_explained_in_ones_language(fan: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """A room that is not there, and a problem's own page, speak as the waiting page does."""
    await make_room()
    missing = await fan.get("/r/nowhere")
    explained = await fan.get("/problems/room-closed?lang=ar")
    assert (missing.status_code, language_of(missing)) == (404, "de")
    assert language_of(explained) == "ar"
    assert "no such waiting room" not in missing.text
    assert 'dir="rtl"' in explained.text
