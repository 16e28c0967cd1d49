"""What the server says in words: numbers, waits and moments, as the language writes them.

The script says the same by the browser's own tables; `tests/browser/test_languages.py` holds the two together.
"""

from datetime import UTC, datetime
from gettext import NullTranslations

from babel.dates import format_skeleton, format_time, get_datetime_format
from babel.numbers import format_decimal
from babel.units import format_unit

from waitroom.chance import Chance
from waitroom.clock import parse_rfc3339
from waitroom.forecast import in_units
from waitroom.web.languages import Language

PACKAGE = "edge"
EXACT_BELOW = 100
UNGROUPED_BELOW = {"es": 10_000}
"""Spanish groups from five digits on, which Babel does not know."""
NAMES_ITS_NUMBER = 100
"""Every language writes this many of a unit with the number; Arabic has words without one for 1 and 2."""


class Words:
    """Words in one language; `translations` takes the place of its catalogue."""

    def __init__(self, language: Language, translations: NullTranslations | None = None) -> None:
        self._locale = language.locale
        self._ungrouped_below = UNGROUPED_BELOW.get(language.code, 0)
        self.translations = translations or language.words_of(PACKAGE)
        self._ = self.translations.gettext

    def count(self, number: int, *, exact: bool) -> str:
        """Write a number; one that is only nearly right is rounded to three digits."""
        return self._number(number if exact or number < EXACT_BELOW else float(f"{number:.3g}"))

    def place(self, ahead: int, *, exact: bool) -> str:
        """Write the place of a fan with so many ahead."""
        if exact or ahead < EXACT_BELOW:
            return self._number(ahead + 1)
        return self._("about {n}").format(n=self.count(ahead + 1, exact=False))

    def wait(self, seconds: tuple[int, int] | list[int] | None) -> str:
        """Write a range of seconds in one unit."""
        if seconds is None:
            return self._("not known yet")
        span = in_units(*seconds)
        if not span.low:
            return self._("under {high}").format(high=self._measure(span.high, span.unit))
        return self._range(span.low, span.high, span.unit)

    def chance(self, chance: Chance) -> str:
        """Write a chance."""
        # Spelled out, so that each can be translated.
        words = {Chance.LIKELY: self._("likely"), Chance.UNLIKELY: self._("unlikely"), Chance.NONE: self._("none")}
        return words[chance]

    def moment(self, time: str) -> str:
        """Write a moment in UTC, which is all that the server knows of the fan's clock; seconds where there are any."""
        when = datetime.fromtimestamp(parse_rfc3339(time) / 1000, UTC)
        day = format_skeleton("MMMMd", when, locale=self._locale)
        clock = format_time(when, "medium" if when.second else "short", locale=self._locale)
        joined = str(get_datetime_format("medium", locale=self._locale)).replace("'", "")
        return joined.replace("{1}", day).replace("{0}", f"{clock} UTC")

    def _number(self, number: float) -> str:
        return str(format_decimal(number, locale=self._locale, group_separator=number >= self._ungrouped_below))

    def _measure(self, number: float, unit: str) -> str:
        return str(format_unit(number, f"duration-{unit}", "long", locale=self._locale))

    def _range(self, low: float, high: float, unit: str) -> str:
        span = self._("{low}–{high}").format(low=self._number(low), high=self._number(high))  # noqa: RUF001 - a range is written with an en dash
        for number in (high, NAMES_ITS_NUMBER):
            before, written, after = self._measure(number, unit).partition(self._number(number))
            if written:
                break
        return before + span + after
