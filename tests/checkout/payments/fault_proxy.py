"""What stands between the checkout and localstripe: strict where Stripe is and localstripe is not, and bad on demand.

Strict: the first answer is kept under its Idempotency-Key, 409 while it is being made; nothing is captured, cancelled
or refunded that cannot be; parameters that the pinned API version has no more are refused. Bad: a call or its reply is
lost, a reply is held back, Stripe is busy or broken. Webhooks of localstripe are kept until the test delivers them.
"""

import asyncio
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode

import h11
import httpx

from tests.patience import PATIENCE_SECONDS

API_KEY = "sk_test_localstripe"
WEBHOOKS = "/webhooks"
CANCELLABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")
UNKNOWN_TO_LOCALSTRIPE = ("use_stripe_sdk", "error_on_requires_action", "allowed_payment_method_types")
NOT_KEPT = frozenset({401, 429, 500})
Document = dict[str, Any]  # Any: JSON


class Fault(StrEnum):
    """What goes wrong with one call."""

    REQUEST_LOST = "the call never arrives"
    REPLY_LOST = "the call arrives, its reply does not"
    BROKEN = "the call arrives, the answer is 500"
    BUSY = "the answer is 429, and nothing was done"
    KEY_REFUSED = "the answer is 401, and nothing was done"


REFUSALS = {Fault.BUSY: 429, Fault.KEY_REFUSED: 401}


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of the checkout."""

    method: str
    path: str
    key: str | None
    version: str | None
    headers: dict[str, str]
    fields: tuple[tuple[str, str], ...]

    @property
    def verb(self) -> str:
        """`create`, `retrieve`, `list`, `capture`, `cancel` or `refund`."""
        parts = self.path.removeprefix("/v1/").split("/")
        if parts[0] == "refunds":
            return "refund"
        if len(parts) > 2:
            return parts[2]
        names = {("POST", 1): "create", ("GET", 1): "list", ("GET", 2): "retrieve"}
        return names[self.method, len(parts)]

    @property
    def intent(self) -> str:
        """The PaymentIntent that it is about."""
        return dict(self.fields).get("payment_intent") or self.path.split("/")[3]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer."""

    status: int
    body: bytes

    @classmethod
    def error(cls, status: int, **members: str) -> "Reply":
        """Stripe's form of a refusal."""
        error = {"type": "invalid_request_error", "message": "Refused by the test."} | members
        return cls(status=status, body=json.dumps({"error": error}).encode())


@dataclass(frozen=True)
class Held:
    """A reply that is held back."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


class FaultProxy:
    """Listens on loopback and passes calls on; `calls` are those that came, `webhooks` what localstripe sent."""

    def __init__(self, localstripe_url: str) -> None:
        self._localstripe = httpx.AsyncClient(base_url=localstripe_url, auth=(API_KEY, ""), timeout=30.0)
        self._answers: dict[str, tuple[Call, asyncio.Future[Reply]]] = {}
        self._faults: dict[str, list[Fault]] = {}
        self._held: dict[str, Held] = {}
        self._waiting: list[Held] = []
        self._arrived = asyncio.Condition()
        self._one_at_a_time = asyncio.Lock()
        self.calls: list[Call] = []
        self.webhooks: list[tuple[bytes, str]] = []
        self.decline_code = "generic_decline"
        self.keeps_answers = True
        self.first_says: dict[str, str] = {}

    async def start(self) -> None:
        """Listen; localstripe begins with empty books."""
        (await self._localstripe.delete("/_config/data")).raise_for_status()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """End."""
        self._server.close()
        for held in self._waiting:
            held.released.set()
        await self._localstripe.aclose()

    async def subscribe(self, secret: str) -> None:
        """Let localstripe send its webhooks here."""
        body = {"url": self.url + WEBHOOKS, "secret": secret}
        (await self._localstripe.post("/_config/webhooks/test", json=body)).raise_for_status()

    async def webhook(self, kind: str, *, order_id: str) -> tuple[bytes, str]:
        """Wait for a webhook of a kind; return its payload and signature. Those of other tests may arrive late."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
            while True:
                found = [sent for sent in self.webhooks if _is_about(json.loads(sent[0]), kind, order_id)]
                if found:
                    return found[0]
                await self._arrived.wait()

    def let_fail(self, verb: str, *faults: Fault) -> None:
        """Let the next calls of a verb go wrong, one after another."""
        self._faults.setdefault(verb, []).extend(faults)

    def hold(self, verb: str) -> Held:
        """Hold the next reply of a verb back until it is released."""
        return self._held.setdefault(verb, Held())

    def hold_work(self) -> Held:
        """Let Stripe work on the next writing call until it is released."""
        return self._held.setdefault("work", Held())

    def count(self, verb: str) -> int:
        """How many calls of a verb came."""
        return len(self.calls_of(verb))

    def calls_of(self, verb: str) -> list[Call]:
        """The calls of a verb."""
        return [call for call in self.calls if call.verb == verb]

    async def card(self, number: str) -> str:
        """Make a payment method of a test card, as Stripe's own page would."""
        card = {"card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2040", "card[cvc]": "123"}
        made = await self._localstripe.post("/v1/payment_methods", data={"type": "card"} | card)
        name: str = made.raise_for_status().json()["id"]
        return name

    async def authenticate(self, client_secret: str, *, succeeds: bool) -> None:
        """Do what the bank asked for, as Stripe.js would."""
        intent = client_secret.partition("_secret_")[0]
        body = {"client_secret": client_secret, "success": str(succeeds).lower()}
        await self._localstripe.post(f"/v1/payment_intents/{intent}/_authenticate", data=body)

    async def refund_elsewhere(self, intent: str) -> None:
        """Give the money back as a person does in Stripe's dashboard."""
        (await self._localstripe.post("/v1/refunds", data={"payment_intent": intent})).raise_for_status()

    async def books(self) -> list[Document]:
        """All PaymentIntents, each with what was refunded of it."""
        intents = await self._look("/v1/payment_intents?limit=100")
        refunds = await self._look("/v1/refunds?limit=100")
        back: dict[str, int] = {}
        for refund in refunds["data"]:
            back[refund["payment_intent"]] = back.get(refund["payment_intent"], 0) + refund["amount"]
        return [intent | {"refunded": back.get(intent["id"], 0)} for intent in intents["data"]]

    async def _look(self, path: str) -> Document:
        found: Document = (await self._localstripe.get(path)).raise_for_status().json()
        return found

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request, body = await _read(reader)
            reply = await self._receive(request, body)
            if reply is None:
                writer.transport.abort()
            else:
                writer.write(_write(reply))
                await writer.drain()
        except (ConnectionError, h11.RemoteProtocolError):
            pass
        finally:
            writer.close()

    async def _receive(self, request: h11.Request, body: bytes) -> Reply | None:
        headers = {name.decode(): value.decode() for name, value in request.headers}
        path = request.target.decode().partition("?")[0]
        if path == WEBHOOKS:
            async with self._arrived:
                self.webhooks.append((body, headers["stripe-signature"]))
                self._arrived.notify_all()
            return Reply(status=200, body=b"{}")
        call = Call(
            method=request.method.decode(),
            path=path,
            key=headers.get("idempotency-key"),
            version=headers.get("stripe-version"),
            headers=headers,
            fields=tuple(parse_qsl(body.decode())),
        )
        self.calls.append(call)
        return await self._answer(call)

    async def _answer(self, call: Call) -> Reply | None:
        faults = self._faults.get(call.verb)
        fault = faults.pop(0) if faults else None
        if fault is Fault.REQUEST_LOST:
            return None
        if fault in REFUSALS:
            return Reply.error(REFUSALS[fault])
        reply = await self._once(call)
        await self._wait(call.verb)
        if fault is Fault.REPLY_LOST:
            return None
        return Reply.error(500, type="api_error") if fault is Fault.BROKEN else reply

    async def _wait(self, what: str) -> None:
        held = self._held.pop(what, None)
        if held is not None:
            self._waiting.append(held)
            held.arrived.set()
            await held.released.wait()

    async def _once(self, call: Call) -> Reply:
        if call.method != "POST" or not self.keeps_answers:
            return await self._pass_on(call)
        assert call.key is not None
        if call.key in self._answers:
            first, answer = self._answers[call.key]
            if (first.path, first.fields) != (call.path, call.fields):
                return Reply.error(400, type="idempotency_error")
            return answer.result() if answer.done() else Reply.error(409, code="idempotency_key_in_use")
        answer = asyncio.get_running_loop().create_future()
        self._answers[call.key] = (call, answer)
        await self._wait("work")
        async with self._one_at_a_time:
            reply = await self._pass_on(call)
        answer.set_result(reply)
        if reply.status in NOT_KEPT:
            del self._answers[call.key]
        return reply

    async def _pass_on(self, call: Call) -> Reply:
        refusal = await self._refuse(call)
        if refusal is not None:
            return refusal
        fields = [(name, value) for name, value in call.fields if not name.startswith(UNKNOWN_TO_LOCALSTRIPE)]
        answer = await self._localstripe.request(
            call.method,
            call.path,
            content=urlencode(fields) if call.method == "POST" else None,
            headers={"content-type": "application/x-www-form-urlencoded"},
            auth=(call.headers["authorization"].removeprefix("Bearer "), ""),
        )
        return self._as_stripe(call, Reply(status=answer.status_code, body=answer.content))

    async def _refuse(self, call: Call) -> Reply | None:
        if any(name.startswith("payment_method_types") for name, _ in call.fields):
            return Reply.error(400, code="payment_method_types_no_longer_supported")
        if call.verb not in {"capture", "cancel", "refund"}:
            return None
        intent = await self._look(f"/v1/payment_intents/{call.intent}")
        if call.verb == "refund":
            return await self._refuse_refund(call, intent)
        may_be = ("requires_capture",) if call.verb == "capture" else CANCELLABLE
        return None if intent["status"] in may_be else Reply.error(400, code="payment_intent_unexpected_state")

    async def _refuse_refund(self, call: Call, intent: Document) -> Reply | None:
        if intent["status"] != "succeeded":
            return Reply.error(400, code="payment_intent_unexpected_state")
        done = await self._look(f"/v1/refunds?limit=100&payment_intent={call.intent}")
        back = sum(refund["amount"] for refund in done["data"])
        if back == intent["amount"]:
            return Reply.error(400, code="charge_already_refunded")
        is_more = back + int(dict(call.fields)["amount"]) > intent["amount"]
        return Reply.error(400, param="amount") if is_more else None

    def _as_stripe(self, call: Call, reply: Reply) -> Reply:
        if reply.status == 200 and call.verb in self.first_says:
            said = json.loads(reply.body) | {"status": self.first_says[call.verb]}
            return Reply(status=200, body=json.dumps(said).encode())
        if call.verb != "create":
            return reply
        if reply.status == 404:
            return Reply.error(400, code="resource_missing", param="payment_method")
        if reply.status == 402:
            return Reply.error(402, type="card_error", code="card_declined", decline_code=self.decline_code)
        return reply


async def _read(reader: asyncio.StreamReader) -> tuple[h11.Request, bytes]:
    connection, body = h11.Connection(h11.SERVER), b""
    head: h11.Request | None = None
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            return head, body
        elif event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65_536))
        else:
            raise ConnectionError(event)


def _write(reply: Reply) -> bytes:
    head = (
        f"HTTP/1.1 {reply.status} Answer\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(reply.body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + reply.body


def _is_about(event: Any, kind: str, order_id: str) -> bool:  # Any: JSON
    return bool(event["type"] == kind and event["data"]["object"]["metadata"].get("order_id") == order_id)
