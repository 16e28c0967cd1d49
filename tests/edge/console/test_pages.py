"""The console's pages: who sees which, what they may do there, and that nothing needs more than the policy allows."""

import re
from importlib.resources import files

import httpx
import pytest
from starlette.applications import Starlette

from edge.console.static_files import StaticFiles
from tests.edge.console.conftest import CONTRACT, SECRETS, MakeRoom
from waitroom.queue import Queue

STATIC = files("edge").joinpath("console", "static")
TEMPLATES = files("edge").joinpath("console", "templates")
EXPORT = r"^export (?:async )?(?:function|class|const|let) (\w+)"
SCRIPTS = sorted(entry.name for entry in STATIC.iterdir() if entry.name.endswith(".js"))


async def page(client: httpx.AsyncClient, path: str, *, role: str | None = "admin") -> httpx.Response:
    """Open a page, by a key of this role."""
    headers = {} if role is None else {"Authorization": f"Bearer {SECRETS[role]}"}
    response = await client.get(path, headers=headers)
    CONTRACT.check(response)
    return response


@pytest.mark.parametrize("path", ["/", "/rooms/arena?span=5"])
async def test_who_is_not_signed_in_is_led_there_and_back(client: httpx.AsyncClient, path: str) -> None:
    """A page without a session leads to the sign-in, which knows the way back."""
    response = await page(client, path, role=None)
    assert response.status_code == 303
    assert httpx.URL(response.headers["location"]).params["next"] == path


async def test_the_night(client: httpx.AsyncClient, make_room: MakeRoom, room_name: str) -> None:
    """The night's page names the room, whatever is in its name, and who is signed in."""
    await make_room(name='<b>"Night" & day</b>')
    response = await page(client, f"/rooms/{room_name}", role="operator")
    assert "&lt;b&gt;&#34;Night&#34; &amp; day&lt;/b&gt;" in response.text
    assert 'data-who="olga" data-role="operator"' in response.text


@pytest.mark.parametrize(
    ("role", "disabled"), [("viewer", ["pause", "delete"]), ("operator", ["delete"]), ("admin", [])]
)
async def test_controls_of_a_higher_role_are_disabled(
    client: httpx.AsyncClient, make_room: MakeRoom, room_name: str, role: str, disabled: list[str]
) -> None:
    """What one may not do cannot be pressed, and a line that exists says why."""
    await make_room()
    html = (await page(client, f"/rooms/{room_name}", role=role)).text
    for name in ("pause", "delete"):
        found = re.search(rf'<button[^>]*id="{name}"[^>]*>', html)
        assert found is not None
        assert (" disabled" in found[0]) is (name in disabled)
    for reason in re.findall(r'disabled aria-describedby="([^"]+)"', html):
        assert f'id="{reason}"' in html


@pytest.mark.parametrize(
    ("path", "role", "status"), [("/rooms/nowhere", "viewer", 404), ("/rooms/%3Cb%3E", "viewer", 404)]
)
async def test_refusals_are_pages(client: httpx.AsyncClient, path: str, role: str, status: int) -> None:
    """Why there is no page is told in a page."""
    response = await page(client, path, role=role)
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")


async def test_the_store_is_away(client: httpx.AsyncClient, console: Starlette) -> None:
    """While the store is away a room's page says so and loses nothing."""
    console.state.queue = Queue.connect("redis://127.0.0.1:1/0")
    response = await page(client, "/rooms/arena")
    assert (response.status_code, "Nothing is lost" in response.text) == (503, True)


async def test_headers_of_a_page(client: httpx.AsyncClient) -> None:
    """A page is kept by nobody, runs only our own scripts and may not be framed."""
    response = await page(client, "/")
    policy = response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "private, no-store"
    assert "script-src 'self'; style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", sorted(entry.name for entry in TEMPLATES.iterdir()))
def test_nothing_is_inline(name: str) -> None:
    """No template has a style, a script or a handler in itself: the policy would block it."""
    text = TEMPLATES.joinpath(name).read_text()
    assert re.findall(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\s(?:src=|type=.application/json.))", text) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_import_what_there_is(name: str) -> None:
    """Every import of a script names what a file of ours exports, and is used; no build checks that."""
    text = STATIC.joinpath(name).read_text()
    imports = re.findall(r'^import \{([^}]+)\} from "\./([^"]+)";', text, flags=re.MULTILINE)
    assert len(imports) == len(re.findall(r"^import \{", text, flags=re.MULTILINE))
    for names, module in imports:
        assert module in SCRIPTS
        exported = set(re.findall(EXPORT, STATIC.joinpath(module).read_text(), flags=re.MULTILINE))
        for each in filter(None, (part.strip() for part in names.split(","))):
            original, _, alias = each.partition(" as ")
            assert original in exported, f"{module} exports no {original}"
            assert len(re.findall(rf"\b{alias or original}\b", text)) > 1, f"{each} is not used"


@pytest.mark.parametrize("name", ["console.css", "api.js", "icon.svg"])
async def test_static_files(client: httpx.AsyncClient, name: str) -> None:
    """A file is asked for at each load, and sent only when it has changed."""
    first = await client.get(f"/static/{name}")
    CONTRACT.check(first)
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    again = await client.get(f"/static/{name}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fconsole.css", "%2e%2e%2f__init__.py"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    """Only files of the folder have an address."""
    assert (await client.get(f"/static/{name}")).status_code == 404


def test_every_static_file_has_a_type() -> None:
    """Each file of the folder is served as what it is."""
    kept = StaticFiles.load()
    types = {kept.find(entry.name) is not None for entry in STATIC.iterdir()}
    assert types == {True}
