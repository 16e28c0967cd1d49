"""HTTP as a patient client does it: the same request with the same key, at another address when one is gone."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from loadtests.errors import Refused, Unreachable

TRIES = 8
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
TIME_OUT_SECONDS = 15.0
RUNNING = "idempotency-key-running"
JsonObject = Mapping[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status below 400 and the JSON that came with it."""

    status: int
    members: JsonObject


def open_client(*, connections: int = 100) -> httpx.AsyncClient:
    """Return a client that many fans can share: it keeps connections and never a cookie."""
    no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=()))
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    # Fans queue for a connection rather than fail: the pool has no time-out.
    timeout = httpx.Timeout(TIME_OUT_SECONDS, pool=None)
    return httpx.AsyncClient(cookies=no_cookies, limits=limits, timeout=timeout, trust_env=False)


class Calls:
    """One fan's calls to one app, which may be reached at several addresses."""

    def __init__(self, client: httpx.AsyncClient, addresses: Sequence[str], *, dice: random.Random) -> None:
        self._client = client
        self._addresses = [address.rstrip("/") for address in addresses]
        self._dice = dice
        self._at = dice.randrange(len(self._addresses))

    async def get(self, path: str, *, bearer: str | None = None) -> Answer:
        """Read; raises Refused or Unreachable."""
        return await self._send("GET", path, headers=_headers(bearer=bearer))

    async def post(
        self, path: str, body: JsonObject | None = None, *, bearer: str | None = None, key: str | None = None
    ) -> Answer:
        """Act; a lost reply is asked for again with the same key. Raises Refused or Unreachable."""
        return await self._send("POST", path, headers=_headers(bearer=bearer, key=key), body=body)

    async def delete(self, path: str, *, bearer: str | None = None) -> Answer:
        """Remove; raises Refused or Unreachable."""
        return await self._send("DELETE", path, headers=_headers(bearer=bearer))

    async def _send(
        self, method: str, path: str, *, headers: Mapping[str, str], body: JsonObject | None = None
    ) -> Answer:
        last: Exception = Unreachable(path)
        for attempt in range(TRIES):
            try:
                response = await self._client.request(method, self._url(path), headers=dict(headers), json=body)
                return _read(response)
            except httpx.TransportError as lost:
                self._at += 1
                last = Unreachable(f"{method} {path}: {type(lost).__name__}")
            except Refused as refused:
                if not _is_passing(refused):
                    raise
                last = refused
            await asyncio.sleep(self._pause_seconds(attempt, last))
        raise last

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else self._addresses[self._at % len(self._addresses)] + path

    def _pause_seconds(self, attempt: int, last: Exception) -> float:
        asked = float(last.members.get("retry_after") or 0) if isinstance(last, Refused) else 0.0
        pause = max(asked, FIRST_PAUSE_SECONDS * float(2**attempt))
        return min(pause, LONGEST_PAUSE_SECONDS) * self._dice.uniform(0.8, 1.2)


def _headers(*, bearer: str | None = None, key: str | None = None) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    if key is not None:
        headers["Idempotency-Key"] = key
    return headers


def _is_passing(refused: Refused) -> bool:
    return refused.status in {429, 503} or refused.problem == RUNNING


def _read(response: httpx.Response) -> Answer:
    members = _members(response)
    if response.status_code < 400:
        return Answer(status=response.status_code, members=members)
    retry_after = response.headers.get("Retry-After", "")
    if retry_after.isdigit():
        members = {"retry_after": int(retry_after), **members}
    problem = str(members.get("type", "")).rpartition("/")[2] or "no-problem-document"
    raise Refused(status=response.status_code, problem=problem, members=members)


def _members(response: httpx.Response) -> JsonObject:
    if "json" not in response.headers.get("Content-Type", ""):
        return {}
    members = response.json()
    return members if isinstance(members, dict) else {}
