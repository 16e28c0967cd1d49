"""What the server says in words: numbers, waits and moments. The script says the same by the browser's locale."""

from datetime import UTC, datetime
from gettext import NullTranslations

from waitroom.chance import Chance
from waitroom.clock import parse_rfc3339
from waitroom.forecast import in_units

EXACT_BELOW = 100


class Words:
    """Words in one language."""

    def __init__(self, translations: NullTranslations) -> None:
        self._ = translations.gettext
        self._plural = translations.ngettext

    def count(self, number: int, *, exact: bool) -> str:
        """Write a number; one that is only nearly right is rounded to three digits."""
        if exact or number < EXACT_BELOW:
            return f"{number:,}"
        return f"{float(f'{number:.3g}'):,.0f}"

    def place(self, ahead: int, *, exact: bool) -> str:
        """Write the place of a fan with so many ahead."""
        if exact or ahead < EXACT_BELOW:
            return f"{ahead + 1:,}"
        return self._("about {n}").format(n=self.count(ahead + 1, exact=False))

    def wait(self, seconds: tuple[int, int] | list[int] | None) -> str:
        """Write a range of seconds in one unit."""
        if seconds is None:
            return self._("not known yet")
        span = in_units(*seconds)
        unit = self._unit(span.unit, span.high)
        if not span.low:
            return self._("under {high}").format(high=f"{span.high:g} {unit}")
        return f"{span.low:g}–{span.high:g} {unit}"  # noqa: RUF001 - a range is written with an en dash

    def chance(self, chance: Chance) -> str:
        """Write a chance."""
        # Spelled out, so that each can be translated.
        words = {Chance.LIKELY: self._("likely"), Chance.UNLIKELY: self._("unlikely"), Chance.NONE: self._("none")}
        return words[chance]

    def moment(self, time: str) -> str:
        """Write a moment in UTC, which is all that the server knows of the fan's clock."""
        when = datetime.fromtimestamp(parse_rfc3339(time) / 1000, UTC)
        return self._("{time} UTC, {day} {month}").format(
            time=f"{when:%H:%M:%S}" if when.second else f"{when:%H:%M}", day=when.day, month=f"{when:%B}"
        )

    def _unit(self, unit: str, number: float) -> str:
        many = 1 if number == 1 else 2
        if unit == "second":
            return self._plural("second", "seconds", many)
        if unit == "minute":
            return self._plural("minute", "minutes", many)
        return self._plural("hour", "hours", many)
