"""A vendor, by HTTP."""

from dataclasses import dataclass

import httpx

from tests.checkout.fans import a_key


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
