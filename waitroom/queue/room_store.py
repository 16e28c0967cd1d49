"""The verbs of a room: what organizers, checkouts and the advancing edges call; one async method a script."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from waitroom.errors import RoomMissingError
from waitroom.queue.device_store import DeviceStore
from waitroom.queue.keys import ROOMS, Keys
from waitroom.queue.replies import common_answer, fan_answer
from waitroom.queue.results import CodesKept, Configured, Governed, HealthReport, OtherEpoch, Over, Stale, Unknown

MOST_CODES = 5000
"""A call of `codes`."""
CODES_A_STEP = 1000
MOST_NETWORKS = 500
"""A call of `networks`."""
LOG_PAGE = 1000
"""Entries of the admission log that are read at once."""


@dataclass(frozen=True, kw_only=True)
class Advanced:
    """What `advance` left: the stored snapshot's text, and how many turns this call gave."""

    snapshot: str
    turns: int


class RoomStore(DeviceStore):
    """Making, changing, advancing and deleting rooms, and what is reported about them."""

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
                await self._list_room(room)
                return Configured(version=int(version))
            case ["exists", version]:
                await self._list_room(room)
                return Stale(version=int(version))
            case ["stale", version]:
                return Stale(version=int(version))
        return common_answer(reply, room)

    async def rooms(self) -> list[str]:
        """The names of all rooms, in order."""
        return sorted(name.decode() for name in await self._read(self._client.smembers(ROOMS)))

    async def delete(self, room: str, *, epoch: str = "") -> bool:
        """Delete the room and everything in it; answers whether there was one. Its epoch is never restored."""
        reply = await self._call("delete", room, None, epoch)
        if reply == ["other_epoch"]:
            return False
        await self._read(self._client.srem(ROOMS, room))
        return reply != ["missing"]

    async def codes(
        self, room: str, *, epoch: str, who: str, tier: int, uses: int | None, code_ids: Sequence[str]
    ) -> CodesKept:
        """Take presale codes into the room by their ids; `uses` of each, None for any number.

        Raises ValueError for more than 5,000 at once, and RoomMissingError also for a room of another epoch.
        """
        if len(code_ids) > MOST_CODES:
            raise ValueError(f"at most {MOST_CODES} codes a call")
        reply = await self._call("codes", room, None, epoch, who, tier, "" if uses is None else uses, *code_ids)
        match reply:
            case ["kept", new, total]:
                return CodesKept(new=int(new), total=int(total))
        raise RoomMissingError(room)

    async def codes_left(self, room: str) -> Counter[tuple[int, int | None]]:
        """Count the room's codes by tier and uses left, None for any number; walked in small steps."""
        found: Counter[tuple[int, int | None]] = Counter()
        cursor = -1
        while cursor:
            step = self._client.hscan(Keys(room).part("codes"), max(cursor, 0), count=CODES_A_STEP)
            cursor, codes = await self._read(step)
            for value in codes.values():
                tier, _, uses = value.decode().partition(":")
                found[int(tier), int(uses) if uses else None] += 1
        return found

    async def govern(
        self,
        room: str,
        *,
        epoch: str,
        seen_ms: int,
        interval_ms: int,
        factor: float,
        why: str,
        now_us: int | None = None,
    ) -> Governed | OtherEpoch:
        """Set the governor's factor, unless another step came after the one made at `seen_ms` or just now."""
        reply = await self._call("govern", room, now_us, epoch, seen_ms, interval_ms, f"{factor:.17g}", why)
        match reply:
            case ["governed" | "standing" as answer, in_force]:
                return Governed(factor=float(in_force), is_new=answer == "governed")
        return common_answer(reply, room)

    async def revoke(
        self, room: str, *, epoch: str, fan_id: str, now_us: int | None = None
    ) -> Over | Unknown | OtherEpoch:
        """End one fan's turn wherever it stands: its token is worth nothing from here on."""
        return fan_answer(await self._call("revoke", room, now_us, epoch, fan_id, "0"), room)

    async def revoke_tokens(self, room: str, *, epoch: str) -> int | OtherEpoch:
        """End every token of the room that nobody has entered with, a bounded call at a time; answers how many."""
        revoked, cursor = 0, "0"
        while True:
            reply = await self._call("revoke", room, None, epoch, "", cursor)
            match reply:
                case ["revoked", count, cursor]:
                    revoked += int(count)
                case _:
                    return common_answer(reply, room)
            if cursor == "0":
                return revoked

    async def networks(
        self, room: str, *, epoch: str, joins: Mapping[str, int], now_us: int | None = None
    ) -> int | OtherEpoch:
        """Add joins by network, and answer how many networks the room keeps; a call that is repeated counts twice.

        Raises ValueError for more than 500 networks at once.
        """
        if len(joins) > MOST_NETWORKS:
            raise ValueError(f"at most {MOST_NETWORKS} networks a call")
        pairs = [value for network, count in joins.items() for value in (network, count)]
        reply = await self._call("networks", room, now_us, epoch, *pairs)
        match reply:
            case ["counted", kept]:
                return int(kept)
        return common_answer(reply, room)

    async def joins_by_network(self, room: str) -> dict[str, int]:
        """The joins of each network that is kept, the largest first; `all` counts the joins of all."""
        found = await self._read(self._client.zrevrange(Keys(room).part("networks"), 0, -1, withscores=True))
        return {network.decode(): int(joins) for network, joins in found}

    async def changes(self, room: str, *, most: int = 100) -> list[dict[str, str]]:
        """The newest entries of the change log, newest first."""
        return await self._stream(Keys(room).part("changes"), most=most)

    async def admissions(self, room: str, *, most: int = 1000) -> list[dict[str, str]]:
        """The newest entries of the admission log, newest first."""
        return await self._stream(Keys(room).part("admissions"), most=most)

    async def admission_log(self, room: str) -> AsyncIterator[dict[str, str]]:
        """The whole admission log, oldest first, read page by page."""
        key, after = Keys(room).part("admissions"), "-"
        while page := await self._read(self._client.xrange(key, min=after, count=LOG_PAGE)):
            for entry_id, fields in page:
                yield {name.decode(): value.decode() for name, value in fields.items()}
                after = f"({entry_id.decode()}"

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

    async def health(
        self, room: str, *, report: HealthReport, epoch: str = "", now_us: int | None = None
    ) -> int | OtherEpoch | None:
        """Note a checkout's report; answers until when (ms) the room recovers from a loss, None when it does not."""
        numbers = {name: getattr(report, name) for name in ("latency_ms", "requests", "errors", "in_use", "pool")}
        left = "" if report.seats_left is None else report.seats_left
        a_buyer = "" if report.seats_a_buyer is None else f"{report.seats_a_buyer:.3f}"
        reply = await self._call("health", room, now_us, epoch, report.reporter, json.dumps(numbers), left, a_buyer)
        match reply:
            case ["noted", until]:
                return int(until) if until else None
        return common_answer(reply, room)
