"""The first line of a draw proof, read strictly: what the proof says that the draw was made of."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Self

from waitroom.beacon import BeaconRule, check_beacon_value
from waitroom.clock import parse_rfc3339
from waitroom.queue.checks import BrokenError, Check, agree, text_of, whole_of
from waitroom.queue.draw import check_entrant, commitment_to, derive_draw_key, draw_score

HASH_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True, kw_only=True)
class Header:
    """What the proof says; times are milliseconds since 1970."""

    room: str
    epoch: str
    commitment: bytes
    seed: bytes
    root: bytes
    count: int
    beacon: bytes
    beacon_rule: BeaconRule | None
    beacon_round: int | None
    beacon_absence: str | None
    root_at_ms: int | None
    draw_key: bytes
    vector: tuple[int, str, int]

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read the first line; raises ValueError, KeyError or TypeError when it is none."""
        raw: dict[str, Any] = json.loads(line)  # Any: JSON values
        vector = raw["test_vector"]
        check_entrant(vector["fan_id"], tier=vector["tier"])
        rule, number, root_at = raw.get("beacon_rule"), raw.get("beacon_round"), raw.get("root_at")
        return cls(
            room=text_of(raw["room"]),
            epoch=text_of(raw["epoch"]),
            commitment=_hash(raw["commitment"]),
            seed=_hash(raw["seed"]),
            root=_hash(raw["root"]),
            count=whole_of(raw["count"]),
            beacon=b"" if raw["beacon"] is None else bytes.fromhex(check_beacon_value(raw["beacon"])),
            beacon_rule=None if rule is None else BeaconRule.from_json(rule),
            beacon_round=None if number is None else whole_of(number),
            beacon_absence=None if raw.get("beacon_absence") is None else text_of(raw["beacon_absence"]),
            root_at_ms=None if root_at is None else parse_rfc3339(text_of(root_at)),
            draw_key=_hash(raw["draw_key"]),
            vector=(whole_of(vector["tier"]), text_of(vector["fan_id"]), whole_of(vector["score"])),
        )

    @property
    def beacon_address(self) -> str | None:
        """Where anybody can read the beacon's round, if one was used."""
        if self.beacon_rule is None or self.beacon_round is None:
            return None
        return self.beacon_rule.address_of(self.beacon_round)


def read_header(line: str) -> Header:
    """Read the first line; raises BrokenError when it is none."""
    try:
        return Header.parse(line)
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise BrokenError(Check.FORM, f"The first line does not say what the draw was made of ({wrong}).") from wrong


def check_commitment(header: Header, expected: str | None) -> None:
    """Hold the seed against the commitment, and that against the one that was published before the lobby opened."""
    agree(Check.COMMITMENT, commitment_to(header.seed), header.commitment.hex())
    if expected is not None:
        agree(Check.COMMITMENT, header.commitment.hex(), expected.strip().lower())


def check_draw_key(header: Header) -> None:
    """Make the key again from seed, root and beacon, and the score of the example from the key."""
    draw_key = derive_draw_key(seed=header.seed, root=header.root, beacon=header.beacon)
    agree(Check.DRAW_KEY, draw_key.hex(), header.draw_key.hex())
    tier, fan_id, score = header.vector
    agree(Check.TEST_VECTOR, draw_score(draw_key, tier=tier, fan_id=fan_id), score)


def check_beacon(header: Header) -> None:
    """Hold the beacon's round against its rule and the root's time; a value needs a rule, a missing one a word."""
    if header.beacon and header.beacon_rule is None:
        raise BrokenError(Check.BEACON, "There is a beacon's value, and no rule that says which round it is of.")
    if not header.beacon:
        if header.beacon_round is not None or not header.beacon_absence:
            raise BrokenError(Check.BEACON, "There is no beacon's value, and the proof does not say so.")
        return
    if header.root_at_ms is None:
        raise BrokenError(Check.BEACON, "The proof does not say when the root was published.")
    assert header.beacon_rule is not None
    agree(Check.BEACON, header.beacon_rule.round_after(header.root_at_ms), header.beacon_round)


def _hash(value: str) -> bytes:
    raw = bytes.fromhex(value)
    if len(raw) != HASH_BYTES:
        raise ValueError(f"{HASH_BYTES} bytes in hex are needed")
    return raw
