"""A room's brand on the fan's page: colours and logo from the edge, and nothing that a name can smuggle in."""

import re
from html.parser import HTMLParser

import httpx
import pytest
from redis.asyncio import Redis
from starlette.applications import Starlette

from tests.edge.conftest import MakeRoom
from tests.edge.test_api import CONTRACT
from tests.patience import until
from waitroom.branding import LOGO_BYTES, Branding, logo_name
from waitroom.queue import Queue, change_room, look_at_room
from waitroom.queue.keys import Keys

PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 100
NASTY = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>"
FOR_EVER = "public, max-age=31536000, immutable"


async def with_logo(queue: Queue, room: str) -> str:
    """Give the room a logo; returns its name."""
    name = logo_name(PNG)
    assert name is not None
    await queue.logo(room, in_force="", digest=name, picture=PNG)
    return name


async def shown(app: Starlette, room: str, version: int) -> None:
    """Wait until the edge shows this version."""
    await until(lambda: app.state.boards.get(room).snapshot.version >= version)


async def branding_of(client: httpx.AsyncClient, room: str) -> dict[str, str]:
    """The branding of the snapshot, which is as the contract says."""
    answer = await client.get(f"/v1/rooms/{room}")
    CONTRACT.check(answer)
    told: dict[str, str] = answer.json()["branding"]
    return told


async def test_style_and_logo(
    client: httpx.AsyncClient, make_room: MakeRoom, edge_app: Starlette, edge_queue: Queue
) -> None:
    """The page names both; each is served for ever under its own name, and the page changes with them."""
    room = await make_room(name="The Night")
    before = await client.get(f"/r/{room}")
    name = await with_logo(edge_queue, room)
    links = ({"label": "Terms", "url": "https://example.com/terms?a=1&b=2"},)
    brand = {"name": "Hall", "logo": name, "colours": {"accent": "#e30613"}, "links": links}
    chosen = Branding.model_validate(brand)
    await shown(edge_app, room, await change_room(edge_queue, room, {"branding": chosen}, who="test"))
    told = await branding_of(client, room)
    page = await client.get(f"/r/{room}")
    assert page.headers["etag"] != before.headers["etag"]
    assert f'<link rel="stylesheet" href="{told["style"]}">' in page.text
    assert f'src="{told["logo"]}" alt="Hall"' in page.text
    assert '<a href="https://example.com/terms?a=1&amp;b=2"' in page.text
    style, logo = await client.get(told["style"]), await client.get(told["logo"])
    assert (style.headers["content-type"], style.headers["cache-control"]) == ("text/css; charset=utf-8", FOR_EVER)
    assert "--accent:#e30613" in style.text
    assert (logo.content, logo.headers["content-type"]) == (PNG, "image/png")
    for answer in (style, logo):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
    old = await client.get(f"/r/{room}/brand.0123456789ab.css")
    assert (old.text, old.headers["cache-control"]) == (style.text, "public, max-age=5")


async def test_a_logo_is_read_once(
    client: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue, store: Redis
) -> None:
    """What was read once is served from memory, also after the store has lost it."""
    room = await make_room()
    name = await with_logo(edge_queue, room)
    assert (await client.get(f"/r/{room}/logo.{name}")).content == PNG
    await store.delete(Keys(room).part("logo"))
    assert (await client.get(f"/r/{room}/logo.{name}")).content == PNG


@pytest.mark.parametrize("path", ["brand.0123456789ab.css", "logo.x.png", "logo.0123456789abcdef0123.png", "logo..png"])
async def test_what_is_not_there(client: httpx.AsyncClient, make_room: MakeRoom, path: str) -> None:
    """A room without a brand has neither, and no name reaches what is no logo."""
    room = await make_room()
    assert (await client.get(f"/r/{room}/{path}")).status_code == 404
    assert (await client.get(f"/r/nowhere/{path}")).status_code == 404


class Tags(HTMLParser):
    """The tags of a page, with the attributes that act."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one."""
        self.found.append((tag, dict(attrs)))


async def test_texts_stay_texts(
    client: httpx.AsyncClient, make_room: MakeRoom, edge_app: Starlette, edge_queue: Queue
) -> None:
    """A name, a message or a label that looks like markup is shown as it is, on either page."""
    room = await make_room(name=NASTY, message=NASTY, new_users_per_minute=0)
    links = ({"label": NASTY[:40], "url": "https://example.com/"},)
    chosen = Branding.model_validate({"name": NASTY[:60], "links": links})
    await shown(edge_app, room, await change_room(edge_queue, room, {"branding": chosen}, who="test"))
    joined = (await client.post(f"/v1/rooms/{room}/join", json={})).json()
    own = await client.get(f"/r/{room}/place", headers={"Authorization": f"Bearer {joined['pass']}"})
    for page in (await client.get(f"/r/{room}"), own):
        assert page.status_code == 200
        tags = Tags()
        tags.feed(page.text)
        scripts = [attributes for tag, attributes in tags.found if tag == "script"]
        assert all(one.get("src", "").startswith("/static/") or one.get("id") == "texts" for one in scripts)  # type: ignore[union-attr] # a src has a value
        assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on")]
        assert not [tag for tag, attributes in tags.found if "style" in attributes]
        assert "alert(1)&lt;/script&gt;" in page.text
        addresses = re.findall(r'(?:src|href|action)="([^"]*)"', page.text)
        assert all(
            address.startswith(("/", "https://example.com/", "data:image/svg+xml,%3Csvg")) or not address
            for address in addresses
        )


async def test_a_logo_has_a_limit() -> None:
    """The limit leaves a logo well below what a body may have."""
    assert len(PNG) < LOGO_BYTES < 64 * 1024


async def test_the_room_names_the_newest(make_room: MakeRoom, edge_queue: Queue) -> None:
    """A room whose branding is taken away has none."""
    room = await make_room(branding={"name": "Hall"})
    assert (await look_at_room(edge_queue, room)).to_json()["branding"]["name"] == "Hall"
    await change_room(edge_queue, room, {"branding": None}, who="test")
    assert (await look_at_room(edge_queue, room)).to_json()["branding"] is None
