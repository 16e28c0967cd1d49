"""Release plans as text: `+0m:600:2000,+10m:1200:3000`, a time, a rate and a ceiling a step."""

from waitroom.clock import read_moment, rfc3339
from waitroom.rooms import PlanStep


def read_plan(text: str, *, start_ms: int) -> tuple[PlanStep, ...]:
    """Read steps of `time:rate:ceiling`; a time is RFC 3339, or an offset from `start_ms`. Nothing is no plan.

    Raises ValueError that names the step that is wrong.
    """
    return tuple(_read_step(step, start_ms=start_ms) for step in text.replace(",", " ").split())


def _read_step(text: str, *, start_ms: int) -> PlanStep:
    # RFC 3339 has colons of its own: rate and ceiling are the last two parts.
    time, *values = text.rsplit(":", 2)
    try:
        rate, ceiling = values
        return PlanStep(
            at=read_moment(time, now_ms=start_ms), new_users_per_minute=float(rate), total_active_users=int(ceiling)
        )
    except ValueError:
        raise ValueError(f"{text!r} is no step of a plan; write time:rate:ceiling, like +10m:1200:3000") from None


def step_in_words(step: PlanStep) -> str:
    """The step for a terminal."""
    return f"from {rfc3339(step.at)} {step.new_users_per_minute:g} a minute, ceiling {step.total_active_users}"
