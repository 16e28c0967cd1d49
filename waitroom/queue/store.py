"""Queue: one async method a script, same name; the only user of the Redis client."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from waitroom.errors import QueueUnavailableError, RoomMissingError
from waitroom.queue import results
from waitroom.queue.keys import ROOMS, Keys
from waitroom.queue.merkle import CHUNK_ENTRANTS, split_entrants
from waitroom.queue.replies import Reply, common_answer, fan_answer, join_answer, standing_answer
from waitroom.queue.results import (
    Active,
    Claimed,
    Closed,
    Configured,
    Drawn,
    Entered,
    Frozen,
    Gathered,
    HealthReport,
    NextChunk,
    NextDraw,
    OtherEpoch,
    Over,
    Paused,
    Pinned,
    Spent,
    Stale,
    Standing,
    TooEarly,
    Unknown,
    Waiting,
)
from waitroom.queue.scripts import Argument, load_scripts, run_script

ANSWER_SECONDS = 2.0
CONNECT_SECONDS = 1.0
MOST_CONNECTIONS = 32
POLL_AFTER_SECONDS = 2

Observe = Callable[[str, float | None], None]


@dataclass(frozen=True, kw_only=True)
class Advanced:
    """What `advance` left: the stored snapshot's text, and how many turns this call gave."""

    snapshot: str
    turns: int


class Queue:
    """The verbs of the queue.

    When the store does not answer, every method raises QueueUnavailableError: the call may or may not have
    happened, and every script is safe to repeat. A room that does not exist raises RoomMissingError.
    `now_us` is the clock of a test; `observe` is told each script's name and seconds, None for a failure.
    """

    def __init__(self, client: Redis, *, observe: Observe | None = None) -> None:
        self._client = client
        self._observe = observe or (lambda _script, _seconds: None)

    @classmethod
    def connect(cls, url: str, *, observe: Observe | None = None) -> Self:
        """Make a queue on a store's address; connections open when they are first needed.

        Nothing is retried by the client: a write whose reply was lost would run again unseen.
        """
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=CONNECT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        return cls(Redis.from_pool(pool), observe=observe)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    # The room.

    async def configure(
        self,
        room: str,
        *,
        fields: dict[str, str],
        who: str,
        expected: int | None,
        epoch: str = "",
        now_us: int | None = None,
    ) -> Configured | Stale | OtherEpoch:
        """Make the room (`expected` None) or change it from the version that the caller has seen."""
        pairs = [text for pair in fields.items() for text in pair]
        version = "" if expected is None else str(expected)
        reply = await self._call("configure", room, now_us, epoch, version, who, *pairs)
        match reply:
            case ["configured", version]:
                if expected is None:
                    await self._read(self._client.sadd(ROOMS, room))
                return Configured(version=int(version))
            case ["exists" | "stale", version]:
                return Stale(version=int(version))
        return common_answer(reply, room)

    async def rooms(self) -> list[str]:
        """The names of all rooms, in order."""
        return sorted(name.decode() for name in await self._read(self._client.smembers(ROOMS)))

    async def delete(self, room: str) -> bool:
        """Delete the room and everything in it; answers whether there was one."""
        deleted = await self._read(self._client.unlink(*Keys(room).all))
        await self._read(self._client.srem(ROOMS, room))
        return bool(deleted)

    async def changes(self, room: str, *, most: int = 100) -> list[dict[str, str]]:
        """The newest entries of the change log, newest first."""
        return await self._stream(Keys(room).part("changes"), most=most)

    async def admissions(self, room: str, *, most: int = 1000) -> list[dict[str, str]]:
        """The newest entries of the admission log, newest first."""
        return await self._stream(Keys(room).part("admissions"), most=most)

    async def advance(self, room: str, *, interval_us: int, now_us: int | None = None) -> Advanced:
        """Advance the room unless somebody just did, and return the stored snapshot."""
        reply = await self._call("advance", room, now_us, "", interval_us)
        match reply:
            case ["advanced", snapshot, turns]:
                return Advanced(snapshot=snapshot, turns=int(turns))
            case ["standing", snapshot]:
                return Advanced(snapshot=snapshot, turns=0)
        common_answer(reply, room)
        raise RoomMissingError(room)

    async def health(self, room: str, *, report: HealthReport, now_us: int | None = None) -> None:
        """Note a checkout's report."""
        seats_left = "" if report.seats_left is None else str(report.seats_left)
        body = json.dumps({"latency_ms": report.latency_ms, "errors": report.errors, "in_use": report.in_use})
        reply = await self._call("health", room, now_us, "", report.reporter, body, seats_left)
        if reply != ["noted"]:
            common_answer(reply, room)

    # A fan.

    async def join(
        self, room: str, fans: Sequence[tuple[str, int]], *, epoch: str = "", now_us: int | None = None
    ) -> list[Standing | Closed] | OtherEpoch:
        """Give a batch of `(fan id, tier)` their standing, in the order given."""
        pairs = [value for fan in fans for value in fan]
        reply = await self._call("join", room, now_us, epoch, *pairs)
        match reply:
            case ["joined", *answers]:
                joined = zip(fans, answers, strict=True)
                return [join_answer(fan_id, answer, tier=tier) for (fan_id, tier), answer in joined]
        return common_answer(reply, room)

    async def standing(
        self, room: str, *, fan_id: str, epoch: str = "", now_us: int | None = None
    ) -> Standing | OtherEpoch:
        """Say how it stands with one fan."""
        reply = await self._call("standing", room, now_us, epoch, fan_id)
        match reply:
            case ["standing", answer]:
                return standing_answer(fan_id, answer)
        return common_answer(reply, room)

    async def claim(
        self, room: str, *, fan_id: str, epoch: str = "", now_us: int | None = None
    ) -> Claimed | Waiting | Paused | Closed | Over | Unknown | OtherEpoch:
        """Take the turn: once, with a moment of entry; otherwise say what is so."""
        reply = await self._call("claim", room, now_us, epoch, fan_id)
        match reply:
            case ["claimed", enter, expires, given]:
                return Claimed(enter_at_ms=int(enter), expires_at_ms=int(expires), admitted_at_ms=int(given))
            case ["waiting", ahead]:
                known = int(ahead) if int(ahead) >= 0 else None
                return Waiting(ahead=known, poll_after_seconds=POLL_AFTER_SECONDS)
            case ["paused"]:
                return Paused()
            case ["closed"]:
                return Closed(opens_at_ms=None)
        return fan_answer(reply, room)

    async def enter(
        self, room: str, *, epoch: str, fan_id: str, session: str, now_us: int | None = None
    ) -> Entered | TooEarly | Spent | Over | Unknown | OtherEpoch:
        """Spend the fan's token id for this session; the same session may ask again."""
        reply = await self._call("enter", room, now_us, epoch, fan_id, session)
        match reply:
            case ["entered", expires]:
                return Entered(expires_at_ms=int(expires))
            case ["early", wait]:
                return TooEarly(wait_ms=int(wait))
            case ["spent"]:
                return Spent()
        return fan_answer(reply, room)

    async def extend(
        self, room: str, *, epoch: str, fan_id: str, seconds: float, now_us: int | None = None
    ) -> Active | Over | Unknown | OtherEpoch:
        """Make the slot last at least `seconds` from now."""
        reply = await self._call("extend", room, now_us, epoch, fan_id, round(seconds * 1000))
        match reply:
            case ["active", expires]:
                return Active(expires_at_ms=int(expires))
        return fan_answer(reply, room)

    async def finish(
        self, room: str, *, epoch: str, fan_id: str, now_us: int | None = None
    ) -> Over | Unknown | OtherEpoch:
        """Give the slot back."""
        return fan_answer(await self._call("finish", room, now_us, epoch, fan_id), room)

    async def leave(
        self, room: str, *, epoch: str, fan_id: str, now_us: int | None = None
    ) -> Over | Unknown | OtherEpoch:
        """Give the place up, from any state."""
        return fan_answer(await self._call("leave", room, now_us, epoch, fan_id), room)

    # The draw.

    async def freeze(self, room: str, *, epoch: str = "", now_us: int | None = None) -> Frozen | OtherEpoch | None:
        """Close the lobby if its time has come; None while it is open."""
        reply = await self._call("freeze", room, now_us, epoch)
        match reply:
            case ["open", _]:
                return None
            case ["frozen", at, count]:
                return Frozen(at_ms=int(at), entrants=int(count))
        return common_answer(reply, room)

    async def gather(
        self,
        room: str,
        *,
        epoch: str,
        owner: str,
        lease_ms: int,
        chunk: results.Chunk | None = None,
        now_us: int | None = None,
    ) -> NextChunk | Gathered | OtherEpoch | None:
        """Store the next chunk of entrants, or only take the lease; None while another edge holds it."""
        stored: tuple[Argument, ...] = ("", "", "", "", "", "")
        if chunk is not None:
            root = chunk.root or ""
            stored = (chunk.index, chunk.entrants, chunk.chunk_hash, chunk.frontier, root, chunk.count)
        reply = await self._call("gather", room, now_us, epoch, owner, lease_ms, *stored)
        match reply:
            case ["next", index, frontier, count]:
                return NextChunk(index=int(index), frontier=frontier, count=int(count))
            case ["gathered", root, count, chunks]:
                return Gathered(root=root, count=int(count), chunks=int(chunks))
            case ["busy"] | ["open"]:
                return None
        return common_answer(reply, room)

    async def pin(
        self,
        room: str,
        *,
        epoch: str,
        root: str,
        seed: str,
        key_hash: str,
        beacon: str = "",
        now_us: int | None = None,
    ) -> Pinned | OtherEpoch:
        """Pin what the draw is made of; the first pin stands."""
        reply = await self._call("pin", room, now_us, epoch, root, seed, beacon, key_hash)
        match reply:
            case ["pinned", pinned_hash, beacon, seed]:
                return Pinned(key_hash=pinned_hash, beacon=beacon, seed=seed)
        return common_answer(reply, room)

    async def draw(
        self,
        room: str,
        *,
        epoch: str,
        key_hash: str,
        index: int | None = None,
        scores: Sequence[tuple[int, str]] = (),
        now_us: int | None = None,
    ) -> NextDraw | Drawn | OtherEpoch:
        """Move the next chunk into the line, or only ask which is next."""
        pairs = [value for pair in scores for value in pair]
        wanted = "" if index is None else str(index)
        reply = await self._call("draw", room, now_us, epoch, key_hash, wanted, *pairs)
        match reply:
            case ["next", index, chunks]:
                return NextDraw(index=int(index), chunks=int(chunks))
            case ["drawn"]:
                return Drawn()
        return common_answer(reply, room)

    async def lobby_page(self, room: str, *, start: int) -> list[tuple[int, str]]:
        """Read a chunk's worth of the lobby from rank `start`: `(tier, fan id)` in the lobby's order."""
        key = Keys(room).part("lobby")
        stop = start + CHUNK_ENTRANTS - 1
        found = await self._read(self._client.zrange(key, start, stop, withscores=True))
        return [(int(tier), fan.decode()) for fan, tier in found]

    async def entrants(self, room: str, *, index: int) -> list[bytes]:
        """Read one gathered chunk: packed entrants of 17 bytes."""
        packed = await self._read(self._client.hget(Keys(room).part("entrants"), str(index)))
        return split_entrants(packed or b"")

    async def chunk_hashes(self, room: str, *, chunks: int) -> list[bytes]:
        """The Merkle roots of all gathered chunks, in order."""
        fields = [f"{index}:hash" for index in range(chunks)]
        found = await self._read(self._client.hmget(Keys(room).part("entrants"), fields)) if fields else []
        return [bytes.fromhex(root.decode()) for root in found]

    # The ground.

    async def _call(self, script: str, room: str, now_us: int | None, epoch: str, *arguments: Argument) -> Reply:
        clock = "" if now_us is None else now_us
        started = time.perf_counter()
        try:
            reply = await run_script(self._client, load_scripts()[script], Keys(room).all, clock, epoch, *arguments)
        except (RedisError, OSError, TimeoutError) as broken:
            self._observe(script, None)
            raise QueueUnavailableError(f"The queue's store did not answer {script!r}.") from broken
        self._observe(script, time.perf_counter() - started)
        return reply

    async def _read(self, command: Any) -> Any:  # Any: redis-py's types say sync or async
        try:
            return await command
        except (RedisError, OSError, TimeoutError) as broken:
            raise QueueUnavailableError("The queue's store did not answer.") from broken

    async def _stream(self, key: str, *, most: int) -> list[dict[str, str]]:
        entries = await self._read(self._client.xrevrange(key, count=most))
        return [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in entries]
