"""A fan at the checkout, by HTTP, and the admission that lets one in."""

import secrets
import time
from dataclasses import dataclass

import httpx

from tests.factories import a_fan, a_token
from tests.openapi import Contract
from waitroom.settings import Settings
from waitroom.tokens import AdmissionTokenSigner

ADDRESS = "http://checkout.test"
PAYS = "pm_card_visa"
DECLINED = "pm_card_chargeDeclined"
CONTRACT = Contract("checkout/openapi.yaml")
VENDOR_CONTRACT = Contract("checkout/vendor-openapi.yaml")


async def contract_hook(response: httpx.Response) -> None:
    """Hold an answer of the API against the committed contract."""
    path = response.request.url.path
    if path.startswith(("/v1/", "/.well-known/")):
        await response.aread()
        (VENDOR_CONTRACT if path.startswith("/v1/vendor") else CONTRACT).check(response)


def a_key() -> str:
    """A fresh Idempotency-Key."""
    return secrets.token_urlsafe(18)


def an_admission(settings: Settings, room_name: str, /, **changes: object) -> str:
    """A fresh fan's admission token that is valid now."""
    now_ms = time.time_ns() // 1_000_000
    fields = {
        "room": room_name,
        "fan_id": a_fan(),
        "epoch": f"epoch-of-{room_name}",
        "not_before_ms": now_ms - 1_000,
        "expires_ms": now_ms + 60_000,
    }
    return AdmissionTokenSigner(settings.key_source()).sign(a_token(**(fields | changes)))


@dataclass(frozen=True)
class Fan:
    """A fan with an open session."""

    client: httpx.AsyncClient
    session: str
    event: str = "gig"

    @classmethod
    async def let_in(cls, client: httpx.AsyncClient, admission: str) -> "Fan":
        """Open a session with an admission token."""
        opened = await open_session(client, admission)
        assert opened.status_code == 201, opened.text
        return cls(client, opened.json()["session"], opened.json()["event"])

    async def call(self, method: str, path: str, body: object = None, *, key: str | None = None) -> httpx.Response:
        """Make a call with the session."""
        headers = {"Authorization": f"Bearer {self.session}"} | ({"Idempotency-Key": key} if key else {})
        return await self.client.request(method, path, json=body, headers=headers)

    async def hold_best(self, quantity: int = 2, category: str = "floor", *, key: str | None = None) -> httpx.Response:
        """Ask for the best seats."""
        body = {"category": category, "quantity": quantity}
        return await self.call("POST", f"/v1/events/{self.event}/holds", body, key=key or a_key())

    async def hold_seats(self, *seats: str, key: str | None = None) -> httpx.Response:
        """Ask for these seats."""
        return await self.call("POST", f"/v1/events/{self.event}/holds", {"seats": list(seats)}, key=key or a_key())

    async def held(self, quantity: int = 2, category: str = "floor") -> str:
        """Hold the best seats, which are there, and return the hold's id."""
        answer = await self.hold_best(quantity, category)
        assert answer.status_code == 201, answer.text
        hold_id: str = answer.json()["hold_id"]
        return hold_id

    async def buy(self, hold_id: str, method: str = PAYS, *, key: str | None = None) -> httpx.Response:
        """Try to buy the seats of a hold."""
        body = {"hold_id": hold_id, "email": "fan@example.org", "payment_method": method}
        return await self.call("POST", "/v1/orders", body, key=key or a_key())

    async def bought(self, quantity: int = 1, category: str = "floor") -> httpx.Response:
        """Hold and buy seats, which are there."""
        answer = await self.buy(await self.held(quantity, category))
        assert answer.status_code == 201, answer.text
        return answer


async def open_session(client: httpx.AsyncClient, admission: str, *, key: str | None = None) -> httpx.Response:
    """Ask for a session."""
    headers = {"Idempotency-Key": key or a_key()}
    return await client.post("/v1/sessions", json={"admission_token": admission}, headers=headers)


def problem(response: httpx.Response) -> str:
    """The name of the problem that was answered."""
    name: str = response.json()["type"]
    return name.removeprefix("/problems/")
