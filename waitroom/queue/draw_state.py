"""The state of a draw: what is public of it, at any moment."""

from dataclasses import dataclass, replace
from typing import Any, Self

from waitroom.beacon import BeaconRule
from waitroom.clock import rfc3339
from waitroom.queue.draw import derive_draw_key

Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True)
class DrawState:
    """What is public of the draw: hex strings, None before they are known; times are milliseconds since 1970.

    `beacon_round` is known with the root; `beacon` is its value once the draw is pinned.
    """

    commitment: str
    entrants: int | None
    root: str | None
    beacon: str | None
    seed: str | None
    root_at_ms: int | None = None
    beacon_rule: BeaconRule | None = None
    beacon_round: int | None = None
    waived_at_ms: int | None = None

    @classmethod
    def parse(cls, fields: dict[str, str], meter: dict[str, str], *, rule: BeaconRule | None, is_waived: bool) -> Self:
        """Read the room's fields and its meter."""
        root_at_ms, waived_at_ms = meter.get("root_at_ms"), meter.get("waived_at_ms")
        draw = cls(
            commitment=fields["commitment"],
            entrants=int(meter["count"]) if "root" in meter else None,
            root=meter.get("root"),
            root_at_ms=int(root_at_ms) if root_at_ms else None,
            beacon_rule=rule,
            beacon_round=int(meter["beacon_round"]) if meter.get("beacon_round") else None,
            beacon=meter.get("beacon") or None,
            waived_at_ms=int(waived_at_ms) if waived_at_ms else None,
            seed=meter.get("seed"),
        )
        return replace(draw, beacon_round=draw.awaited_round()) if draw.seed is None and not is_waived else draw

    def awaited_round(self) -> int | None:
        """The beacon's round that the rule names, once the root is public."""
        if self.beacon_rule is None or self.root_at_ms is None:
            return None
        return self.beacon_rule.round_after(self.root_at_ms)

    @property
    def waits_for_beacon(self) -> bool:
        """Whether the list is public, the beacon's value is not in the draw, and so nothing is decided."""
        return self.seed is None and self.awaited_round() is not None

    def overdue_seconds(self, *, now_ms: int) -> float:
        """For how long the draw waits for a round that should have come."""
        if self.seed is not None or self.beacon_rule is None or self.beacon_round is None:
            return 0
        return max(0, now_ms - self.beacon_rule.due_at_ms(self.beacon_round)) / 1000

    def draw_key(self) -> bytes | None:
        """The key that scores are made with, once everything that it is made of is public."""
        if self.seed is None or self.root is None:
            return None
        beacon = bytes.fromhex(self.beacon or "")
        return derive_draw_key(seed=bytes.fromhex(self.seed), root=bytes.fromhex(self.root), beacon=beacon)

    def to_json(self) -> Json:
        """The member `draw` of the document."""
        return {
            "commitment": self.commitment,
            "entrants": self.entrants,
            "root": self.root,
            "root_at": None if self.root_at_ms is None else rfc3339(self.root_at_ms),
            "beacon_rule": None if self.beacon_rule is None else self.beacon_rule.to_json(),
            "beacon_round": self.beacon_round,
            "beacon": self.beacon,
            "beacon_waived_at": None if self.waived_at_ms is None else rfc3339(self.waived_at_ms),
            "seed": self.seed,
        }
