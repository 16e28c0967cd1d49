"""Packing in bulk, against the plain words for one entrant."""

import secrets

import pytest

from tests.factories import some_fans
from waitroom.queue.draw import draw_score, raw_fan_id
from waitroom.queue.merkle import chunk_hash, pack_entrant, split_entrants
from waitroom.queue.packing import fan_ids_of, pack_fans, packed_hash, packed_scores

COUNTS = [0, 1, 2, 3, 100, 4096]
EDGES = ["A" * 22, "_" * 21 + "w", "-" * 21 + "Q"]


def some_entrants(count: int) -> list[tuple[int, str]]:
    """So many entrants of all tiers."""
    return [(number % 8, fan) for number, fan in enumerate((EDGES + some_fans(count))[:count])]


@pytest.mark.parametrize("count", COUNTS)
def test_in_bulk_as_one_by_one(count: int) -> None:
    """Bytes, ids, root and scores of many are those of each."""
    entrants, key = some_entrants(count), secrets.token_bytes(32)
    one_by_one = [pack_entrant(tier=tier, raw_fan_id=raw_fan_id(fan)) for tier, fan in entrants]

    packed = pack_fans([fan.encode() for _, fan in entrants], bytes(tier for tier, _ in entrants))

    assert split_entrants(packed) == one_by_one
    assert fan_ids_of(packed) == [fan for _, fan in entrants]
    assert packed_hash(packed) == chunk_hash(one_by_one)
    assert packed_scores(key, packed) == [draw_score(key, tier=tier, fan_id=fan) for tier, fan in entrants]


@pytest.mark.parametrize(
    "wrong",
    [b"", b"A" * 21, b"A" * 23, b"A" * 21 + b"=", b"A" * 21 + b"+", b"A" * 21 + b"B", b"A" * 21 + b"\n", b"\xff" * 22],
)
def test_what_is_no_fan_id_is_not_packed(wrong: bytes) -> None:
    """One wrong id among good ones is refused, as `raw_fan_id` refuses it."""
    with pytest.raises(ValueError, match="fan id"):
        pack_fans([b"A" * 22, wrong, b"A" * 22], bytes(3))
    with pytest.raises(ValueError):  # noqa: PT011 - only that it is refused
        raw_fan_id(wrong.decode("latin-1"))
