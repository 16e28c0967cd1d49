"""Presale codes of a room: made, taken over from a list, counted; by whatever face."""

from collections import Counter
from collections.abc import Sequence

from waitroom.codes import check_word, code_id, new_code
from waitroom.errors import ConfigurationError
from waitroom.queue.lifecycle import look_at_room
from waitroom.queue.results import CodesKept
from waitroom.queue.room_store import MOST_CODES
from waitroom.queue.store import Queue
from waitroom.rooms import LAST_TIER
from waitroom.tokens import KeySource

MOST_AT_ONCE = 1_000_000
MOST_USES = 1_000_000_000


async def make_codes(
    queue: Queue, keys: KeySource, room: str, *, count: int, who: str, tier: int = 0, uses: int | None = 1
) -> list[str]:
    """Make random codes and return them: this is the only time that anybody can.

    `uses` of each, None for any number. Raises ConfigurationError for what cannot be. When the store goes away in the
    middle, codes that nobody was told are in the room, and do no harm.
    """
    if not 1 <= count <= MOST_AT_ONCE:
        raise ConfigurationError(f"Make 1 to {MOST_AT_ONCE:,} codes at once.")
    codes = [new_code() for _ in range(count)]
    await keep_codes(queue, keys, room, codes, who=who, tier=tier, uses=uses)
    return codes


async def keep_codes(
    queue: Queue, keys: KeySource, room: str, codes: Sequence[str], *, who: str, tier: int = 0, uses: int | None = None
) -> CodesKept:
    """Take the organizer's own words, or a list made earlier, into the room; one that is there stays as it is.

    Raises ConfigurationError for a word that is too easily guessed, and takes none of them.
    """
    _check_terms(tier, uses)
    words = [check_word(code) for code in codes]
    snapshot = await look_at_room(queue, room)
    key = keys.current().find(snapshot.seed_key_id)
    if key is None:
        raise ConfigurationError(f"The key ring lacks the key {snapshot.seed_key_id!r} that the room {room!r} needs.")
    ids = [code_id(word, secret=key.secret, epoch=snapshot.epoch) for word in words]
    new = total = 0
    for at in range(0, len(ids), MOST_CODES):
        batch = ids[at : at + MOST_CODES]
        kept = await queue.codes(room, epoch=snapshot.epoch, who=who, tier=tier, uses=uses, code_ids=batch)
        new, total = new + kept.new, kept.total
    return CodesKept(new=new, total=total)


async def count_codes(queue: Queue, room: str) -> Counter[tuple[int, int | None]]:
    """Count a room's codes by tier and by the uses that are left of each, None for any number."""
    await look_at_room(queue, room)
    return await queue.codes_left(room)


def _check_terms(tier: int, uses: int | None) -> None:
    if not 0 <= tier <= LAST_TIER:
        raise ConfigurationError(f"A code's tier is 0 to {LAST_TIER}; lower ones go first.")
    if uses is not None and not 1 <= uses <= MOST_USES:
        raise ConfigurationError(f"A code can be used 1 to {MOST_USES:,} times, or any number of times.")
