"""The beacon's rule and its answers."""

import hashlib
import json

import pytest
from pydantic import ValidationError

from waitroom.beacon import BeaconRule, BeaconValue, parse_beacon_answer

QUICKNET = BeaconRule(url="https://beacon.example/52db9ba70e0cc0f6", period_seconds=3, genesis_at=1_692_803_367_000)
SIGNATURE = "ab" * 48
RANDOMNESS = hashlib.sha256(bytes.fromhex(SIGNATURE)).hexdigest()


@pytest.mark.parametrize(
    ("root_at", "expected"),
    [(-10_000, 1), (-10_001, 1), (-60_000, 1), (-9_999, 2), (-7_000, 2), (-6_999, 3), (0, 5), (2_000, 5), (2_001, 6)],
)
def test_round_is_the_first_due_ten_seconds_after_the_root(root_at: int, expected: int) -> None:
    """The round is due at least 10 s after the root, the one before it is not; before the genesis it is the first."""
    number = QUICKNET.round_after(QUICKNET.genesis_at + root_at)

    assert number == expected
    assert QUICKNET.due_at_ms(number) >= QUICKNET.genesis_at + root_at + 10_000


def test_a_round_has_one_address() -> None:
    """The address of a round is the rule's, with or without a closing slash."""
    rule = BeaconRule(url="http://127.0.0.1:8080/chain/", period_seconds=30, genesis_at=0)

    assert rule.address_of(7) == "http://127.0.0.1:8080/chain/public/7"


def test_the_rule_is_stored_and_read_again() -> None:
    """What is stored is what was decided."""
    assert BeaconRule.from_text(QUICKNET.to_text()) == QUICKNET


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://beacon.example",
        "https://user:word@beacon.example",
        "https://",
        "https://beacon.example?next=1",
        "https://beacon.example/#round",
        "https://beacon.example:0",
        "https://beacon.example:99999",
        "https://[::1",
        "https://beacon.example/ with space",
        "https://beacon.example\n",
        "ftp://beacon.example",
        "http://127.0.0.1.beacon.example",
        "https://beacon.example/" + "a" * 200,
    ],
)
def test_only_a_plain_safe_address_is_a_beacon(url: str) -> None:
    """HTTPS, or HTTP on this machine; no user, no query, no second meaning."""
    with pytest.raises(ValidationError):
        BeaconRule(url=url, period_seconds=3, genesis_at=0)


@pytest.mark.parametrize(
    "url", ["http://localhost:9", "http://[::1]:9/x", "http://127.8.8.8", "https://b.example:444/x"]
)
def test_loopback_may_be_plain_http(url: str) -> None:
    """A beacon on this machine needs no certificate."""
    assert BeaconRule(url=url, period_seconds=3, genesis_at=0).url == url


@pytest.mark.parametrize("period", [0, 3601, 1.5, True, "3"])
def test_a_period_is_a_second_to_an_hour(period: object) -> None:
    """A rule that nobody could compute rounds from is refused."""
    with pytest.raises(ValidationError):
        BeaconRule.model_validate({"url": "https://beacon.example", "period_seconds": period, "genesis_at": 0})


def test_an_answer_gives_the_rounds_value() -> None:
    """Round, randomness and its hash agree; other members are the beacon's own business."""
    body = json.dumps({"round": 7, "randomness": RANDOMNESS, "signature": SIGNATURE, "previous_signature": "00"})

    assert parse_beacon_answer(body.encode(), expected_round=7) == BeaconValue(round=7, value=RANDOMNESS)


def test_an_answer_may_come_unsigned() -> None:
    """A beacon of the same shape without signatures is read by its randomness alone."""
    body = json.dumps({"round": 7, "randomness": "0f" * 32})

    assert parse_beacon_answer(body.encode(), expected_round=7).value == "0f" * 32


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 60_000, "not JSON"),
        (b"[]", "names no round"),
        (b'{"randomness": "00"}', "names no round"),
        (b'{"round": true}', "names no round"),
        (b'{"round": "7"}', "names no round"),
        (b'{"round": 6}', "round 6, not 7"),
        (b'{"round": 7}', "32 bytes"),
        (b'{"round": 7, "randomness": 7}', "32 bytes"),
        (b'{"round": 7, "randomness": "0f0f"}', "32 bytes"),
        (b'{"round": 7, "randomness": "%s"}' % (b"0F" * 32), "32 bytes"),
        (b'{"round": 7, "randomness": "%s", "signature": null}' % (b"0f" * 32), "not hex"),
        (b'{"round": 7, "randomness": "%s", "signature": "0"}' % (b"0f" * 32), "not hex"),
        (b'{"round": 7, "randomness": "%s", "signature": "%s"}' % (b"0f" * 32, b"00" * 600), "not hex"),
        (b'{"round": 7, "randomness": "%s", "signature": "00"}' % (b"0f" * 32), "hash of its signature"),
    ],
)
def test_any_other_answer_is_refused(body: bytes, wrong: str) -> None:
    """No value is taken from an answer that is not of the round, not 32 bytes, or not what was signed."""
    with pytest.raises(ValueError, match=wrong):
        parse_beacon_answer(body, expected_round=7)
