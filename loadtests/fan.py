"""One fan, from the door of the waiting room to the ticket, by HTTP alone.

Every call may be repeated: joins and sessions use the fan's one key each, holds and orders the key that
they are given (none means a new intent). Methods return what was answered and keep it in `record`; a "no"
is raised as `Refused`, so that the caller decides.
"""

import asyncio
import hashlib
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import httpx

from loadtests.answers import Category, Claim, FanRecord, Hold, Joined, Order, Place, Session, Snapshot
from loadtests.calls import Calls
from loadtests.errors import FanError, Refused, TurnOver
from loadtests.snapshots import SharedSnapshot
from waitroom.places import place_from_curve
from waitroom.queue.draw import derive_draw_key, draw_score

OVER = frozenset({"finished", "left", "lapsed", "expired", "unknown"})
EARLY_TRIES = 20
SETTLE_TRIES = 60


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where a fan goes: the addresses of edges and checkouts, the room and its event."""

    edges: Sequence[str]
    checkouts: Sequence[str]
    room: str = "demo"
    event: str = "demo"


class Fan:
    """A client who keeps the pass and the session as a browser would.

    `name` seeds all keys and dice, so a crowd can be repeated; `snapshots` may be shared with other fans.
    """

    def __init__(
        self, client: httpx.AsyncClient, door: Door, *, name: str, snapshots: SharedSnapshot | None = None
    ) -> None:
        self._door = door
        self._name = name
        self._dice = random.Random(name)  # noqa: S311 - jitter, not a secret
        self._edge = Calls(client, door.edges, dice=self._dice)
        self._checkout = Calls(client, door.checkouts, dice=self._dice)
        self._snapshots = snapshots or SharedSnapshot(self._edge, door.room)
        self._room = f"/v1/rooms/{door.room}"
        self._intents = 0
        self._score: int | None = None
        self.record = FanRecord()

    def key(self, intent: str) -> str:
        """Return this fan's Idempotency-Key for an intent: the same for the same words."""
        return hashlib.sha256(f"{self._name}\0{intent}".encode()).hexdigest()[:32]

    async def snapshot(self) -> Snapshot:
        """Look at the room."""
        return await self._snapshots.read()

    # The waiting room.

    async def join(self) -> Joined:
        """Take a place in line; with a pass already, the standing place."""
        held = self.record.joined.queue_pass if self.record.joined else None
        answer = await self._edge.post(f"{self._room}/join", {}, bearer=held, key=self.key("join"))
        # A standing place comes with the pass that was shown.
        joined = Joined.parse(answer.status, {**answer.members, "pass": answer.members.get("pass") or held or ""})
        self._score = joined.score
        self.record = replace(self.record, joined=joined)
        return joined

    async def place(self) -> Place:
        """Ask how it stands with this fan."""
        return Place.parse((await self._edge.get(f"{self._room}/place", bearer=self._pass())).members)

    async def wait_for_turn(self) -> Place:
        """Wait as the page does, by the shared snapshot, asking for the own place only near the turn.

        Raises TurnOver when the turn has gone, or the sale is over before it came.
        """
        while True:
            snapshot = await self.snapshot()
            seconds = await self._look(snapshot)
            if isinstance(seconds, Place):
                self.record = replace(self.record, admitted=seconds)
                return seconds
            await asyncio.sleep(seconds * self._dice.uniform(0.8, 1.2))

    async def claim(self) -> Claim:
        """Take the turn, once; Refused `not-your-turn` and `turn-over` are the caller's to judge."""
        answer = await self._edge.post(f"{self._room}/claim", bearer=self._pass())
        claim = Claim.parse(answer.members)
        self.record = replace(self.record, claim=claim)
        return claim

    async def claim_when_free(self) -> Claim:
        """Take the turn, asking again while the room is full or paused; the turn is kept meanwhile."""
        while True:
            try:
                return await self.claim()
            except Refused as refused:
                if refused.problem not in {"not-your-turn", "room-paused"}:
                    raise
                seconds = float(refused.members.get("poll_after") or 1)
                await asyncio.sleep(seconds * self._dice.uniform(0.8, 1.2))

    async def leave(self) -> None:
        """Give the place up."""
        await self._edge.post(f"{self._room}/leave", bearer=self._pass())

    # The checkout.

    async def open_session(self) -> Session:
        """Wait for the moment of entry and go in; the same key opens the same session."""
        if self.record.claim is None:
            raise FanError("a fan without a claim cannot enter")
        await asyncio.sleep(max(0, self.record.claim.enter_at_ms - now_ms()) / 1000)
        for _ in range(EARLY_TRIES):
            try:
                return await self._enter(self.record.claim)
            except Refused as refused:
                # The shop's clock may be a little behind ours.
                if refused.reason != "early":
                    raise
                await asyncio.sleep(0.2)
        raise FanError("the moment of entry never came")

    async def categories(self) -> tuple[Category, ...]:
        """Read prices and what is left."""
        answer = await self._checkout.get(f"/v1/events/{self._door.event}", bearer=self._session())
        return tuple(
            Category(category=c["category"], price=c["price"], seats_left=c["seats_left"])
            for c in answer.members["categories"]
        )

    async def hold_best(self, category: str, quantity: int, *, key: str | None = None) -> Hold:
        """Hold the best seats that are free together."""
        return await self._hold({"category": category, "quantity": quantity}, key=key)

    async def hold_seats(self, seats: Sequence[str], *, key: str | None = None) -> Hold:
        """Hold these very seats, all or none."""
        return await self._hold({"seats": list(seats)}, key=key)

    async def give_back(self, hold: Hold) -> None:
        """Give the held seats back."""
        await self._checkout.delete(f"/v1/holds/{hold.hold_id}", bearer=self._session())

    async def order(self, hold: Hold, *, payment_method: str = "pm_card_visa", key: str | None = None) -> Order:
        """Pay for a hold; an outcome that is not known yet is asked for until it is."""
        body = {
            "hold_id": hold.hold_id,
            "email": f"{self.key('mail')[:12]}@fans.example",
            "payment_method": payment_method,
            "locale": "en",
        }
        answer = await self._checkout.post("/v1/orders", body, bearer=self._session(), key=key or self._new_key())
        order = Order.parse(answer.status, answer.members)
        for _ in range(SETTLE_TRIES):
            if order.is_settled and order.status not in {"authorising", "secured", "unknown"}:
                break
            await asyncio.sleep(0.5)
            order = await self.read_order(order)
        self.record = replace(self.record, order=order)
        return order

    async def read_order(self, order: Order) -> Order:
        """Read an order with its tickets, by its id with the session or by its secret address."""
        address = f"/v1/orders/{order.order_id}" if order.order_id else order.order_url
        answer = await self._checkout.get(address, bearer=self._session())
        read = Order.parse(answer.status, answer.members)
        return replace(read, order_url=read.order_url or order.order_url)

    async def end_session(self) -> None:
        """Leave the shop: seats and slot are for others."""
        await self._checkout.delete("/v1/sessions/current", bearer=self._session())

    async def _look(self, snapshot: Snapshot) -> Place | float:
        """Return the turn, or the seconds until the next look."""
        self._refuse_what_is_over(snapshot)
        if snapshot.phase in {"scheduled", "lobby"}:
            return _seconds_to_release(snapshot)
        self._score = self._score if self._score is not None else self._drawn_score(snapshot)
        if snapshot.phase == "drawing":
            return 1.0
        # Without a score the turn has been given already, in an idle room at once: only `place` can tell.
        ahead = None
        if self._score is not None:
            ahead = place_from_curve(snapshot.curve, self._score, snapshot.waiting)
        if ahead is not None and ahead.ahead > 0:
            return _poll_seconds(snapshot, ahead.ahead)
        place = await self.place()
        if place.state in OVER:
            raise TurnOver(place.state)
        return place if place.state in {"admitted", "active"} else place.poll_after_seconds

    def _refuse_what_is_over(self, snapshot: Snapshot) -> None:
        if self.record.joined is not None and snapshot.epoch != self.record.joined.epoch:
            raise TurnOver("other-epoch")
        if snapshot.phase == "closed":
            raise TurnOver("closed")
        if snapshot.sold_out:
            raise TurnOver("sold_out")

    def _drawn_score(self, snapshot: Snapshot) -> int | None:
        """Compute the own place in the drawn order from what the room has published."""
        joined, draw = self.record.joined, snapshot.draw
        if joined is None or not draw.get("seed") or not draw.get("root"):
            return None
        seed, root, beacon = (bytes.fromhex(draw.get(name) or "") for name in ("seed", "root", "beacon"))
        draw_key = derive_draw_key(seed=seed, root=root, beacon=beacon)
        return draw_score(draw_key, tier=joined.tier, fan_id=joined.fan_id)

    async def _enter(self, claim: Claim) -> Session:
        body = {"admission_token": claim.admission_token}
        session = Session.parse((await self._checkout.post("/v1/sessions", body, key=self.key("session"))).members)
        self.record = replace(self.record, session=session, entered_at_ms=self.record.entered_at_ms or now_ms())
        return session

    async def _hold(self, body: dict[str, object], *, key: str | None) -> Hold:
        path = f"/v1/events/{self._door.event}/holds"
        answer = await self._checkout.post(path, body, bearer=self._session(), key=key or self._new_key())
        hold = Hold.parse(answer.members)
        self.record = replace(self.record, hold=hold)
        return hold

    def _new_key(self) -> str:
        self._intents += 1
        return self.key(f"intent {self._intents}")

    def _pass(self) -> str:
        if self.record.joined is None:
            raise FanError("a fan without a pass has no place")
        return self.record.joined.queue_pass

    def _session(self) -> str:
        if self.record.session is None:
            raise FanError("a fan without a session cannot shop")
        return self.record.session.session


def now_ms() -> int:
    """This machine's time."""
    return time.time_ns() // 1_000_000


def _poll_seconds(snapshot: Snapshot, ahead: int) -> float:
    fitting = [seconds for least, seconds in snapshot.poll if ahead >= least]
    return fitting[-1] if fitting else 2.0


def _seconds_to_release(snapshot: Snapshot) -> float:
    """Look seldom while the release is far, and right after it when it is near."""
    longest = max((seconds for _, seconds in snapshot.poll), default=20.0)
    if snapshot.release_at_ms is None:
        return min(longest, 2.0)
    left = (snapshot.release_at_ms - snapshot.now_ms) / 1000
    return min(longest, max(1.0, left))
