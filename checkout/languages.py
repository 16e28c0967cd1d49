"""The languages that buyers are written to: words from catalogues, dates and money as the language has them.

A catalogue is `locales/LANGUAGE/LC_MESSAGES/checkout.po`, compiled as it is loaded. English is the source. Nothing here
raises for what a buyer has sent: an unknown language is English.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency

from checkout.values import DECIMALS, Money

SOURCE = "en"
LANGUAGES = (SOURCE, "de", "es", "fr", "pt", "ja", "ar")
MOST_WANTED = 20
"""Languages of a browser that are looked at."""
TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")


@dataclass(frozen=True)
class Language:
    """A language and the region whose habits of writing dates and money are followed."""

    locale: Locale

    @classmethod
    def of(cls, wanted: str | None) -> "Language":
        """Return the language that a buyer wants (`pt-BR`), English when we do not have it."""
        try:
            locale = Locale.parse((wanted or SOURCE).replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            return cls(Locale(SOURCE))
        return cls(locale if locale.language in LANGUAGES else Locale(SOURCE))

    @property
    def code(self) -> str:
        """The language's code, as `lang` takes it."""
        return str(self.locale.language)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return str(self.locale.text_direction)

    @property
    def words(self) -> NullTranslations:
        """The catalogue; English says what the source says."""
        return NullTranslations() if self.code == SOURCE else load_words(self.code)

    def money(self, money: Money) -> str:
        """Write an amount, with the currency's own number of digits."""
        amount = money.amount / 10 ** DECIMALS.get(money.currency, 2)
        return str(format_currency(amount, money.currency.upper(), locale=self.locale))

    def moment(self, ms: int) -> str:
        """Write a day and a time, in UTC."""
        moment = datetime.fromtimestamp(ms / 1000, UTC)
        day, time = format_date(moment, "full", self.locale), format_time(moment, "short", locale=self.locale)
        joined = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        return joined.replace("{1}", day).replace("{0}", f"{time} UTC")


def wanted_locale(accepted: str) -> str | None:
    """Return the locale that a browser likes best (`Accept-Language`) among those that we write in, if any."""
    wanted = []
    for place, part in enumerate(accepted.split(",")[:MOST_WANTED]):
        tag, _, quality = part.strip().partition(";q=")
        if TAG.fullmatch(tag) and tag.split("-")[0].lower() in LANGUAGES:
            wanted.append((-_number(quality), place, tag))
    return min(wanted)[2] if wanted else None


def _number(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0.0


@cache
def load_words(language: str) -> GNUTranslations:
    """Read and compile a catalogue."""
    path = files("checkout").joinpath("locales", language, "LC_MESSAGES", "checkout.po")
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
