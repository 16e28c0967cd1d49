"""Which language somebody is spoken to in: the address, then the browser, then English."""

import pytest

from waitroom.web.languages import LANGUAGES, Language, choose_language, wanted_locale


@pytest.mark.parametrize(
    ("wanted", "code", "direction"),
    [
        (None, "en", "ltr"),
        ("de-AT", "de", "ltr"),
        ("pt_BR", "pt", "ltr"),
        ("ar-EG", "ar", "rtl"),
        ("ja", "ja", "ltr"),
        ("it", "en", "ltr"),
        ("zz-ZZ-zz-zz", "en", "ltr"),
        ("", "en", "ltr"),
    ],
)
def test_a_language_that_we_have_or_english(wanted: str | None, code: str, direction: str) -> None:
    """One's own when there is one, else English; nothing that somebody sends breaks it."""
    language = Language.of(wanted)
    assert (language.code, language.direction) == (code, direction)


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de-AT"),
        ("it,en;q=0.5,ja;q=0.9", "ja"),
        ("pt-BR", "pt-BR"),
        ("en-GB;q=nonsense,fr;q=0.1", "fr"),
        ("de;q=0, fr;q=0.2", "fr"),
        ("de; q=0.1 , fr ; q=0.9", "fr"),
        ("it, zz, *", None),
        ("", None),
        (",;q=1,\x00", None),
    ],
)
def test_a_browsers_language_is_the_best_that_we_have(accepted: str, locale: str | None) -> None:
    """The one that it likes best among ours; what is no language, or is refused, is passed over."""
    assert wanted_locale(accepted) == locale


@pytest.mark.parametrize(
    ("asked", "accepted", "code"),
    [
        ("fr", "de-AT,de;q=0.9", "fr"),
        (None, "de-AT,de;q=0.9", "de"),
        ("", "de", "de"),
        ("it", "de", "en"),
        ("<script>", "de", "en"),
        (None, "it", "en"),
    ],
)
def test_the_address_wins_over_the_browser(asked: str | None, accepted: str, code: str) -> None:
    """What is asked for in the address wins, an unknown language being English; then the browser, then English."""
    assert choose_language(asked, accepted).code == code


def test_a_page_knows_no_region() -> None:
    """Everyone who reads a language gets the same bytes, so its region is left out."""
    assert choose_language(None, "de-AT") == choose_language("de-CH", "") == Language.of("de")


def test_languages_are_named_as_their_speakers_do() -> None:
    """A list of languages is for those who do not read the page's."""
    names = [choose_language(code, "").own_name for code in LANGUAGES]
    assert names == ["English", "Deutsch", "Español", "Français", "Português", "日本語", "العربية"]
