"""Write the vectors that hold the waiting page's script and the Python rules together.

    python tests/vectors/generate.py [--seed 7]

Each file has cases checked by hand, whose answers are written here, and cases made at random, whose answers
are Python's. `test_places.py` and its like read them in Python, `test_vectors.py` in the browser.
"""

import argparse
import hashlib
import hmac
import json
import random
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

from edge.states import notice_of, state_of
from waitroom.chance import chance_of
from waitroom.forecast import in_units, wait_range
from waitroom.places import place_from_curve

FOLDER = Path(__file__).parent
Json = dict[str, Any]  # Any: JSON values
BEFORE, NOW, AFTER = (f"2027-01-15T08:00:0{second}.000Z" for second in range(3))
LINE = [[1000, 0], [1001, 1], [2000, 10], [3000, 20]]


def places(dice: random.Random) -> list[Json]:
    """Curves, scores and what they give."""
    by_hand = [
        _place([], 5, 0, None, "an empty line says nothing"),
        _place(LINE, 999, 21, None, "before the first fan: perhaps admitted"),
        _place(LINE, 1000, 21, (0, True), "the first fan"),
        _place(LINE, 2000, 21, (10, True), "on a pair"),
        _place(LINE, 2500, 21, (15, False), "half way between two pairs"),
        _place(LINE, 2999, 21, (19, False), "rounded down"),
        _place(LINE, 2001, 21, (11, False), "the fan of the pair before is ahead, too"),
        _place([[10, 0], [20, 1]], 15, 2, (1, True), "between neighbours nothing is guessed"),
        _place(LINE, 3000, 21, (20, True), "the last fan"),
        _place(LINE, 3001, 21, (21, False), "joined since the snapshot"),
        _place([[7 * 2**50, 0]], 7 * 2**50 + 2**48, 1, (1, False), "the largest scores stay exact"),
    ]
    return by_hand + [_random_place(dice) for _ in range(150)]


def waits(dice: random.Random) -> list[Json]:
    """Rates, fans ahead and the range that they give."""
    by_hand = [
        _wait(100, None, None, 0, None),
        _wait(100, 500, 0, 0, None),
        _wait(0, None, 60, 0, [0, 10]),
        # 600 a minute, nothing measured: 1,000 / 690 min = 87 s, 1,001 / 360 min = 166.8 s.
        _wait(1000, None, 600, 0, [60, 180]),
        # Measured 600 of 600: 10,000 / 690 min = 869.6 s, 10,001 / 450 min = 1,333.5 s.
        _wait(10_000, 600, 600, 0, [600, 1500]),
        # Measured 100 of 600: it may recover to 150, and may stay at 100.
        _wait(1000, 100, 600, 0, [300, 900]),
        # Ten minutes to the release come on top.
        _wait(0, None, 600, 600, [600, 900]),
    ]
    return by_hand + [_random_wait(dice) for _ in range(400)]


def chances(dice: random.Random) -> list[Json]:
    """Fans before, seats left and the chance that is left."""
    by_hand = [
        _chance(0, 0, None, None, None),
        _chance(0, 0, 0, 2, "none"),
        _chance(0, 0, 100, 2, "none", sold_out=True),
        _chance(0, 0, None, None, "none", sold_out=True),
        # 100 fans with two seats each want 200; with a tenth more that is 220.
        _chance(90, 9, 220, None, "likely"),
        _chance(90, 9, 219, None, "unlikely"),
        # 1,000 fans with 2.5 seats each want 2,500, with a tenth more 2,750.
        _chance(900, 99, 2750, 2.5, "likely"),
        _chance(900, 99, 2749, 2.5, "unlikely"),
        _chance(14_000_000, 5000, 1, 2.1, "unlikely"),
    ]
    return by_hand + [_random_chance(dice) for _ in range(200)]


def draws(dice: random.Random) -> list[Json]:
    """Seeds, roots, fans and their scores, by hashlib and hmac alone."""
    return [_draw(dice, tier=tier, with_beacon=beacon) for tier, beacon in product(range(8), (False, True))]


def states(dice: random.Random) -> list[Json]:
    """Every phase and standing, sold out or not, with the state and the notice that follow."""
    standings = [
        None,
        "lobby",
        "waiting",
        "admitted",
        "active",
        "finished",
        "left",
        "lapsed",
        "expired",
        "moved",
        "entering",
    ]
    phases = ["scheduled", "lobby", "drawing", "open", "closed"]
    distances = [(None, None), (3, [0, 300]), (500, [60, 120]), (500, [600, 900])]
    return [
        _state(_room(dice, phase=phase, sold_out=sold_out), standing, *distance)
        for phase, sold_out, standing in product(phases, (False, True), standings)
        for distance in (distances if standing in {"lobby", "waiting"} else distances[:1])
    ]


def main() -> None:
    """Write every file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    for name, cases in all_vectors(parser.parse_args().seed).items():
        (FOLDER / name).write_text(cases)


def all_vectors(seed: int) -> dict[str, str]:
    """Return what is to stand in each file."""
    makers = {"places": places, "waits": waits, "chances": chances, "draws": draws, "states": states}
    return {f"{name}.json": _lines(make(random.Random(seed))) for name, make in makers.items()}


def _lines(cases: Iterable[Json]) -> str:
    return "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n"


def _place(
    curve: list[list[int]], score: int, waiting: int, expected: tuple[int, bool] | None, why: str = "random"
) -> Json:
    told = None if expected is None else {"ahead": expected[0], "exact": expected[1]}
    return {"why": why, "curve": curve, "score": score, "waiting": waiting, "place": told}


def _random_place(dice: random.Random) -> Json:
    size = dice.randint(1, 20)
    scores = sorted(dice.sample(range(2 ** dice.choice([12, 48, 52])), size))
    ranks = sorted(dice.sample(range(1, 2 ** dice.choice([6, 14, 24])), size - 1))
    curve = list(zip(scores, [0, *ranks], strict=True))
    score = dice.choice([dice.choice(scores), dice.randint(0, scores[-1] + 10)])
    waiting = curve[-1][1] + dice.randint(1, 3)
    place = place_from_curve(curve, score, waiting)
    expected = None if place is None else (place.ahead, place.exact)
    return _place([list(pair) for pair in curve], score, waiting, expected)


def _wait(ahead: int, measured: float | None, rate: float | None, until: int, expected: list[int] | None) -> Json:
    span = None if expected is None else list(asdict(in_units(*expected)).values())
    return {"ahead": ahead, "measured": measured, "rate": rate, "until": until, "wait": expected, "span": span}


def _random_wait(dice: random.Random) -> Json:
    ahead = dice.randint(0, 10 ** dice.randint(0, 7))
    measured = dice.choice([None, 0, round(10 ** dice.uniform(-1, 4), 1)])
    rate = dice.choice([None, 0, dice.randint(1, 10_000), round(dice.uniform(0.5, 5000), 3)])
    until = dice.choice([0, 0, dice.randint(1, 7200)])
    found = wait_range(ahead, measured, rate, until_release_seconds=until)
    return _wait(ahead, measured, rate, until, None if found is None else list(found))


def _chance(
    ahead: int, inside: int, seats: int | None, a_buyer: float | None, expected: str | None, *, sold_out: bool = False
) -> Json:
    values = {"ahead": ahead, "inside": inside, "seats_left": seats, "seats_a_buyer": a_buyer}
    return values | {"sold_out": sold_out, "chance": expected}


def _random_chance(dice: random.Random) -> Json:
    ahead, inside = dice.randint(0, 10 ** dice.randint(0, 7)), dice.randint(0, 10 ** dice.randint(0, 4))
    a_buyer = dice.choice([None, 2, round(dice.uniform(1, 6), 3)])
    # Around what is wanted, where the answer turns.
    wanted = (ahead + inside + 1) * (a_buyer or 2)
    seats = dice.choice([None, 0, round(wanted * dice.uniform(0.8, 1.4)), round(wanted * 1.1), dice.randint(1, 90_000)])
    sold_out = dice.random() < 0.1
    found = chance_of(ahead, inside, seats, a_buyer, is_sold_out=sold_out)
    return _chance(ahead, inside, seats, a_buyer, None if found is None else found.value, sold_out=sold_out)


def _draw(dice: random.Random, *, tier: int, with_beacon: bool) -> Json:
    seed, root, fan = dice.randbytes(32), dice.randbytes(32), dice.randbytes(16)
    beacon = dice.randbytes(32) if with_beacon else b""
    key = hashlib.sha256(seed + root + beacon).digest()
    band = int.from_bytes(hmac.digest(key, fan, "sha256")[:6], "big")
    return {
        "draw": {"seed": seed.hex(), "root": root.hex(), "beacon": beacon.hex() or None},
        "fan_id": urlsafe_b64encode(fan).decode().rstrip("="),
        "tier": tier,
        "score": tier * 2**50 + band,
    }


def _room(dice: random.Random, *, phase: str, sold_out: bool) -> Json:
    return {
        "phase": phase,
        "sold_out": sold_out,
        "paused": dice.random() < 0.3,
        "slowed": dice.choice([None, None, "health"]),
        "recovering_until": dice.choice([None, None, BEFORE, AFTER]),
    }


def _state(room: Json, standing: str | None, ahead: int | None, wait: list[int] | None) -> Json:
    return {
        "room": room,
        "standing": standing,
        "ahead": ahead,
        "wait": wait,
        "now": NOW,
        "state": state_of(room, standing, ahead=ahead, wait_seconds=wait),
        "notice": notice_of(room, now=NOW),
    }


if __name__ == "__main__":
    main()
