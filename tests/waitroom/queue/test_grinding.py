"""What a beacon is for: who holds the keys and adds the last entrant chooses the order without it, and not with it."""

import secrets

from tests.factories import some_fans
from waitroom.queue.draw import derive_draw_key, draw_score, random_fan_id, raw_fan_id
from waitroom.queue.merkle import chunk_hash, pack_entrant
from waitroom.queue.proof import NO_BEACON

CROWD = 60
MOST_TRIES = 20_000


def root_of(fans: list[str]) -> bytes:
    """The root over a lobby of one tier."""
    return chunk_hash(pack_entrant(tier=0, raw_fan_id=raw_fan_id(fan)) for fan in sorted(fans))


def first_of(fans: list[str], *, seed: bytes, beacon: bytes = b"") -> str:
    """Who is drawn first."""
    key = derive_draw_key(seed=seed, root=root_of(fans), beacon=beacon)
    return min(fans, key=lambda fan: draw_score(key, tier=0, fan_id=fan))


def grind(crowd: list[str], favourite: str, *, seed: bytes) -> str:
    """Try ids for the last entrant until the favourite would be drawn first, as a holder of the keys can."""
    for _ in range(MOST_TRIES):
        last = random_fan_id()
        if first_of([*crowd, last], seed=seed) == favourite:
            return last
    raise AssertionError("the grinding did not come to an end")


def test_without_a_beacon_the_last_entrant_can_be_ground() -> None:
    """The proof's words are true: a holder of the keys puts a chosen fan first by trying ids for one more entrant."""
    seed, crowd = secrets.token_bytes(32), some_fans(CROWD)
    favourite = crowd[17]

    last = grind(crowd, favourite, seed=seed)

    assert first_of([*crowd, last], seed=seed) == favourite
    assert "added the last entrant could have chosen the order" in NO_BEACON


def test_with_a_beacon_the_same_grinding_fails() -> None:
    """The value comes after the root: what was ground helps in one draw of many, as chance does."""
    seed, crowd = secrets.token_bytes(32), some_fans(CROWD)
    favourite = crowd[17]
    fans = [*crowd, grind(crowd, favourite, seed=seed)]

    won = sum(first_of(fans, seed=seed, beacon=secrets.token_bytes(32)) == favourite for _ in range(200))

    # Of 200 draws among 61 some 3 by chance; 30 would come once in 10^20 runs.
    assert won < 30
