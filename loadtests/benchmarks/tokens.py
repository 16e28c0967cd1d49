"""What a token costs: minted and verified on one core, without a store."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from waitroom.clock import SystemClock
from waitroom.queue.draw import random_fan_id
from waitroom.tokens import AdmissionToken, AdmissionTokenSigner, KeyRing, QueuePass, QueuePassSigner, token_id_for

ROUNDS = 5
RING = "new:" + "n" * 48 + " old:" + "o" * 48
"""Two keys, as during a rotation: the newest signs, both verify."""


@dataclass(frozen=True, kw_only=True)
class Speed:
    """How often a second something was done."""

    name: str
    per_second: float


def measure_tokens(*, seconds: float = 0.3) -> list[Speed]:
    """Measure admission tokens and passes; each figure is the median of some rounds."""
    keys = KeyRing.parse(RING)
    admissions, passes = AdmissionTokenSigner(keys), QueuePassSigner(keys)
    token, held = _token(), QueuePass(epoch="e" * 22, fan_id=random_fan_id(), score=1 << 49, tier=4, joined_at_ms=0)
    minted, signed = admissions.sign(token), passes.sign(held)
    work: dict[str, Callable[[], object]] = {
        "admission token, mint": lambda: admissions.sign(token),
        "admission token, verify": lambda: admissions.verify(minted, room=token.room, epoch=token.epoch),
        "pass, sign": lambda: passes.sign(held),
        "pass, read": lambda: passes.read(signed),
    }
    return [Speed(name=name, per_second=_speed(do, seconds=seconds)) for name, do in work.items()]


def _speed(do: Callable[[], object], *, seconds: float) -> float:
    return statistics.median(_round(do, seconds=seconds) for _ in range(ROUNDS))


def _round(do: Callable[[], object], *, seconds: float) -> float:
    # CPU time, not the wall's: what else runs on this machine does not count.
    times, began = 0, time.process_time()
    while (worked := time.process_time() - began) < seconds:
        for _ in range(100):
            do()
        times += 100
    return times / worked


def _token() -> AdmissionToken:
    epoch, fan_id, now_ms = "e" * 22, random_fan_id(), SystemClock().now_ms()
    return AdmissionToken(
        epoch=epoch,
        room="arena",
        fan_id=fan_id,
        tier=4,
        token_id=token_id_for(epoch=epoch, fan_id=fan_id),
        not_before_ms=now_ms,
        expires_ms=now_ms + 600_000,
    )
