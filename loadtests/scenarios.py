"""Fans for locust: one visit each, from the lobby to the ticket, then they go home.

Imported by locustfile.py alone: importing locust patches the whole process for gevent.
"""

import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from locust import FastHttpUser, task

from loadtests.answers import Claim, Hold, Joined, Order, Place, Session, Snapshot
from loadtests.errors import FanError, Refused
from waitroom.places import place_from_curve
from waitroom.queue.draw import derive_draw_key, draw_score

JsonObject = dict[str, Any]  # Any: JSON values
OVER = frozenset({"finished", "left", "lapsed", "expired", "unknown"})
SEATS = 2
PATIENCE_SECONDS = 90.0
REST_SECONDS = 3600.0


class PatientFan(FastHttpUser):
    """Comes to the lobby or at the release, waits as the page does, and buys two seats together."""

    abstract = True
    edge_url = ""
    checkout_url = ""
    room = ""
    category = "floor"
    ends: ClassVar[Counter[str]] = Counter()
    """How the evenings of all fans ended."""
    came: ClassVar[list[float]] = []
    """When each of them began."""

    @task
    def visit(self) -> None:
        """Live through one evening, count how it ended, and rest.

        Who is through stays and sleeps: locust would send another in the place of a fan who is gone, and arrivals
        would no longer be open.
        """
        self.came.append(time.time())
        try:
            self._wait_and_buy()
        except Refused as refused:
            self.ends[refused.problem] += 1
        except FanError as error:
            self.ends[str(error)] += 1
        else:
            self.ends["bought"] += 1
        time.sleep(REST_SECONDS)

    def _wait_and_buy(self) -> None:
        self._until = time.monotonic() + PATIENCE_SECONDS
        joined = self._join()
        self._wait_for_turn(joined)
        claim = self._claim(joined)
        session = self._enter(claim)
        hold = self._hold(session)
        self._buy(session, hold)

    def _join(self) -> Joined:
        members = self._call("join", "POST", self._room("join"), body={}, key=secrets.token_hex(16))
        return Joined.parse(201, members)

    def _wait_for_turn(self, joined: Joined) -> None:
        score = joined.score
        while time.monotonic() < self._until:
            snapshot = Snapshot.parse(self._call("snapshot", "GET", self._room()))
            score = score if score is not None else _drawn_score(snapshot, joined)
            wait = _seconds_to_next_look(snapshot, score)
            if wait is None:
                place = Place.parse(self._call("place", "GET", self._room("place"), bearer=joined.queue_pass))
                if place.state == "admitted":
                    return
                if place.state in OVER:
                    raise FanError(f"the turn was {place.state}")
                wait = min(place.poll_after_seconds, 2.0)
            _pause(wait)
        raise FanError("the turn never came")

    def _claim(self, joined: Joined) -> Claim:
        while True:
            try:
                path = self._room("claim")
                return Claim.parse(self._call("claim", "POST", path, body={}, bearer=joined.queue_pass))
            except Refused as refused:
                # A full ceiling: the turn is kept.
                if refused.problem != "not-your-turn" or time.monotonic() > self._until:
                    raise
                _pause(float(refused.members.get("poll_after") or 1))

    def _enter(self, claim: Claim) -> Session:
        time.sleep(max(0.0, claim.enter_at_ms / 1000 - time.time()))
        body = {"admission_token": claim.admission_token}
        url = f"{self.checkout_url}/v1/sessions"
        return Session.parse(self._call("session", "POST", url, body=body, key=secrets.token_hex(16)))

    def _hold(self, session: Session) -> Hold:
        body = {"category": self.category, "quantity": SEATS}
        url = f"{self.checkout_url}/v1/events/{self.room}/holds"
        return Hold.parse(self._call("hold", "POST", url, body=body, bearer=session.session, key=secrets.token_hex(16)))

    def _buy(self, session: Session, hold: Hold) -> None:
        body = {
            "hold_id": hold.hold_id,
            "email": f"{secrets.token_hex(6)}@fans.example",
            "payment_method": "pm_card_visa",
            "locale": "en",
        }
        url, key = f"{self.checkout_url}/v1/orders", secrets.token_hex(16)
        order = Order.parse(201, self._call("order", "POST", url, body=body, bearer=session.session, key=key))
        if len(order.tickets) != SEATS:
            raise FanError(f"{len(order.tickets)} tickets for {SEATS} seats, order {order.status}")

    def _room(self, verb: str = "") -> str:
        return f"{self.edge_url}/v1/rooms/{self.room}" + (f"/{verb}" if verb else "")

    def _call(
        self,
        name: str,
        method: str,
        url: str,
        *,
        body: JsonObject | None = None,
        bearer: str | None = None,
        key: str | None = None,
    ) -> JsonObject:
        """Send one request; `Refused` is an answer as the contract foresees it, all else a failure for locust."""
        headers = {"Accept": "application/json"}
        headers |= {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        headers |= {} if key is None else {"Idempotency-Key": key}
        with self.client.request(method, url, name=name, json=body, headers=headers, catch_response=True) as response:
            members = _members(response.json)
            if response.status_code in {200, 201}:
                response.success()
                return members
            if response.status_code in {409, 410}:
                response.success()
            else:
                response.failure(f"{response.status_code} {members.get('type', 'no problem document')}")
            problem = str(members.get("type", f"status {response.status_code}")).rpartition("/")[2]
            raise Refused(status=response.status_code, problem=problem, members=members)


SCENARIOS: Mapping[str, type[PatientFan]] = {"patient": PatientFan}


def _drawn_score(snapshot: Snapshot, joined: Joined) -> int | None:
    draw = snapshot.draw
    if not draw.get("seed") or not draw.get("root"):
        return None
    seed, root, beacon = (bytes.fromhex(draw.get(name) or "") for name in ("seed", "root", "beacon"))
    key = derive_draw_key(seed=seed, root=root, beacon=beacon)
    return draw_score(key, tier=joined.tier, fan_id=joined.fan_id)


def _seconds_to_next_look(snapshot: Snapshot, score: int | None) -> float | None:
    """None when only the place itself can tell."""
    if snapshot.phase in {"scheduled", "lobby"}:
        return min(5.0, max(1.0, ((snapshot.release_at_ms or 0) - snapshot.now_ms) / 1000))
    if snapshot.phase == "drawing" or score is None:
        return 1.0
    place = place_from_curve(snapshot.curve, score, snapshot.waiting)
    if place is None or place.ahead == 0:
        return None
    return next(seconds for least, seconds in reversed(snapshot.poll) if place.ahead >= least)


def _pause(seconds: float) -> None:
    time.sleep(seconds * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret


def _members(read: Callable[[], Any]) -> JsonObject:  # Any: JSON values
    try:
        members = read()
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}
