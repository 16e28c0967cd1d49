"""What the checkout's benchmark meets: a stadium of 60,180 seats, open sessions, holds that wait to be paid."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from checkout.migrations import upgrade
from checkout.seeding import seed_stadium
from checkout.sessions import SessionToken
from waitroom.settings import Settings
from waitroom.tokens.signer import Signer

EVENT = "bench"
SOLD_SHARE = 0.9
Connection = psycopg.AsyncConnection[Any]  # Any: rows of any shape

ADD_SESSIONS = """
INSERT INTO sessions (session_id, room, epoch, fan_id, opening_key, entered_at, expires_at)
SELECT session_id, %(event)s, 'bench', session_id, '', now(), now() + interval '1 day'
FROM unnest(%(ids)s::text[]) AS session_id
"""
HOLD_ONE = """
SELECT hold_best(session_id, 'hold_of_' || session_id, %(event)s, %(category)s, 1, session_id, 'bench', true)
FROM unnest(%(ids)s::text[]) AS session_id
"""
FREE_ALL = """
WITH released AS (UPDATE holds SET state = 'released' WHERE state = 'live')
UPDATE seats SET hold_id = NULL, held_until = NULL WHERE NOT is_sold AND hold_id IS NOT NULL
"""
SELL = """
UPDATE seats SET is_sold = true, hold_id = 'hold_of_bench', held_until = NULL
WHERE NOT is_sold AND seat_id IN (SELECT seat_id FROM seats TABLESAMPLE BERNOULLI (%(percent)s) REPEATABLE (7))
"""
COUNT_ROWS = "SELECT count_row(row_id, clock_timestamp()) FROM seating_rows"


class Stage:
    """One event in one database, and whoever is inside."""

    def __init__(self, connection: Connection, settings: Settings, folder: Path) -> None:
        self._connection = connection
        self._signer = Signer(SessionToken, salt="session", keys=settings.key_source())
        self._folder = folder

    @classmethod
    async def prepare(cls, settings: Settings, folder: Path) -> "Stage":
        """Make the schema and the stadium."""
        url = settings.database_url.get_secret_value()
        upgrade(url)
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
        await seed_stadium(connection, event=EVENT, room=EVENT)
        return cls(connection, settings, folder)

    async def close(self) -> None:
        """Let the database go."""
        await self._connection.close()

    async def holds(self, count: int, *, category: str, quantity: int) -> Path:
        """Write requests that hold the best seats, each of a fan of its own."""
        body = {"category": category, "quantity": quantity}
        return self._write(self._request(fan, f"/v1/events/{EVENT}/holds", body) for fan in await self._let_in(count))

    async def orders(self, count: int, *, category: str) -> Path:
        """Let fans hold a seat each, and write the requests that buy them."""
        fans = await self._let_in(count)
        await self._connection.execute(HOLD_ONE, {"event": EVENT, "category": category, "ids": list(fans)})
        body = {"email": "fan@example.org", "payment_method": "pm_card_visa"}
        return self._write(self._request(fan, "/v1/orders", {"hold_id": f"hold_of_{fan}"} | body) for fan in fans)

    async def sell_most(self) -> tuple[int, int]:
        """Sell nine of ten seats here and there, end every hold; returns how many are sold, of how many."""
        await self._connection.execute(FREE_ALL)
        await self._connection.execute(SELL.replace("%(percent)s", str(100 * SOLD_SHARE)).encode())
        await self._connection.execute(COUNT_ROWS)
        await self._connection.execute("VACUUM ANALYZE seats, seating_rows")
        found = await self._connection.execute("SELECT count(*) FILTER (WHERE is_sold), count(*) FROM seats")
        row = await found.fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    async def sold_twice(self) -> int:
        """Count the seats with two live tickets: a speed that sells twice is no speed."""
        found = await self._connection.execute(
            "SELECT count(*) FROM (SELECT FROM tickets WHERE is_live GROUP BY seat_id HAVING count(*) > 1) AS twice"
        )
        row = await found.fetchone()
        assert row is not None
        return int(row[0])

    async def _let_in(self, count: int) -> Sequence[str]:
        fans = [f"session_{secrets.token_hex(16)}" for _ in range(count)]
        await self._connection.execute(ADD_SESSIONS, {"event": EVENT, "ids": fans})
        return fans

    def _request(self, fan: str, path: str, body: Mapping[str, object]) -> str:
        text = json.dumps(body)
        lines = [
            f"POST {path} HTTP/1.1",
            "Host: bench.example",
            f"Authorization: Bearer {self._signer.sign(SessionToken(session_id=fan))}",
            f"Idempotency-Key: {secrets.token_hex(16)}",
            "Content-Type: application/json",
            f"Content-Length: {len(text)}",
        ]
        return "\r\n".join([*lines, "", text])

    def _write(self, requests: Iterator[str]) -> Path:
        path = self._folder / f"requests-{secrets.token_hex(4)}.jsonl"
        with path.open("w") as file:
            file.writelines(f"{json.dumps(request)}\n" for request in requests)
        return path
