"""The list of entrants in a draw proof: read strictly, a chunk at a time.

Lines as we write them, `[0,"AAECAwQFBgcICQoLDA0ODw"]`, are all alike, so a chunk of them is read by its columns; a
chunk that holds anything else is read line by line, which also names the line that is wrong.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import lt

from waitroom.queue.checks import BrokenError, Check, text_of, whole_of
from waitroom.queue.draw import FAN_ID_LENGTH, check_entrant, raw_fan_id
from waitroom.queue.merkle import CHUNK_ENTRANTS, ENTRANT_BYTES, pack_entrant
from waitroom.queue.packing import FILL, FILLED_LENGTH, fan_ids_of, filled_ids, pack_filled

FRAME = b'[,""]\n'
FRAME_COLUMNS = (0, 2, 3, 26, 27, 28)
TIER_COLUMN, FAN_COLUMN = 1, 4
LINE = b'[0,"AAAAAAAAAAAAAAAAAAAAAA"]\n'
LINE_BYTES = len(LINE)
TO_TIER, TO_DIGIT = bytes.maketrans(b"01234567", bytes(range(8))), bytes.maketrans(bytes(range(8)), b"01234567")
Entrant = tuple[int, str]


def read_entrants(lines: Iterable[str]) -> Iterator[bytes]:
    """Pack the entrants, a chunk at a time; raises BrokenError for a line that is none or stands out of order."""
    rest, number, last = iter(lines), 1, (-1, "")
    while batch := list(islice(rest, CHUNK_ENTRANTS)):
        packed = _read_alike(batch, after=last) or _read_each(batch, first=number, after=last)
        yield packed
        number += len(batch)
        last = entrant_at(packed, len(batch) - 1)


def write_entrants(packed: bytes) -> bytes:
    """Write packed entrants as the lines of a proof."""
    lines = bytearray(LINE * (len(packed) // ENTRANT_BYTES))
    lines[TIER_COLUMN::LINE_BYTES] = packed[::ENTRANT_BYTES].translate(TO_DIGIT)
    text = filled_ids(packed, at=1, width=ENTRANT_BYTES)
    for column in range(FAN_ID_LENGTH):
        lines[FAN_COLUMN + column :: LINE_BYTES] = text[column::FILLED_LENGTH]
    return bytes(lines)


def entrant_at(packed: bytes, index: int) -> Entrant:
    """One of the packed entrants: tier and fan id."""
    one = packed[index * ENTRANT_BYTES : (index + 1) * ENTRANT_BYTES]
    return one[0], fan_ids_of(one)[0]


def _read_alike(batch: Sequence[str], *, after: Entrant) -> bytes | None:
    text = "\n".join((*batch, "")).encode(errors="replace")
    count = len(batch)
    if len(text) != LINE_BYTES * count or not all(map(lt, batch, batch[1:])):
        return None
    framed = zip(FRAME_COLUMNS, FRAME, strict=True)
    if any(text[column::LINE_BYTES].strip(bytes((character,))) for column, character in framed):
        return None
    tiers = text[TIER_COLUMN::LINE_BYTES]
    if tiers.translate(None, b"01234567"):
        return None
    try:
        packed = pack_filled(_filled(text, count), tiers.translate(TO_TIER))
    except ValueError:
        return None
    return packed if entrant_at(packed, 0) > after else None


def _filled(text: bytes, count: int) -> bytes:
    filled = bytearray(FILL * (FILLED_LENGTH // len(FILL) * count))
    for column in range(FAN_ID_LENGTH):
        filled[column::FILLED_LENGTH] = text[FAN_COLUMN + column :: LINE_BYTES]
    return bytes(filled)


def _read_each(batch: Sequence[str], *, first: int, after: Entrant) -> bytes:
    packed, last = bytearray(), after
    for number, line in enumerate(batch, start=first):
        last = _next_entrant(line, number=number, last=last)
        packed += pack_entrant(tier=last[0], raw_fan_id=raw_fan_id(last[1]))
    return bytes(packed)


def _next_entrant(line: str, *, number: int, last: Entrant) -> Entrant:
    try:
        tier, fan_id = json.loads(line)
        check_entrant(text_of(fan_id), tier=whole_of(tier))
    except (ValueError, TypeError, RecursionError) as wrong:
        raise BrokenError(Check.FORM, f"Entrant {number} is not [tier, fan id] ({wrong}).") from wrong
    if (tier, fan_id) <= last:
        told = "is there twice" if (tier, fan_id) == last else "is not in the lobby's order"
        raise BrokenError(Check.ENTRANTS, f"Entrant {number} {told}.")
    return tier, fan_id
