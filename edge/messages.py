"""The texts that fans may read, and the catalogues brought up to date with them (`make messages`).

A new text goes into every catalogue without a translation, and the tests fail until it has one; a text that is gone
goes out of them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from waitroom.web.languages import LANGUAGES, SOURCE
from waitroom.web.problems import PROBLEMS

FOLDER = Path(str(files("edge")))
METHODS = [("templates/**", "jinja2.ext:babel_extract"), ("*.py", "python")]
KEYWORDS = {name: DEFAULT_KEYWORDS[name] for name in ("_", "ngettext")}
MOST_COLUMNS = 120
SINCE = datetime(2026, 11, 27, tzinfo=UTC)
"""The files change with their texts alone."""
TRANSLATED = tuple(language for language in LANGUAGES if language != SOURCE)

FANS_PROBLEMS = (
    "not-found",
    "cross-site",
    "internal-error",
    "room-missing",
    "room-not-open",
    "room-closed",
    "code-required",
    "code-refused",
    "room-paused",
    "other-epoch",
    "pass-required",
    "pass-moved",
    "move-code-refused",
    "no-more-moves",
    "no-more-time",
    "too-many-joins",
    "queue-unavailable",
    "not-your-turn",
    "turn-over",
    "not-yet",
)
"""The problems that a fan may meet; the others are for those who write programs, and stay English."""

HEADER = """\
# What fans read ({language}); the source is English, in edge/templates, edge/*.py and waitroom/web/problems.py.
# `make messages` brings this file up to date."""
Text = str | tuple[str, ...]


def texts() -> dict[Text, None]:
    """Return every text that fans may read, in the order of the files; a plural is a pair."""
    return dict.fromkeys([*_marked(), *_of_problems()])


def catalogue_path(language: str) -> Path:
    """Return where a language's catalogue is."""
    return FOLDER / "locales" / language / "LC_MESSAGES" / "edge.po"


def committed(language: str) -> Catalog:
    """Return a language's catalogue as it is; of a new language, an empty one."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str) -> Catalog:
    """Return a language's catalogue with today's texts and the translations that it has of them."""
    catalogue = Catalog(
        locale=language,
        header_comment=HEADER.format(language=language),
        project="waitroom",
        version="1",
        creation_date=SINCE,
        revision_date=SINCE,
        fuzzy=False,
    )
    known = committed(language)
    for text in texts():
        message = known.get(text)
        catalogue.add(text, message.string if message else None)
    return catalogue


def write_catalogues() -> None:
    """Bring every catalogue up to date."""
    for language in TRANSLATED:
        catalogue = updated(language)
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=MOST_COLUMNS, omit_header=False)


def _marked() -> Iterator[Text]:
    for _, _, message, _, _ in extract_from_dir(FOLDER, METHODS, keywords=KEYWORDS):
        yield message if isinstance(message, str) else tuple(message)


def _of_problems() -> Iterator[Text]:
    for name in FANS_PROBLEMS:
        yield from (PROBLEMS[name].title, PROBLEMS[name].advice)


if __name__ == "__main__":
    write_catalogues()
