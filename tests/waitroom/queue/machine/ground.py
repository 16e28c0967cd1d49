"""Ground: calls the real scripts at the machine's clock, and holds the invariants over all keys after each call."""

import copy
import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition
from redis import Redis

from tests.factories import START_MS
from tests.waitroom.queue.machine import invariants
from tests.waitroom.queue.machine.clock import Time
from tests.waitroom.queue.machine.record import Record, hold
from tests.waitroom.queue.machine.view import View
from waitroom.queue import connection
from waitroom.queue.draw import commitment_to
from waitroom.queue.keys import PARTS, keys_of
from waitroom.queue.scripts import Argument
from waitroom.rooms import PlanStep, RoomSettings
from waitroom.tokens import encode_base64url

EPOCH = "epoch-of-the-machine"
SEED = hashlib.sha256(b"seed of the machine").digest()
OTHER_SEED = hashlib.sha256(b"another seed").digest()
FANS = [encode_base64url(hashlib.sha256(f"fan {number}".encode()).digest()[:16]) for number in range(40)]
NUMBERS = st.integers(0, len(FANS) - 1)
CODES = {"one": (0, 1), "two": (1, 2), "any": (3, None)}
RATES = (0, 6, 60, 150, 300, 600)
CEILINGS = (0, 1, 2, 4, 8, 30)
MINUTES = (0.05, 0.1, 0.5, 2)
FANS_DO, EDGES_DO = (
    ("join", "ask", "claim", "visit", "leave", "checkout", "device"),
    ("time", "clock", "draw", "loss", "pass"),
)
GROUPS = frozenset({*FANS_DO, *EDGES_DO, "rate", "ceiling", "organizer", "governor"})
ANSWERED_ANEW = {"configure", "govern", "advance", "restore_room", "revoke"}
"""What a repeated call says otherwise: stale, standing."""


def group(name: str) -> Callable[[Any], Any]:  # Any: Hypothesis's decorators
    """Let the rule take part where its group is not left out."""
    return precondition(lambda machine: name in machine.groups)


@dataclass
class World:
    """The server that all rooms of a test share."""

    client: Redis
    loaded: set[str] = field(default_factory=set)

    @classmethod
    def on(cls, url: str) -> Self:
        """Connect to a store."""
        return cls(Redis.from_url(url))

    def call(self, room: str, verb: str, *arguments: Argument, times: int = 1) -> list[tuple[list[Any], View]]:
        """Call a script so many times on end; each reply with the keys that it left, in one round trip."""
        script = connection.load_scripts()[verb]  # type: ignore[attr-defined] # whole, or broken on purpose
        if script.sha not in self.loaded:
            self.client.script_load(script.text)
            self.loaded.add(script.sha)
        pipeline = self.client.pipeline(transaction=False)
        for _ in range(times):
            pipeline.evalsha(script.sha, len(PARTS), *keys_of(room), *arguments)
            View.ask(pipeline, room)
        found = pipeline.execute()
        each = len(found) // times
        return [(_texts(found[at]), View.read(found[at + 1 : at + each])) for at in range(0, len(found), each)]


@dataclass
class Holding:
    """What a fan holds: a pass with tier, score, None in the lobby, and moves, and a token with its two moments."""

    tier: int
    score: int | None = None
    token: tuple[int, int] | None = None
    moves: int = 0


class Ground(RuleBasedStateMachine):
    """A room of its own, its clock, what the store owes to remember and what fans hold."""

    groups = GROUPS
    fixed: dict[str, object] = {}  # noqa: RUF012 - a planted fault's directed machine sets its own

    world: World
    """Where its rooms are: a subclass says so."""

    def __init__(self) -> None:
        super().__init__()
        self.room = f"machine-{secrets.token_hex(6)}"
        self.time = Time()
        self.holdings: dict[str, Holding] = {}
        self.is_ready = False
        """Whether all that was called has held so far."""

    @initialize(
        has_lobby=st.booleans(),
        rate=st.sampled_from(RATES[1:]),
        ceiling=st.sampled_from(CEILINGS[1:]),
        claim=st.sampled_from(MINUTES),
        session=st.sampled_from(MINUTES),
        plan=st.lists(st.tuples(st.integers(1, 30), st.sampled_from(RATES), st.sampled_from(CEILINGS)), max_size=3),
    )
    def make(self, *, has_lobby: bool, rate: float, ceiling: int, claim: float, session: float, plan: Any) -> None:
        """Make the room, with or without a lobby that closes in ten seconds and is released in twenty."""
        times = {"lobby_at": START_MS, "lobby_closes_at": START_MS + 10_000, "release_at": START_MS + 20_000}
        chosen: dict[str, object] = dict(times) if has_lobby else {}
        chosen |= {"new_users_per_minute": rate, "total_active_users": ceiling, "closes_at": START_MS + 7_200_000}
        chosen |= {"claim_minutes": claim, "session_minutes": session, "plan": self.steps_of(plan)}
        settings = RoomSettings.model_validate(chosen | self.fixed)
        fields = settings.to_fields() | {"seed_key_id": "test", "commitment": commitment_to(SEED)}
        self.send("configure", "", "test", *itertools.chain(*fields.items()))
        for code, (tier, uses) in CODES.items():
            self.send("codes", "test", tier, "" if uses is None else uses, code)
        _, view = self.send("advance", 0)
        self.record = Record(settings, view, log_head=fields["commitment"])
        self.record.latch(self.time.now_ms)
        self.record.looked_at_us = self.time.now_us
        self.record.uses_left = {code: uses for code, (_, uses) in CODES.items()}
        self.time.note_rate(self.record.rate_at)
        self.is_ready = True

    def steps_of(self, plan: Iterable[tuple[int, float, int]]) -> tuple[PlanStep, ...]:
        """Steps of a plan, so many seconds from now on after one another."""
        at, steps = self.time.now_ms, []
        for seconds, rate, ceiling in plan:
            at += seconds * 1000
            steps.append(PlanStep(at=at, new_users_per_minute=rate, total_active_users=ceiling))
        return tuple(steps)

    @property
    def view(self) -> View:
        """The room as it was seen last."""
        return self.record.view

    def send(self, verb: str, *arguments: Argument) -> tuple[list[Any], View]:
        """Call a script at the machine's clock, and see the room as it is then."""
        return self.world.call(self.room, verb, self.time.now_us, EPOCH, *arguments)[0]

    def call(self, verb: str, *arguments: Argument, own: Iterable[str] = ()) -> list[Any]:
        """Call a script, then again: hold what must hold after any call, and that the repeated one changes nothing."""
        # An advance without an interval is no repeat: it advances again.
        times = 1 if verb == "advance" and arguments == (0,) else 2
        self.is_ready = False
        answers = self.world.call(self.room, verb, self.time.now_us, EPOCH, *arguments, times=times)
        (reply, after), (again, unchanged) = answers[0], answers[-1]
        before, self.record.view = self.view, after
        self.follow(verb, reply)
        self.hold_all(before, verb, list(own))
        changed = _differences(after, unchanged)
        hold(rule="a repeat changes nothing", of=(verb, changed), same=not changed)
        if verb not in ANSWERED_ANEW:
            hold(rule="a repeat is answered alike", of=(verb, reply, again), same=reply == again)
        self.is_ready = True
        return reply

    def follow(self, verb: str, reply: list[Any]) -> None:
        """Move the record on with what a call does beside its purpose: the latch, and room time."""
        now_us, record = self.time.now_us, self.record
        if verb in {"join", "freeze", "leave", "advance"}:
            record.latch(self.time.now_ms)
        if verb != "advance" or reply[0] != "advanced":
            return
        is_held = record.settings.paused or record.is_recovering(self.time.now_ms)
        if record.looked_at_us is not None and not is_held and record.phase_at(self.time.now_ms) == "open":
            record.room_us += max(0, min(now_us - record.looked_at_us, 1_000_000))
        record.looked_at_us = now_us

    def hold_all(self, before: View, verb: str, own: Iterable[str]) -> None:
        """Hold every invariant that must hold whatever was called."""
        after, record = self.view, self.record
        invariants.nobody_vanishes(before, after, verb=verb, own=own)
        invariants.one_state_each(after, record)
        invariants.places_stand(before, after)
        invariants.turns_in_order(before, after, record, self.time)
        invariants.deadlines_stand(after, record)
        invariants.counters_agree(after, record)
        invariants.log_is_a_chain(after, record)
        invariants.list_is_whole(after)
        invariants.moves_stand(before, after)

    def pass_time(self, us: int) -> None:
        """Let time pass, past the steps of the plan."""
        steps = [step.at for step in self.record.settings.plan]
        self.time.go_on(us, plan_ms=steps, rate_at=self.record.rate_at)

    def pick(self, state: str, number: int) -> str:
        """One of the fans in this state, or anybody."""
        found = self.view.those(state)
        return found[number % len(found)] if found else FANS[number % len(FANS)]

    def remember(self) -> Record:
        """Copy what the store owes to remember."""
        return copy.deepcopy(self.record)


def _differences(before: View, after: View) -> list[str]:
    was, now = _parts(before), _parts(after)
    fields = ((part, name) for part in was for name in was[part].keys() | now[part].keys())
    return [
        f"{part} {name}: {was[part].get(name)} -> {now[part].get(name)}"
        for part, name in fields
        if was[part].get(name) != now[part].get(name)
    ] + [f"changes: {before.changes} -> {after.changes}"] * (before.changes != after.changes)


def _parts(view: View) -> dict[str, Mapping[Any, object]]:  # Any: texts, and the numbers of the log's entries
    return {**view.sets, **view.hashes, "log": dict(enumerate(view.log))}


def _texts(reply: Any) -> Any:  # Any: strings, and lists of them
    return [_texts(item) for item in reply] if isinstance(reply, list) else reply.decode()
