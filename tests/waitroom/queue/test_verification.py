"""Verification: what holds is verified, and what was changed is named."""

import hashlib
import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from tests.factories import some_fans
from waitroom.beacon import BeaconRule
from waitroom.clock import rfc3339
from waitroom.queue.checks import Check, Failed
from waitroom.queue.draw import commitment_to, derive_draw_key, draw_score, raw_fan_id
from waitroom.queue.merkle import Frontier, chunk_hash, pack_entrant
from waitroom.queue.verification import Verified, verify

ROOT_AT = 1_800_000_000_123
RULE = BeaconRule(url="https://beacon.example", period_seconds=30, genesis_at=1_700_000_000_000)
EXAMPLE = "AAECAwQFBgcICQoLDA0ODw"
Header = dict[str, Any]  # Any: JSON values
Change = Callable[[list[str]], None]


def a_proof(count: int, *, beacon: str | None = None) -> list[str]:
    """A proof over so many entrants."""
    entrants = sorted((number % 2, fan) for number, fan in enumerate(some_fans(count)))
    packed = [pack_entrant(tier=tier, raw_fan_id=raw_fan_id(fan)) for tier, fan in entrants]
    frontier = Frontier()
    for start in range(0, count, 4096):
        frontier.append(chunk_hash(packed[start : start + 4096]))
    seed, root = secrets.token_bytes(32), frontier.root()
    key = derive_draw_key(seed=seed, root=root, beacon=bytes.fromhex(beacon or ""))
    header = {
        "room": "demo",
        "epoch": "e",
        "commitment": commitment_to(seed),
        "seed": seed.hex(),
        "root": root.hex(),
        "count": count,
        "root_at": rfc3339(ROOT_AT),
        "beacon": beacon,
        "beacon_rule": RULE.to_json() if beacon else None,
        "beacon_round": RULE.round_after(ROOT_AT) if beacon else None,
        "beacon_absence": None if beacon else "No public beacon was used.",
        "draw_key": key.hex(),
        "test_vector": {"tier": 1, "fan_id": EXAMPLE, "score": draw_score(key, tier=1, fan_id=EXAMPLE)},
    }
    return [json.dumps(header), *(json.dumps(entrant) for entrant in entrants)]


def changed_header(**changes: Any) -> Change:  # Any: JSON values
    """Change fields of the header."""

    def change(lines: list[str]) -> None:
        lines[0] = json.dumps(json.loads(lines[0]) | changes)

    return change


def changed_entrant(lines: list[str]) -> None:
    """Put another fan into the place of the last one."""
    lines[-1] = json.dumps([json.loads(lines[-1])[0], "z" * 21 + "w"])


def changed_tier(lines: list[str]) -> None:
    """Give the last fan a worse tier."""
    lines[-1] = json.dumps([7, json.loads(lines[-1])[1]])


def dropped(lines: list[str]) -> None:
    """Leave one entrant out."""
    del lines[3]


def added(lines: list[str]) -> None:
    """Put one more entrant at the end."""
    lines.append(json.dumps([7, some_fans(1)[0]]))


def swapped(lines: list[str]) -> None:
    """Change two entrants' places."""
    lines[3], lines[4] = lines[4], lines[3]


def doubled(lines: list[str]) -> None:
    """Name one entrant twice."""
    lines.insert(3, lines[3])


def without_header(lines: list[str]) -> None:
    """Leave the header out."""
    del lines[0]


def broken_line(lines: list[str]) -> None:
    """Break a line."""
    lines[5] = lines[5][:-3]


def other_spelling(lines: list[str]) -> None:
    """Spell a fan id so that it decodes to the same bytes."""
    tier, fan = json.loads(lines[5])
    lines[5] = json.dumps([tier, f"{fan}=="])


def regenerated_key(lines: list[str]) -> None:
    """State another draw key, with a test vector to match."""
    key = hashlib.sha256(b"another").digest()
    vector = {"tier": 1, "fan_id": EXAMPLE, "score": draw_score(key, tier=1, fan_id=EXAMPLE)}
    changed_header(draw_key=key.hex(), test_vector=vector)(lines)


@pytest.mark.parametrize("count", [0, 1, 5, 4096, 4097, 9000])
@pytest.mark.parametrize("beacon", [None, "ab" * 32])
def test_a_true_proof(count: int, beacon: str | None) -> None:
    """A proof that holds is verified and gives the order, scores and ranks."""
    lines = a_proof(count, beacon=beacon)
    verified = verify(lines)
    assert isinstance(verified, Verified)
    key = bytes.fromhex(json.loads(lines[0])["draw_key"])
    entrants = [json.loads(line) for line in lines[1:]]
    expected = sorted((draw_score(key, tier=tier, fan_id=fan), fan) for tier, fan in entrants)
    assert list(verified.order()) == [fan for _, fan in expected]
    for rank in {0, count // 2, count - 1} - {-1} if count else ():
        assert verified.place_of(expected[rank][1]) == (expected[rank][0], rank)
    assert verified.place_of(EXAMPLE) is None
    assert verified.place_of("no fan") is None
    assert verified.count == count


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (without_header, Check.FORM),
        (broken_line, Check.FORM),
        (other_spelling, Check.FORM),
        (changed_header(seed="no hex"), Check.FORM),
        (changed_header(seed="ab"), Check.FORM),
        (changed_header(count="12"), Check.FORM),
        (changed_header(count=True), Check.FORM),
        (changed_header(test_vector=None), Check.FORM),
        (changed_header(test_vector={"tier": 9, "fan_id": EXAMPLE, "score": 1}), Check.FORM),
        (changed_header(beacon={"round": 1}), Check.FORM),
        (changed_header(room=None), Check.FORM),
        (changed_header(seed="ab" * 32), Check.COMMITMENT),
        (changed_header(commitment="ab" * 32), Check.COMMITMENT),
        (swapped, Check.ENTRANTS),
        (doubled, Check.ENTRANTS),
        (dropped, Check.COUNT),
        (added, Check.COUNT),
        (changed_header(count=11), Check.COUNT),
        (changed_entrant, Check.ROOT),
        (changed_tier, Check.ROOT),
        (changed_header(root="ab" * 32), Check.ROOT),
        (changed_header(draw_key="ab" * 32), Check.DRAW_KEY),
        (changed_header(beacon="ab" * 32), Check.DRAW_KEY),
        (regenerated_key, Check.DRAW_KEY),
        (changed_header(test_vector={"tier": 1, "fan_id": EXAMPLE, "score": 1}), Check.TEST_VECTOR),
    ],
)
def test_what_was_changed_is_named(change: Change, check: Check) -> None:
    """Each change fails at its own check."""
    lines = a_proof(12)
    assert isinstance(verify(lines), Verified)
    change(lines)
    failed = verify(lines)
    assert isinstance(failed, Failed)
    assert failed.check is check
    assert failed.detail


def another_value(lines: list[str]) -> None:
    """Put another value into a proof and make all that follows from it again, as a holder of the keys could."""
    header = json.loads(lines[0])
    key = derive_draw_key(
        seed=bytes.fromhex(header["seed"]), root=bytes.fromhex(header["root"]), beacon=bytes.fromhex("cd" * 32)
    )
    vector = {"tier": 1, "fan_id": EXAMPLE, "score": draw_score(key, tier=1, fan_id=EXAMPLE)}
    changed_header(beacon="cd" * 32, draw_key=key.hex(), test_vector=vector)(lines)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (changed_header(beacon="cd" * 32), Check.DRAW_KEY),
        (changed_header(beacon="AB" * 32), Check.FORM),
        (changed_header(beacon="ab"), Check.FORM),
        (
            changed_header(beacon_rule={"url": "http://beacon.example", "period_seconds": 3, "genesis_at": 0}),
            Check.FORM,
        ),
        (changed_header(beacon_round=True), Check.FORM),
        (changed_header(root_at="yesterday"), Check.FORM),
        (changed_header(beacon_round=RULE.round_after(ROOT_AT) + 1), Check.BEACON),
        (changed_header(beacon_round=None), Check.BEACON),
        (changed_header(beacon_rule=None), Check.BEACON),
        (changed_header(beacon_rule=RULE.model_copy(update={"period_seconds": 60}).to_json()), Check.BEACON),
        (changed_header(root_at=rfc3339(ROOT_AT + 30_000)), Check.BEACON),
        (changed_header(root_at=None), Check.BEACON),
    ],
)
def test_a_changed_beacon_is_named(change: Change, check: Check) -> None:
    """Value, rule, round and the root's time hang together."""
    lines = a_proof(12, beacon="ab" * 32)
    assert isinstance(verify(lines), Verified)
    change(lines)
    failed = verify(lines)
    assert isinstance(failed, Failed)
    assert failed.check is check


def test_a_beacon_left_out_must_be_said() -> None:
    """A proof without a value says in words that there was none, and names no round."""
    for change in (changed_header(beacon_absence=None), changed_header(beacon_round=3)):
        lines = a_proof(3)
        change(lines)
        failed = verify(lines)
        assert isinstance(failed, Failed)
        assert failed.check is Check.BEACON


@pytest.mark.parametrize("spaces", [True, False])
@pytest.mark.parametrize("change", [swapped, doubled, broken_line, other_spelling])
def test_both_ways_of_reading_name_the_entrant(change: Change, *, spaces: bool) -> None:
    """Lines as we write them, read in bulk, and any other JSON, read one by one, fail alike."""
    lines = a_proof(5000)
    if not spaces:
        lines[1:] = [line.replace(" ", "") for line in lines[1:]]
    assert isinstance(verify(lines), Verified)
    change(lines)
    failed = verify(lines)
    assert isinstance(failed, Failed)
    assert "Entrant 4 " in failed.detail or "Entrant 5 " in failed.detail


def test_order_holds_across_chunks() -> None:
    """A chunk that begins behind its place is out of order, however well it is ordered itself."""
    header, *entrants = a_proof(2 * 4096)
    failed = verify([header, *entrants[4096:], *entrants[:4096]])
    assert isinstance(failed, Failed)
    assert (failed.check, "Entrant 4097 " in failed.detail) == (Check.ENTRANTS, True)


@pytest.mark.parametrize(
    "line",
    ["", "[]", "null", '"x"', "[1]", "[1, 2]", '[1, "x", 3]', "[" * 100_000, "1" * 5000, '[0, "\\ud800"]', "\x00"],
)
def test_nonsense_is_no_proof(line: str) -> None:
    """Whatever stands in a line, the answer is a failed check and no crash."""
    for lines in ([line], [a_proof(0)[0], line], [line] * 2):
        failed = verify(lines)
        assert isinstance(failed, Failed)
        assert failed.check is Check.FORM
    assert isinstance(verify([]), Failed)


def test_the_commitment_that_was_shown_before() -> None:
    """A proof that agrees with itself fails against another commitment than the published one."""
    lines = a_proof(3)
    published = json.loads(lines[0])["commitment"]
    assert isinstance(verify(lines, expected_commitment=f" {published.upper()}\n"), Verified)
    failed = verify(lines, expected_commitment="ab" * 32)
    assert isinstance(failed, Failed)
    assert failed.check is Check.COMMITMENT


def test_progress() -> None:
    """Progress is told chunk by chunk, and at the end."""
    told: list[int] = []
    verify(a_proof(9000), on_progress=told.append)
    assert told == [4096, 8192, 9000]


def test_a_fan_id_across_two_entrants_is_not_found() -> None:
    """Bytes that happen to lie across two entrants are no fan."""
    verified = verify(a_proof(0))
    assert isinstance(verified, Verified)
    inner = bytes(range(17))
    spread = Verified(header=verified.header, packed=b"\x07" * 5 + inner + b"\x07" * 12)
    assert spread.find("AQIDBAUGBwgJCgsMDQ4PEA") is None
    assert Verified(header=verified.header, packed=inner).find("AQIDBAUGBwgJCgsMDQ4PEA") == 0
