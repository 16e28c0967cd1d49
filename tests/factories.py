"""What tests are made of: every field filled, each value one's own."""

import secrets
from dataclasses import dataclass, field

from waitroom.queue import Claimed, Queue, Standing, State, create_room
from waitroom.queue.draw import random_fan_id
from waitroom.rooms import RoomSettings
from waitroom.tokens import LOBBY, AdmissionToken, Key, KeyRing, QueuePass, token_id_for

START_MS = 1_800_000_000_000
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US


def a_fan() -> str:
    """A fan id."""
    return random_fan_id()


def some_fans(count: int) -> list[str]:
    """So many fan ids."""
    return [a_fan() for _ in range(count)]


def a_ring(*names: str) -> KeyRing:
    """A ring of fresh keys, newest first."""
    return KeyRing(tuple(Key(key_id=name, secret=secrets.token_hex(24).encode()) for name in names or ("test",)))


def a_pass(**changes: object) -> QueuePass:
    """A pass of a fan of the lobby."""
    fields = {"epoch": "an-epoch", "fan_id": a_fan(), "score": LOBBY, "tier": 2, "joined_at_ms": START_MS}
    return QueuePass(**(fields | changes))  # type: ignore[arg-type] # a test names the fields it changes


def a_token(**changes: object) -> AdmissionToken:
    """An admission token that is valid for ten minutes from `START_MS`."""
    fan_id = a_fan()
    fields = {
        "epoch": "an-epoch",
        "room": "a-room",
        "fan_id": fan_id,
        "tier": 1,
        "token_id": token_id_for(epoch="an-epoch", fan_id=fan_id),
        "not_before_ms": START_MS,
        "expires_ms": START_MS + 600_000,
    }
    return AdmissionToken(**(fields | changes))  # type: ignore[arg-type] # as above


@dataclass
class Clock:
    """The store's time as a test passes it, in microseconds; it moves when told to."""

    now_us: int = START_MS * 1000

    @property
    def now_ms(self) -> int:
        """The same in whole milliseconds."""
        return self.now_us // 1000

    def move(self, *, seconds: float) -> int:
        """Move, backwards when negative, and return the new time."""
        self.now_us += round(seconds * SECOND_US)
        return self.now_us


@dataclass
class ARoom:
    """A room of this test alone, with its clock; `open` and `with_lobby` make it."""

    queue: Queue
    name: str
    epoch: str
    settings: RoomSettings
    clock: Clock = field(default_factory=Clock)
    version: int = 1

    @classmethod
    async def open(cls, queue: Queue, name: str, /, *, clock: Clock | None = None, **settings: object) -> "ARoom":
        """A room without times: its line is open, first come, first served."""
        clock = clock or Clock()
        chosen = RoomSettings.model_validate(settings)
        epoch = await create_room(queue, a_ring(), name, chosen, who="test", now_us=clock.now_us)
        return cls(queue, name, epoch, chosen, clock)

    @classmethod
    async def with_lobby(cls, queue: Queue, name: str, /, **settings: object) -> "ARoom":
        """A room whose lobby opened a minute ago and is released in one."""
        clock = Clock()
        times = {"lobby_at": clock.now_ms - 60_000, "release_at": clock.now_ms + 60_000}
        return await cls.open(queue, name, clock=clock, **(times | settings))

    async def change(self, **changes: object) -> None:
        """Change settings now."""
        self.settings = self.settings.changed(changes)
        await self.queue.configure(
            self.name,
            fields=self.settings.to_fields(),
            who="test",
            expected=self.version,
            epoch=self.epoch,
            now_us=self.clock.now_us,
        )
        self.version += 1

    async def join(self, *fan_ids: str, tier: int = 0) -> list[Standing]:
        """Let fans join, in this order; all of them are taken in."""
        answers = await self.queue.join(self.name, [(fan_id, tier) for fan_id in fan_ids], now_us=self.clock.now_us)
        assert isinstance(answers, list)
        return [answer for answer in answers if isinstance(answer, Standing)]

    async def advance(self, *, seconds: float = 0, interval_us: int = 0) -> int:
        """Move the clock, advance the room, and return how many turns that gave."""
        now_us = self.clock.move(seconds=seconds)
        return (await self.queue.advance(self.name, interval_us=interval_us, now_us=now_us)).turns

    async def claim(self, fan_id: str) -> object:
        """Claim now, whatever comes of it."""
        return await self.queue.claim(self.name, fan_id=fan_id, now_us=self.clock.now_us)

    async def claimed(self, fan_id: str) -> Claimed:
        """Claim now a turn that is due."""
        answer = await self.claim(fan_id)
        assert isinstance(answer, Claimed), answer
        return answer

    async def state(self, fan_id: str) -> State:
        """Where the fan is."""
        answer = await self.queue.standing(self.name, fan_id=fan_id, now_us=self.clock.now_us)
        assert isinstance(answer, Standing)
        return answer.state

    async def admitted_fan(self) -> str:
        """A fan who has joined and has the turn."""
        fan_id = a_fan()
        await self.join(fan_id)
        for _ in range(3):
            await self.advance(seconds=1)
            if await self.state(fan_id) is State.ADMITTED:
                break
        return fan_id

    async def active_fan(self) -> str:
        """A fan who has claimed."""
        fan_id = await self.admitted_fan()
        await self.claimed(fan_id)
        return fan_id
