"""Snapshot: the public document that describes a room now, the same for every fan."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Self

from waitroom.branding import Branding, address_of_logo, address_of_style
from waitroom.clock import rfc3339
from waitroom.queue.draw_state import DrawState
from waitroom.rooms import Phase, RoomSettings

POLL_HINTS = ((0, 2), (100, 5), (5000, 20))
"""Fans ahead, seconds to the next look."""
Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many fans are where."""

    lobby: int
    waiting: int
    admitted: int
    active: int


@dataclass(frozen=True, kw_only=True)
class RateInForce:
    """R and C as they bind now, and why; `planned_per_minute` is R without the governor.

    `step_ms` names the governor's last step, 0 before the first; `factor` is what it left of the plan.
    """

    per_minute: float
    planned_per_minute: float
    ceiling: int
    by: str
    factor: float
    step_ms: int
    reason: str

    def slowed(self) -> Json | None:
        """The member `slowed` of the document."""
        if self.factor >= 1:
            return None
        return {
            "per_minute": _plain(round(self.per_minute, 1)),
            "planned_per_minute": _plain(self.planned_per_minute),
            "reason": self.reason,
        }


@dataclass(frozen=True, kw_only=True)
class TimedReport:
    """A checkout's report and the store's time at which it came."""

    at_ms: int
    latency_ms: float
    requests: int
    errors: int
    in_use: int
    pool: int


@dataclass(frozen=True, kw_only=True)
class LogHead:
    """Where the chain of the admission log stands; `head` None before the first entry."""

    entries: int
    head: str | None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A room at one moment of the store's clock; times are milliseconds since 1970."""

    room: str
    epoch: str
    version: int
    settings: RoomSettings
    seed_key_id: str
    phase: Phase
    now_ms: int
    counts: Counts
    watermark: int | None
    curve: tuple[tuple[int, int], ...]
    rate: RateInForce
    measured_per_minute: float | None
    share: float
    seats_left: int | None
    seats_a_buyer: float | None
    nothing_left: bool
    recovering_until_ms: int | None
    reports: tuple[TimedReport, ...]
    log: LogHead
    is_frozen: bool
    is_drawn: bool
    draw: DrawState
    totals: dict[str, int]
    kept: dict[str, str]
    """The fields of the meter as they are stored: what puts the room back after a loss."""
    fields: dict[str, str]
    """The fields of the room as they are stored."""

    @classmethod
    def parse(cls, room: str, text: str) -> Self:
        """Read what `advance.lua` stored."""
        raw = json.loads(text)
        fields = dict(zip(raw["settings"][::2], raw["settings"][1::2], strict=True))
        meter: dict[str, str] = raw["meter"] or {}
        settings = RoomSettings.from_fields(fields)
        return cls(
            room=room,
            epoch=fields["epoch"],
            version=int(fields["version"]),
            settings=settings,
            seed_key_id=fields["seed_key_id"],
            phase=Phase(raw["phase"]),
            now_ms=int(raw["now_ms"]),
            counts=Counts(**{name: int(raw[name]) for name in ("lobby", "waiting", "admitted", "active")}),
            watermark=_int_or_none(meter.get("watermark")),
            curve=_parse_curve(raw["curve"]),
            rate=_rate(raw, meter),
            measured_per_minute=_measured(meter),
            share=float(meter.get("share", 1)),
            seats_left=_int_or_none(meter.get("seats_left")),
            seats_a_buyer=_float_or_none(meter.get("seats_a_buyer")),
            nothing_left=meter.get("nothing_left") == "1",
            recovering_until_ms=_recovering(raw, meter),
            reports=_reports(raw["health"] or []),
            log=LogHead(entries=int(meter.get("log_entries", 0)), head=meter.get("log_head")),
            is_frozen="frozen_at_us" in meter,
            is_drawn="drawn" in meter,
            draw=DrawState.parse(fields, meter, rule=settings.beacon, is_waived=settings.beacon_waived),
            totals={name: int(meter.get(name, 0)) for name in TOTALS},
            kept=dict(meter),
            fields=fields,
        )

    @property
    def last_moved_ms(self) -> int:
        """The moment of the last move to another device, 0 before the first."""
        return int(self.kept.get("last_moved_ms", 0))

    @property
    def lobby_closes_at_ms(self) -> int | None:
        """When the lobby closes: by default at the release."""
        return self.settings.lobby_closes_at or self.settings.release_at

    @property
    def may_admit(self) -> bool:
        """Whether turns may be given."""
        is_held = self.settings.paused or self.is_sold_out or self.is_recovering
        return self.phase is Phase.OPEN and not is_held

    @property
    def is_sold_out(self) -> bool:
        """Whether the organizer or the checkout says that nothing is left."""
        return self.settings.sold_out or self.nothing_left

    @property
    def is_recovering(self) -> bool:
        """Whether fans come back after a loss, before anybody gets a turn."""
        return self.recovering_until_ms is not None

    def until_release_seconds(self) -> float:
        """How long until turns are given at the earliest."""
        return max(0, (self.settings.release_at or 0) - self.now_ms) / 1000

    def to_json(self) -> Json:
        """The document of `GET /v1/rooms/{room}`."""
        settings = self.settings
        return {
            "room": self.room,
            "epoch": self.epoch,
            "name": settings.name,
            "phase": self.phase.value,
            "paused": settings.paused,
            "sold_out": self.is_sold_out,
            "now": rfc3339(self.now_ms),
            "lobby_at": _time(settings.lobby_at),
            "lobby_closes_at": _time(self.lobby_closes_at_ms),
            "release_at": _time(settings.release_at),
            "closes_at": _time(settings.closes_at),
            "recovering_until": _time(self.recovering_until_ms),
            "lobby": self.counts.lobby,
            "waiting": self.counts.waiting,
            "admitted": self.counts.admitted,
            "active": self.counts.active,
            "watermark": self.watermark,
            "curve": [list(pair) for pair in self.curve],
            "rate_per_minute": _plain(self.rate.per_minute),
            "measured_per_minute": self.measured_per_minute,
            "slowed": self.rate.slowed(),
            "seats_left": self.seats_left,
            "seats_a_buyer": self.seats_a_buyer,
            "codes": settings.codes.value,
            "message": settings.message or None,
            "branding": _branding(self.room, settings.branding),
            "draw": self.draw.to_json(),
            "log": {"entries": self.log.entries, "head": self.log.head},
            "poll": [list(pair) for pair in POLL_HINTS],
            "version": self.version,
            **({"rehearsal": True} if settings.rehearsal else {}),
        }


@dataclass(frozen=True)
class Document:
    """A snapshot's ready bytes and their ETag."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        """Write the snapshot once for all who ask."""
        body = json.dumps(snapshot.to_json(), separators=(",", ":"), ensure_ascii=False).encode()
        return cls(body, f'"{hashlib.sha256(body).hexdigest()[:24]}"')


TOTALS = ("joined", "given", "claimed", "entered", "finished", "left", "lapsed", "expired", "restored")


def _branding(room: str, branding: Branding | None) -> Json | None:
    if branding is None:
        return None
    return {
        "name": branding.name,
        "style": None if branding.colours is None else address_of_style(room, branding.colours),
        "logo": None if branding.logo is None else address_of_logo(room, branding.logo),
        "links": [link.model_dump() for link in branding.links],
    }


def _parse_curve(text: str) -> tuple[tuple[int, int], ...]:
    pairs = (pair.split(":") for pair in text.split())
    return tuple((int(float(score)), int(rank)) for score, rank in pairs)


def _measured(meter: dict[str, str]) -> float | None:
    weight = float(meter.get("speed_weight", 0))
    if weight <= 0:
        return None
    return round(float(meter["speed"]) / weight * 60_000_000, 1)


def _rate(raw: Json, meter: dict[str, str]) -> RateInForce:
    return RateInForce(
        per_minute=float(raw["per_minute"]),
        planned_per_minute=float(raw["planned_per_minute"]),
        ceiling=int(raw["ceiling"]),
        by=raw["rate_by"],
        factor=float(meter.get("governed", 1)),
        step_ms=int(meter.get("governed_at_ms", 0)),
        reason=meter.get("governed_why", ""),
    )


def _recovering(raw: Json, meter: dict[str, str]) -> int | None:
    until_ms = int(meter.get("recovering_until_ms", 0))
    return until_ms if until_ms > int(raw["now_ms"]) else None


def _reports(health: list[str]) -> tuple[TimedReport, ...]:
    return tuple(_report(text) for text in health[1::2])


def _report(text: str) -> TimedReport:
    at_ms, _, report = text.partition(" ")
    told = json.loads(report)
    return TimedReport(
        at_ms=int(at_ms),
        latency_ms=float(told.get("latency_ms", 0)),
        **{name: int(told.get(name, 0)) for name in ("requests", "errors", "in_use", "pool")},
    )


def _float_or_none(text: str | None) -> float | None:
    return float(text) if text else None


def _int_or_none(text: str | None) -> int | None:
    return int(float(text)) if text else None


def _time(ms: int | None) -> str | None:
    return None if ms is None else rfc3339(ms)


def _plain(number: float) -> int | float:
    return int(number) if number == int(number) else number
