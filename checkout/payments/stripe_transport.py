"""How Stripe's library reaches Stripe: by httpx, with our time-outs, and telling the network's faults from our own."""

from collections.abc import Mapping

import httpx
import stripe


class HttpxTransport(stripe.HTTPClient):
    """Sends the library's requests.

    What the network does becomes APIConnectionError. All else, which the library's own client would call the same,
    is a fault of ours and goes up as it is.
    """

    name = "httpx"

    def __init__(self, timeout: httpx.Timeout) -> None:
        super().__init__()
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request and return the body, the status and the headers of its answer."""
        try:
            answer = await self._client.request(method, url, headers=dict(headers), content=post_data)
        except httpx.TransportError as lost:
            reason = f"The network: {type(lost).__name__}."
            raise stripe.APIConnectionError(reason) from lost  # type: ignore[no-untyped-call]  # the library's own
        return answer.content, answer.status_code, answer.headers

    async def close_async(self) -> None:
        """Close the connections."""
        await self._client.aclose()
