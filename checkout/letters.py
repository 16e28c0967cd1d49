"""A notice as a mail: text and HTML in the buyer's language, tickets as pictures inside, nothing fetched from afar."""

import re
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from checkout.answers import OrderAnswers
from checkout.languages import Language
from checkout.notice_words import WORDS, Kind
from checkout.qr import qr_png
from checkout.values import Document, Money

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
"""Control characters, line ends of every kind, and what turns the direction of text round."""
MOST_IN_SUBJECT = 150
Values = Mapping[str, Any]  # Any: what a template prints


class Letters:
    """Writes the mails."""

    def __init__(self, answers: OrderAnswers, *, host: str) -> None:
        self._answers = answers
        self._host = host
        self._text = _environment(escapes=False)
        self._html = _environment(escapes=True)

    def write(self, notice: Document, *, sender: Address, to: Address, now: datetime) -> EmailMessage:
        """Write the mail of a notice; the same notice has the same Message-ID."""
        language, order = Language.of(notice["locale"]), notice["order"]
        words, facts = WORDS[Kind(notice["kind"])], _facts(notice, language)
        say = language.words.gettext
        tickets = [ticket for ticket in order["tickets"] if ticket["proof"] and words.has_tickets]
        values = {
            "heading": say(words.heading),
            "lines": [say(line) % facts for line in words.lines],
            "facts": facts,
            "order": order,
            "seats": [line["seat"] for line in order["lines"]],
            "tickets": [ticket | {"cid": f"{ticket['ticket_id']}@{self._host}"} for ticket in tickets],
            "order_url": self._answers.order_url(order),
            "language": language,
            "_": say,
        }
        mail = EmailMessage()
        mail["Subject"] = one_line(say(words.subject) % facts)[:MOST_IN_SUBJECT]
        mail["From"] = sender
        mail["To"] = to
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<notice-{notice['notice_id']}.{order['order_id']}@{self._host}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["Content-Language"] = language.code
        self._fill(mail, values)
        return mail

    def _fill(self, mail: EmailMessage, values: Values) -> None:
        mail.set_content(self._text.get_template("notices/letter.txt").render(values))
        mail.add_alternative(self._html.get_template("notices/letter.html").render(values), subtype="html")
        _, html = mail.iter_parts()
        for ticket in values["tickets"]:
            name = f"{ticket['ticket_id']}.png"
            cid = f"<{ticket['cid']}>"
            html.add_related(qr_png(ticket["proof"]), "image", "png", cid=cid, filename=name, disposition="inline")


def one_line(text: str) -> str:
    """Make what a vendor has written fit for a header: one line, without characters that no eye sees."""
    return " ".join(UNPRINTABLE.sub(" ", text).split())


def _facts(notice: Document, language: Language) -> dict[str, str]:
    order, detail = notice["order"], notice["detail"]
    given_back = Money(amount=detail.get("amount", order["amount"]), currency=order["currency"])
    return {
        "event": one_line(order["event_name"]),
        "venue": one_line(order["venue"]),
        "starts": language.moment(order["starts_at_ms"]),
        "before": language.moment(detail.get("before_ms", order["starts_at_ms"])),
        "total": language.money(Money.of(order)),
        "amount": language.money(given_back),
    }


def _environment(*, escapes: bool) -> Environment:
    return Environment(
        loader=PackageLoader("checkout"),
        autoescape=escapes,  # noqa: S701 - the text part has no markup to escape from
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
