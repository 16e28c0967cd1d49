"""Every text has its words in every language, and they fit into the places of the source's."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from checkout.languages import Language
from checkout.values import Money
from waitroom.web.languages import LANGUAGES, SOURCE, load_words

TRANSLATED = [language for language in LANGUAGES if language != SOURCE]
SAME_AS_SOURCE: set[tuple[str, str]] = set()
"""(language, text) where the right word is that of the source."""
PLACE = re.compile(r"%\(\w+\)s")
METHODS = [("notice_words.py", "python"), ("templates/notices/**", "jinja2.ext:babel_extract")]


@pytest.fixture(scope="module")
def texts() -> set[str]:
    """Every text that is marked for the catalogues, in words and templates."""
    folder = Path(str(files("checkout")))
    found = extract_from_dir(folder, METHODS, keywords={"_": None, "N_": None})
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


def catalogue(language: str) -> Catalog:
    """A catalogue as it is committed."""
    path = files("checkout").joinpath("locales", language, "LC_MESSAGES", "checkout.po")
    with path.open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str, texts: set[str]) -> None:
    """No text is missing, empty, unsure or the English one, and none is left over."""
    messages = {str(message.id): message for message in catalogue(language) if message.id}
    english = {text for text in texts if messages[text].string == text and (language, text) not in SAME_AS_SOURCE}

    assert len(texts) > 30
    assert set(messages) == texts
    assert english == set()
    assert all(message.string and not message.fuzzy for message in messages.values())


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_fill_in_the_same(language: str) -> None:
    """A translation has the places of its source, so that filling them in cannot fail."""
    wrong = {
        message.id
        for message in catalogue(language)
        if message.id and sorted(PLACE.findall(str(message.id))) != sorted(PLACE.findall(str(message.string)))
    }
    assert wrong == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogues_are_read(language: str) -> None:
    """What is loaded says what is committed."""
    assert load_words("checkout", language).gettext("Not paid") != "Not paid"


def test_money_and_moments_are_written_as_the_region_does() -> None:
    """Digits of the currency, signs and order of the locale."""
    price, yen = Money(amount=12_550, currency="eur"), Money(amount=12_550, currency="jpy")
    assert Language.of("de").money(price) == "125,50\N{NO-BREAK SPACE}€"
    assert Language.of("en").money(price) == "€125.50"
    assert Language.of("ja").money(yen) == "￥12,550"
    assert Language.of("de").moment(1_806_087_600_000) == "Freitag, 26. März 2027, 19:00 UTC"
    assert Language.of("ja").moment(1_806_087_600_000) == "2027年3月26日金曜日 19:00 UTC"
