"""Every text that fans may read has its words in every language, and they fit into the places of the source's."""

import json
import re
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import Any

import pytest
from babel.messages.catalog import Message

from edge.assets import Assets
from edge.messages import TRANSLATED, committed, texts, updated
from edge.rendering import OwnPage, Renderer
from edge.states import STATES
from tests.browser.stage import a_snapshot
from waitroom.web.languages import choose_language
from waitroom.web.problems import PROBLEMS

SAME_AS_SOURCE = {
    *((language, "{low}–{high}") for language in ("de", "fr", "pt", "ar")),  # noqa: RUF001 - as it is written
    *((language, "{days} d {clock}") for language in ("es", "pt")),
    *((language, "Code") for language in ("de", "fr")),
}
"""(language, text) where the right words are those of the source."""
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
MARK = re.compile("⟦[^⟦⟧]*⟧")
SPOKEN = {"aria-label", "alt", "title", "placeholder", "data-title", "data-says"}
"""The attributes that are shown or read out."""
NO_WORDS = re.compile(r"[\W\d_]*|UTC")


def messages(language: str) -> list[Message]:
    """Its messages, without the header."""
    return [message for message in committed(language) if message.id]


def forms(text: object) -> tuple[str, ...]:
    """A text's or a translation's forms: one, or those of a plural."""
    return (text,) if isinstance(text, str) else tuple(str(form) for form in text)  # type: ignore[attr-defined] # Babel says object


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    """No text is missing, empty, unsure or the English one, and none is left over."""
    known = {message.id: message for message in messages(language)}
    untranslated = {text for text, message in known.items() if message.fuzzy or not all(forms(message.string))}
    english = {
        text
        for text, message in known.items()
        if set(forms(text)) & set(forms(message.string)) and (language, text) not in SAME_AS_SOURCE
    }

    assert len(texts()) > 100
    assert set(known) == set(texts())
    assert untranslated == set()
    assert english == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_plural_has_the_forms_of_its_language(language: str) -> None:
    """Japanese has one form, Arabic six; each is filled in."""
    plurals = [message for message in messages(language) if message.pluralizable]
    wanted = committed(language).num_plurals
    assert {message.id for message in plurals if len(forms(message.string)) != wanted} == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_fill_in_the_same(language: str) -> None:
    """A translation has the places of its source, so that filling them in cannot fail.

    A plural form may leave its number out: Arabic has words for one and two.
    """
    wrong = set()
    for message in messages(language):
        source = sorted(PLACE.findall(forms(message.id)[-1]))
        for form in forms(message.string):
            found = sorted(PLACE.findall(form))
            if found != source and not (message.pluralizable and set(found) < set(source)):
                wrong.add((message.id, form))
    assert wrong == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_are_text(language: str) -> None:
    """Templates print translations as they are, so none may hold what HTML reads as markup; nor a stray place."""
    unsafe = {form for message in messages(language) for form in forms(message.string) if re.search(r'[<>&"]', form)}
    astray = {
        form
        for message in messages(language)
        for form in forms(message.string)
        if re.search(r"[%{}]", PLACE.sub("", form)) or form != form.strip()
    }
    assert unsafe == set()
    assert astray == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogues_are_what_make_messages_writes(language: str) -> None:
    """Texts stand in the order of the files, so that a change of one is a change of one."""
    today, kept = updated(language), committed(language)
    assert [message.id for message in today] == [message.id for message in kept]


class Marked(NullTranslations):
    """A language in which every text is in brackets: what stands outside was not marked."""

    def gettext(self, message: str) -> str:
        """The text in brackets."""
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The form in brackets."""
        return self.gettext(one if number == 1 else many)


class Reader(HTMLParser):
    """Collects what a person reads or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is read out of an element, and where we are."""
        self._within.append("chooser" if ("class", "tongues") in attrs else tag)
        self.heard += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        """Leave the element, and those in it that have no end."""
        ends = {"chooser": "nav"}
        while self._within and ends.get(self._within[-1], self._within[-1]) != tag:
            self._within.pop()
        if self._within:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        """Note the text, but for the names of languages and the script's own data, which has a test of its own."""
        if not {"chooser", "script", "code"} & set(self._within):
            self.heard.append(data)


def unmarked(html: str, *, own: set[str]) -> set[str]:
    """What a page says outside of the brackets, but for the organizer's words, numbers and times."""
    reader = Reader()
    reader.feed(html)
    rests = (PLACE.sub("", MARK.sub("", text)).strip() for text in reader.heard)
    return {rest for rest in rests if not NO_WORDS.fullmatch(rest)} - own


def scripts_own(html: str) -> set[str]:
    """What a page hands to its script outside of the brackets."""
    (found,) = re.findall(r'id="texts">([^<]+)<', html)
    values = [str(value) for value in json.loads(found).values()]
    assert values
    return {value for value in values if not MARK.fullmatch(value)}


def the_page(**changes: Any) -> tuple[Renderer, dict[str, Any]]:  # Any: JSON values
    """A renderer of the language of brackets, and a room to show."""
    renderer = Renderer(Assets.load(), choose_language("en", ""), Marked())
    return renderer, a_snapshot(name="THE ROOM", message="THE MESSAGE", **changes)


OWN = {"THE ROOM", "THE MESSAGE", "· THE ROOM", "minutes"}
"""The organizer's words, and what Babel writes in the renderer's own language."""


@pytest.mark.parametrize("phase", ["scheduled", "lobby", "open"])
def test_the_shared_page_says_nothing_unmarked(phase: str) -> None:
    """Every text of every state, also what is only read out, can be translated; the organizer's words stay."""
    renderer, snapshot = the_page(phase=phase, codes="required")
    html = renderer.shared(snapshot).body.decode()
    assert html.count("⟦") > 100
    assert "THE MESSAGE" in html
    assert unmarked(html, own=OWN) == set()


def test_the_scripts_own_texts_are_marked() -> None:
    """What the script says beside the sections comes from the catalogues, too."""
    renderer, snapshot = the_page()
    assert scripts_own(renderer.shared(snapshot).body.decode()) == set()


@pytest.mark.parametrize("state", STATES)
def test_the_page_of_one_fan_says_nothing_unmarked(state: str) -> None:
    """Without JavaScript, too, nothing is said that cannot be translated."""
    renderer, snapshot = the_page()
    html = renderer.own(snapshot, OwnPage(state=state, notice=None, refresh_seconds=5))
    assert unmarked(html, own=OWN) == set()


def test_the_check_of_the_draw_says_nothing_unmarked() -> None:
    """The page that checks the draw, and what its script says, are all in the catalogues."""
    renderer, snapshot = the_page()
    html = renderer.check(snapshot, address="https://night.example")
    assert scripts_own(html) == set()
    assert unmarked(html, own=OWN) == set()


def test_a_problem_says_nothing_unmarked() -> None:
    """A problem's page is all in the catalogues."""
    renderer, _ = the_page()
    assert unmarked(renderer.message(PROBLEMS["room-closed"], name="room-closed"), own=OWN) == set()


def test_what_is_not_marked_is_found() -> None:
    """The negative control: one text outside of the brackets fails, in the page and in what is read out."""
    chooser = '<nav class="tongues"><a>English</a></nav>'
    html = f'<html><p>⟦Fine⟧</p><p>Not <b>⟦fine⟧</b></p><input placeholder="Code">{chooser}</html>'
    assert unmarked(html, own=set()) == {"Not", "Code"}
