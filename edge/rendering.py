"""Make the HTML of the waiting page from the templates, in one language."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from gettext import NullTranslations
from typing import Any, Self

from jinja2 import Environment, PackageLoader

from edge.assets import Assets, compress
from edge.states import STATES, notice_of, state_of
from edge.words import Words
from waitroom.chance import Chance
from waitroom.clock import parse_rfc3339
from waitroom.forecast import wait_range
from waitroom.web.languages import LANGUAGES, Language, choose_language
from waitroom.web.problems import ProblemType

Values = dict[str, Any]  # Any: what a template prints
Json = Mapping[str, Any]  # Any: JSON values

NOTICES = (
    "offline",
    "away",
    "unreached",
    "recovering",
    "paused",
    "slowed",
    "busy",
    "refused",
    "code-required",
    "code-refused",
    "move-code-refused",
    "too-many-guesses",
    "no-more-time",
)

SOON_MS = 120_000
"""So long before its end a turn is said to end, with a way to more time."""

# The members of the snapshot that the shared page is made of: while they stay, so do its bytes.
_SHOWN = ("name", "phase", "sold_out", "lobby_at", "lobby_closes_at", "release_at", "codes", "message", "branding")


@dataclass(frozen=True, kw_only=True)
class SharedPage:
    """The page's bytes, the same for every fan of a room."""

    body: bytes
    gzipped: bytes
    etag: str

    @classmethod
    def of(cls, html: str) -> Self:
        """Compress once for all who ask."""
        body = html.encode()
        # Weak: the same page in two encodings.
        return cls(body=body, gzipped=compress(body), etag=f'W/"{hashlib.sha256(body).hexdigest()[:20]}"')


@dataclass(frozen=True, kw_only=True)
class OwnPage:
    """What one fan without JavaScript is shown; `refresh_seconds` None: the page stays as it is."""

    state: str | None
    notice: str | None
    values: Values = field(default_factory=dict)
    refresh_seconds: int | None = None


class Renderer:
    """The templates in one language, and the shared pages that were made last.

    `translations` takes the place of the language's catalogue.
    """

    def __init__(self, assets: Assets, language: Language, translations: NullTranslations | None = None) -> None:
        self.language = language.code
        self._words = Words(language, translations)
        self._shared: dict[str, tuple[str, SharedPage]] = {}
        self._templates = Environment(
            loader=PackageLoader("edge"),
            extensions=["jinja2.ext.i18n"],
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.install_gettext_translations(self._words.translations, newstyle=True)  # type: ignore[attr-defined] # the extension adds it
        self._templates.globals |= {
            "asset": assets.path_of,
            "lang": language.code,
            "direction": language.direction,
            "languages": own_names(),
            "branding": None,
        }

    def shared(self, snapshot: Json) -> SharedPage:
        """Return the page of a room, made anew only when something that it shows has changed."""
        room = snapshot["room"]
        shown = json.dumps(
            [snapshot[name] for name in _SHOWN] + [snapshot["draw"]["commitment"], snapshot.get("rehearsal")]
        )
        known, page = self._shared.get(room, (None, None))
        if page is None or known != shown:
            page = SharedPage.of(self._render_shared(snapshot))
            self._shared[room] = (shown, page)
        return page

    def own(self, snapshot: Json, page: OwnPage) -> str:
        """Write the page of one fan."""
        return self._render(
            "place.html",
            room=snapshot["room"],
            here=f"/r/{snapshot['room']}/place",
            name=snapshot["name"],
            branding=snapshot["branding"],
            state=page.state or "",
            shown=[page.state],
            notices=[page.notice],
            notice_shown=page.notice,
            refresh_seconds=page.refresh_seconds,
            v=self._of_room(snapshot) | self._counts(snapshot) | page.values,
        )

    def message(self, kind: ProblemType, *, name: str = "") -> str:
        """Write the page of a problem; with its name, what machines are told of it, too."""
        return self._render("message.html", room="", name="", here="", state="missing", kind=kind, problem=name)

    def check(self, snapshot: Json, *, address: str) -> str:
        """Write the page that checks the draw; `address` is where machines find the rooms."""
        room = snapshot["room"]
        told = {"name": snapshot["name"], "branding": snapshot["branding"], "here": f"/r/{room}/check"}
        return self._render("check.html", room=room, state="check", address=address, **told)

    def of_fan(self, snapshot: Json, place: Json) -> Values:
        """The values that concern one fan, in words; what is not known is left out."""
        ahead = place["ahead"]
        values: Values = {}
        if ahead is not None:
            values["ahead"] = self._words.count(ahead, exact=place["exact"])
            values["place"] = self._words.place(ahead, exact=place["exact"])
            # Nobody knows how long a pause lasts.
            values["wait"] = self._words.wait(None if snapshot["paused"] else place["wait_seconds"])
        if place["chance"] is not None:
            values["chance"] = self._words.chance(Chance(place["chance"]))
        if place["claim_by"] is not None:
            values["claim_at"] = self._words.moment(place["claim_by"])
            left = parse_rfc3339(place["claim_by"]) - parse_rfc3339(snapshot["now"])
            values |= {"claim_soon": ""} if left <= SOON_MS else {}
        return values

    def moment(self, time: str) -> str:
        """Write a moment in words."""
        return self._words.moment(time)

    def _render_shared(self, snapshot: Json) -> str:
        return self._render(
            "waiting.html",
            room=snapshot["room"],
            here=f"/r/{snapshot['room']}",
            name=snapshot["name"],
            branding=snapshot["branding"],
            state=state_of(snapshot, None),
            shown=STATES,
            notices=NOTICES,
            notice_shown=None,
            v=self._of_room(snapshot),
        )

    def _render(self, template: str, **context: Any) -> str:  # Any: what a template prints
        html = self._templates.get_template(template).render(context)
        # Indentation and empty lines are for us: no element of ours keeps white space.
        return re.sub(r"\n\s*", "\n", html).strip()

    def _of_room(self, snapshot: Json) -> Values:
        times = {
            "lobby_at": snapshot["lobby_at"] or snapshot["release_at"],
            "draw_at": snapshot["lobby_closes_at"] or snapshot["release_at"],
            "release_at": snapshot["release_at"],
        }
        # A moment that is past says nothing to a fan.
        ahead = {name: self._words.moment(time) for name, time in times.items() if time and time > snapshot["now"]}
        asks = {} if snapshot["codes"] == "off" else {"codes": "", f"code_{snapshot['codes']}": ""}
        asks |= {"published": ""} if snapshot["draw"]["seed"] else {}
        # A room says that it rehearses, or says nothing.
        rehearses = {"rehearsal": ""} if snapshot.get("rehearsal") else {}
        shown = {"commitment": snapshot["draw"]["commitment"], "message": snapshot["message"]}
        return shown | ahead | asks | rehearses

    def _counts(self, snapshot: Json) -> Values:
        rates = snapshot["measured_per_minute"], snapshot["rate_per_minute"]
        values = {
            "lobby": self._words.count(snapshot["lobby"] or snapshot["draw"]["entrants"] or 0, exact=True),
            "others": self._words.count(max(0, snapshot["lobby"] - 1), exact=True),
            "waiting": self._words.count(snapshot["waiting"], exact=True),
            "wait_now": self._words.wait(None if snapshot["paused"] else wait_range(snapshot["waiting"], *rates)),
        }
        if snapshot["draw"]["seed"] is not None:
            values["published"] = ""
        if snapshot["seats_left"] is not None:
            values["seats"] = self._words.count(snapshot["seats_left"], exact=True)
        return values


def own_names() -> dict[str, str]:
    """Return the languages to choose from, each by its own name."""
    return {code: choose_language(code, "").own_name for code in LANGUAGES}


def own_notice(snapshot: Json) -> str | None:
    """What concerns everyone now."""
    return notice_of(snapshot, now=snapshot["now"])
