"""Webhooks: endpoints that vendors register, and the calls to them.

A trigger on each change writes a delivery for every endpoint that wants it, and defers its job, in the transaction of
the change. An endpoint is called at least once, with the delivery's id in `webhook-id`: by it a receiver knows a call
that comes twice. What fails is tried again for a day; an endpoint that has failed for days is disabled.
"""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from checkout.database import Database, Row
from checkout.errors import CheckoutError
from checkout.outbox import MOST_TRIES
from checkout.sql import statements
from checkout.values import Document, new_id
from checkout.vendors.outside import Outside
from checkout.vendors.signatures import new_secret, sign
from waitroom.clock import rfc3339
from waitroom.metrics import JobMetrics

MOST_WEBHOOKS = 10
"""Endpoints of one vendor."""
MOST_DAYS = 5
"""An endpoint that has failed for so long is disabled."""
OLD_SECRET_HOURS = 24
"""How long the old secret signs beside the new one."""


class WebhookFailedError(CheckoutError):
    """A vendor's endpoint did not take a call: it may later, and is then called again."""


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """An endpoint. Its secret is told when it is made and when it is changed, and never again."""

    webhook_id: str
    url: str
    events: tuple[str, ...]
    made_at: datetime
    disabled_why: str | None
    failing_since: datetime | None
    secret: str

    @classmethod
    def of(cls, row: Row) -> Self:
        """Read a row."""
        fields = {name: row[name] for name in cls.__dataclass_fields__}
        return cls(**fields | {"events": tuple(row["events"])})

    def to_json(self, *, shows_secret: bool = False) -> Document:
        """The form of the contract."""
        return {
            "webhook_id": self.webhook_id,
            "url": self.url,
            "events": list(self.events),
            "enabled": self.disabled_why is None,
            "disabled_why": self.disabled_why,
            "failing_since": _moment(self.failing_since),
            "made_at": _moment(self.made_at),
        } | ({"secret": self.secret} if shows_secret else {})


class Webhooks:
    """The endpoints of vendors; each method touches those of one vendor alone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("webhooks")

    async def add(self, vendor_id: int, *, url: str, events: list[str]) -> Webhook | None:
        """Add an endpoint; None: the vendor has it already, or has as many as may be (`has` tells which)."""
        values = {
            "vendor_id": vendor_id,
            "webhook_id": new_id("webhook"),
            "url": url,
            "events": events,
            "secret": new_secret(),
            "most": MOST_WEBHOOKS,
        }
        return _webhook(await self._database.row(self._sql["add"], values))

    async def has(self, vendor_id: int, *, url: str) -> bool:
        """Say whether a vendor has an endpoint at this address."""
        return await self._database.row(self._sql["exists"], {"vendor_id": vendor_id, "url": url}) is not None

    async def of_vendor(self, vendor_id: int) -> list[Webhook]:
        """Return a vendor's endpoints, oldest first."""
        return [Webhook.of(row) for row in await self._database.rows(self._sql["list"], {"vendor_id": vendor_id})]

    async def find(self, vendor_id: int, webhook_id: str) -> Webhook | None:
        """Return an endpoint."""
        return _webhook(await self._database.row(self._sql["find"], _key(vendor_id, webhook_id)))

    async def change(
        self, vendor_id: int, webhook_id: str, *, url: str | None, events: list[str] | None, enabled: bool | None
    ) -> Webhook | None:
        """Change what is not None of an endpoint; one that is enabled begins with a clean record."""
        values = _key(vendor_id, webhook_id) | {"url": url, "events": events, "enabled": enabled}
        return _webhook(await self._database.row(self._sql["change"], values))

    async def rotate(self, vendor_id: int, webhook_id: str) -> Webhook | None:
        """Give an endpoint a new secret; the old one signs beside it for a day."""
        values = _key(vendor_id, webhook_id) | {"secret": new_secret(), "hours": OLD_SECRET_HOURS}
        return _webhook(await self._database.row(self._sql["rotate"], values))

    async def delete(self, vendor_id: int, webhook_id: str) -> bool:
        """Delete an endpoint and its log; what waits for it is not sent."""
        return await self._database.row(self._sql["delete"], _key(vendor_id, webhook_id)) is not None

    async def deliveries(self, vendor_id: int, webhook_id: str, *, most: int) -> list[Document]:
        """Return the newest deliveries to an endpoint, each with its tries."""
        rows = await self._database.rows(self._sql["deliveries"], _key(vendor_id, webhook_id) | {"most": most})
        return [row | {"made_at": _moment(row["made_at"])} for row in rows]

    async def send_again(self, vendor_id: int, webhook_id: str, delivery_id: str) -> bool:
        """Have a delivery sent once more; False: there is no such one, or it waits anyway."""
        values = _key(vendor_id, webhook_id) | {"delivery_id": delivery_id}
        return bool(await self._database.call(self._sql["send_again"], values))


class Deliveries:
    """Makes the calls."""

    def __init__(self, database: Database, outside: Outside, *, metrics: JobMetrics) -> None:
        self._database = database
        self._outside = outside
        self._metrics = metrics
        self._sql = statements("webhooks")

    async def send(self, *, delivery_id: str) -> None:
        """Make one call, unless that was done; raises WebhookFailedError when it is to be made again."""
        delivery = await self._database.row(self._sql["to_deliver"], {"delivery_id": delivery_id})
        if delivery is None:
            return
        if delivery["is_disabled"]:
            await self._database.call(self._sql["give_up"], {"delivery_id": delivery_id})
            return
        body = json.dumps(delivery["payload"], ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        secrets = [secret for secret in (delivery["secret"], delivery["old_secret"]) if secret is not None]
        headers = sign(body, message_id=delivery_id, at_seconds=int(time.time()), with_secrets=secrets)
        outcome = await self._outside.post(delivery["url"], body, headers=headers)
        limits = {"delivery_id": delivery_id, "most_tries": MOST_TRIES, "most_days": MOST_DAYS}
        state = await self._database.call(self._sql["note_try"], vars(outcome) | limits)
        self._metrics.webhook_tried(state="retried" if state == "waiting" else state)
        if state == "waiting":
            raise WebhookFailedError(f"A vendor's endpoint did not take a call: {outcome.failure}.")


def _webhook(row: Row | None) -> Webhook | None:
    return None if row is None else Webhook.of(row)


def _key(vendor_id: int, webhook_id: str) -> Document:
    return {"vendor_id": vendor_id, "webhook_id": webhook_id}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(round(moment.timestamp() * 1000))
