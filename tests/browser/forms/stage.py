"""What the tests of the console's forms share: keys, the API beside the pages, axe-core."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

import httpx
from playwright.sync_api import Page

from tests.patience import PATIENCE_SECONDS

SECRETS = {role: f"{role}-" + "s" * 40 for role in ("viewer", "operator", "admin", "other")}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The console's API and the room of one test."""

    url: str
    room: str
    client: httpx.Client

    @classmethod
    @contextmanager
    def at(cls, url: str, *, room: str) -> Iterator[Self]:
        """Call as an admin; the room is gone afterwards."""
        headers = {"Authorization": f"Bearer {SECRETS['admin']}"}
        with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_SECONDS) as client:
            yield cls(url=url, room=room, client=client)
            client.delete(f"/v1/admin/rooms/{room}")

    @property
    def page(self) -> str:
        """The room's page."""
        return f"/rooms/{self.room}"

    def make(self, **settings: Any) -> Json:  # Any: JSON values
        """Make the room."""
        return self._read(self.client.post("/v1/admin/rooms", json={"room": self.room} | settings))

    def change(self, **settings: Any) -> Json:  # Any: JSON values
        """Change it, as somebody else."""
        headers = {"Authorization": f"Bearer {SECRETS['other']}"}
        return self._read(self.client.patch(f"/v1/admin/rooms/{self.room}", json=settings, headers=headers))

    def look(self) -> Json:
        """How it is."""
        return self._read(self.client.get(f"/v1/admin/rooms/{self.room}"))

    def _read(self, response: httpx.Response) -> Json:
        assert response.is_success, response.text
        document: Json = response.json()
        return document


def faults(page: Page) -> list[str]:
    """What axe-core finds in a page as it stands."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found: Json = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]
