"""The checkout that all sales of a test share: real PostgreSQL, real store, called by HTTP from another thread."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import httpx
import psycopg
from anyio.from_thread import BlockingPortal
from psycopg.types.json import Jsonb

from checkout.app import create_app
from checkout.payments.sandbox import Sandbox
from checkout.recovery import Recovery
from checkout.services import Services
from tests.checkout.fans import ADDRESS, an_admission, contract_hook, open_session
from tests.checkout.halls import seed_mixed_hall
from tests.checkout.machine.model import FEE, LIMIT, LONGEST_SECONDS
from tests.checkout.machine.view import VIEW, View
from tests.checkout.providers import Interfered, interfere
from tests.checkout.sweep import Sweep
from waitroom.settings import Settings

T = TypeVar("T")
Connection = psycopg.AsyncConnection[Any]  # Any: rows of any shape
KEPT = ("alembic_version", "order_transitions", "notice_rules", "vendors", "vendor_keys")
TABLES = """SELECT string_agg(format('DELETE FROM %%I.%%I', schemaname, tablename), '; ') FROM pg_tables
    WHERE schemaname IN ('public', 'sandbox') AND tablename <> ALL (%s)"""
MOMENTS = (
    "UPDATE holds SET placed_at = placed_at - %(time)s::interval, expires_at = expires_at - %(time)s::interval",
    "UPDATE seats SET held_until = held_until - %(time)s::interval WHERE held_until IS NOT NULL",
    "UPDATE seating_rows SET next_expiry = next_expiry - %(time)s::interval",
    "UPDATE idempotency_keys SET started_at = started_at - %(time)s::interval",
)


@dataclass
class World:
    """A running checkout, its vendor and whoever settles what was left."""

    portal: BlockingPortal
    settings: Settings
    services: Services
    sandbox: Sandbox
    provider: Interfered
    recovery: Recovery
    client: httpx.AsyncClient
    database: Connection
    vendor_key: str
    room: str = ""

    @classmethod
    @asynccontextmanager
    async def running(cls, portal: BlockingPortal, settings: Settings) -> AsyncIterator[Self]:
        """Run a checkout until the test is over."""
        app = create_app(settings)
        services: Services = app.state.services
        sandbox, provider = services.provider, interfere(services)
        assert isinstance(sandbox, Sandbox)
        url = settings.database_url.get_secret_value()
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                base_url=ADDRESS,
                event_hooks={"response": [_hold_contract]},
            ) as client,
            await psycopg.AsyncConnection.connect(url, autocommit=True) as database,
        ):
            await services.vendors.add("hall", name="The hall")
            vendor_key = await services.vendors.make_key("hall")
            assert vendor_key is not None
            recovery = Recovery(services.database, provider, services.buying, services.refunds)
            yield cls(portal, settings, services, sandbox, provider, recovery, client, database, vendor_key)

    def do(self, deed: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """Let the checkout's own thread do something."""
        return self.portal.call(deed, *arguments)

    async def begin(self) -> str:
        """Put an event on sale, before a room of its own, where nothing has been sold; return its name."""
        self.room = f"machine-{secrets.token_hex(6)}"
        await self.forget()
        await seed_mixed_hall(self.database, event=self.room, room=self.room, limit_per_fan=LIMIT)
        fees = Jsonb([{"name": "Service", "per": "order", "amount": FEE}])
        terms = "fees = %s, longest_hold_seconds = %s, vendor_id = (SELECT vendor_id FROM vendors)"
        await self.database.execute(f"UPDATE events SET {terms}", (fees, LONGEST_SECONDS))
        return self.room

    async def forget(self) -> None:
        """Leave nothing of the last sale, not even in the ledger."""
        async with self.database.transaction():
            await self.database.execute("SET LOCAL session_replication_role = replica")
            row = await (await self.database.execute(TABLES, (list(KEPT),))).fetchone()
            assert row is not None
            await self.database.execute(row[0])

    async def open_session(self) -> str:
        """Let a fan in, and return what the fan carries."""
        opened = await open_session(self.client, an_admission(self.settings, self.room))
        assert opened.status_code == 201, opened.text
        session: str = opened.json()["session"]
        return session

    async def call(self, session: str, method: str, path: str, body: object, key: str | None) -> httpx.Response:
        """Make a call of a fan, or of the vendor."""
        headers = {"Authorization": f"Bearer {session}"} | ({"Idempotency-Key": key} if key else {})
        return await self.client.request(method, path, json=body, headers=headers)

    async def view(self) -> View:
        """See the sale as it is."""
        row = await (await self.database.execute(VIEW)).fetchone()
        assert row is not None
        return View.of(row[0])

    async def broken(self) -> dict[str, list[Any]]:  # Any: whatever a rule names
        """Return the rules of the ledger and of the sweep that are broken."""
        return await Sweep(self.database).broken()

    async def let_pass(self, seconds: float) -> None:
        """Move every moment back."""
        async with self.database.transaction():
            for statement in MOMENTS:
                await self.database.execute(statement.encode(), {"time": f"{seconds} seconds"})

    async def look(self, attempt: str) -> None:
        """Let one call that waits be due, and whoever settles look."""
        due = "UPDATE payment_attempts SET due_at = CASE WHEN attempt_key = %s THEN now() ELSE 'infinity' END"
        await self.database.execute(f"{due} WHERE outcome IS NULL", (attempt,))
        await self.recovery.look()

    async def decide(self, order_id: str, approves: bool) -> None:
        """Do what the bank asks the buyer for."""
        newest = "SELECT reference FROM payments WHERE order_id = %s ORDER BY number DESC LIMIT 1"
        row = await (await self.database.execute(newest, (order_id,))).fetchone()
        assert row is not None
        await self.sandbox.decide(row[0], approves=approves)

    async def refund_event(self) -> None:
        """Do what the worker does when an event was cancelled."""
        row = await (await self.database.execute("SELECT event_id FROM events")).fetchone()
        assert row is not None
        await self.services.refunds.refund_event(row[0])


async def _hold_contract(response: httpx.Response) -> None:
    # What the contract does not know is found by the machine as an answer of ours that is at fault.
    if response.status_code < 500:
        await contract_hook(response)
