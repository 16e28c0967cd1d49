"""The languages that people are spoken to in: which one somebody wants, and the words of it from a package's catalogue.

A catalogue is `PACKAGE/locales/LANGUAGE/LC_MESSAGES/PACKAGE.po`, compiled as it is loaded. English is the source.
Nothing here raises for what somebody has sent: an unknown language is English.
"""

import re
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Self

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = "en"
LANGUAGES = (SOURCE, "de", "es", "fr", "pt", "ja", "ar")
MOST_WANTED = 20
"""Languages of a browser that are looked at."""
TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")


@dataclass(frozen=True)
class Language:
    """A language and the region whose habits of writing numbers and times are followed."""

    locale: Locale

    @classmethod
    def of(cls, wanted: str | None) -> Self:
        """Return the language that somebody wants (`pt-BR`), English when we do not have it."""
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
    def own_name(self) -> str:
        """What its speakers call it, as it stands in a list of languages."""
        name = str(self.locale.get_language_name(self.locale))
        return name[:1].upper() + name[1:]

    def words_of(self, package: str) -> NullTranslations:
        """Return a package's catalogue; English says what the source says."""
        return NullTranslations() if self.code == SOURCE else load_words(package, self.code)


def choose_language(asked: str | None, accepted: str) -> Language:
    """Return the language of a page: the one asked for in the address, else the browser's, else English.

    The region is left out, so that a page has the same bytes for everyone who reads a language.
    """
    return Language(Locale(Language.of(asked or wanted_locale(accepted)).code))


def wanted_locale(accepted: str) -> str | None:
    """Return the locale that a browser likes best (`Accept-Language`) among those that we write in, if any."""
    wanted = []
    for place, part in enumerate(accepted.split(",")[:MOST_WANTED]):
        tag, _, weight = (piece.strip() for piece in part.partition(";"))
        liking = _number(weight.removeprefix("q="))
        if liking > 0 and TAG.fullmatch(tag) and tag.split("-")[0].lower() in LANGUAGES:
            wanted.append((-liking, place, tag))
    return min(wanted)[2] if wanted else None


def _number(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0.0


@cache
def load_words(package: str, language: str) -> GNUTranslations:
    """Read and compile a catalogue."""
    path = files(package).joinpath("locales", language, "LC_MESSAGES", f"{package}.po")
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
