"""A vendor, by HTTP, and what one makes: a small hall with wheelchair places and a standing area."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.checkout.fans import a_key

Json = dict[str, Any]  # Any: JSON values

HALL: Json = {
    "sections": [
        {
            "section": "S",
            "rows": [
                {"row": "A", "distance": 10, "seats": [str(n) for n in range(1, 9)]},
                {
                    "row": "B",
                    "distance": 14,
                    "seats": [
                        *("1", "2", "3"),
                        *({"seat": "4", "kind": "accessible"}, {"seat": "5", "kind": "companion"}),
                        *({"seat": "6", "kind": "accessible"}, {"seat": "7", "kind": "companion"}),
                        "8",
                    ],
                },
            ],
        },
        {"section": "T", "rows": [{"row": "A", "distance": 40, "seats": ["1", "2", "3", "4"]}]},
    ],
    "areas": [{"area": "pit", "capacity": 120}],
}
CATEGORIES: list[Json] = [
    {"category": "seats", "name": "Seats", "price": 5_000, "places": [{"section": "S"}]},
    {"category": "back", "name": "Back", "price": 3_000, "places": [{"section": "T", "rows": ["A"]}]},
    {"category": "standing", "name": "Standing", "price": 2_000, "places": [{"section": "pit"}]},
]


@dataclass(frozen=True)
class Seller:
    """A vendor with a key."""

    client: httpx.AsyncClient
    key: str

    async def call(self, method: str, path: str = "", body: object = None, *, key: str | None = None) -> httpx.Response:
        """Make a call under /v1/vendor; what creates has a fresh Idempotency-Key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        if method == "POST":
            headers["Idempotency-Key"] = key or a_key()
        return await self.client.request(method, f"/v1/vendor{path}", json=body, headers=headers)

    async def upload(self, venue: str, text: str | bytes, name: str = "Imported") -> httpx.Response:
        """Import a seat map from CSV."""
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": a_key(), "Content-Type": "text/csv"}
        url = f"/v1/vendor/venues/{venue}/seat-maps"
        return await self.client.post(url, content=text, params={"name": name}, headers=headers)

    async def made(self, path: str, body: Json) -> Json:
        """Make something, which is possible, and return it."""
        answer = await self.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        document: Json = answer.json()
        return document

    async def changed(self, path: str, body: Json, method: str = "PATCH") -> Json:
        """Change something, which is possible, and return it."""
        answer = await self.call(method, path, body)
        assert answer.status_code == 200, answer.text
        document: Json = answer.json()
        return document

    async def a_seat_map(self, plan: Json = HALL) -> str:
        """Make a venue with a seat map."""
        venue = (await self.made("/venues", {"name": f"Hall {a_key()}"}))["venue"]
        seat_map: str = (await self.made(f"/venues/{venue}/seat-maps", {"name": "All seated", **plan}))["seat_map"]
        return seat_map

    async def an_event(self, room: str, event: str = "show", **terms: object) -> Json:
        """Put an event on sale before this room, in the hall or in the seat map that is named."""
        body = {
            "event": event,
            "room": room,
            "seat_map": terms.pop("seat_map", None) or await self.a_seat_map(),
            "name": "The Show",
            "starts_at": "2031-05-01T20:00:00+02:00",
            "currency": "eur",
            "limit_per_fan": 8,
            "categories": CATEGORIES,
        }
        return await self.made("/events", body | terms)

    async def show(self, event: str = "show") -> Json:
        """Look at an event."""
        document: Json = (await self.call("GET", f"/events/{event}")).json()
        return document
