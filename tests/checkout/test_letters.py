"""Letters: every kind in every language, with all that it has to say and nothing from afar."""

import re
from datetime import UTC, datetime
from email.headerregistry import Address

import pytest

from checkout.answers import OrderAnswers
from checkout.languages import Language
from checkout.letters import Letters, one_line
from checkout.notice_words import WORDS, Kind
from checkout.values import Document
from waitroom.web.languages import LANGUAGES

ADDRESS = "https://shop.example"
SENDER, BUYER = Address("Box office", "tickets", "shop.example"), Address("", "fan", "example.org")
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def a_notice(kind: Kind, *, locale: str | None = "en") -> Document:
    """A notice of an order of one ticket."""
    order = {
        "order_id": "order_1",
        "secret": "a-secret",
        "event_name": "Gig & <Friends>",
        "venue": "Hall",
        "starts_at_ms": 1_806_087_600_000,
        "amount": 5_000,
        "currency": "usd",
        "lines": [{"seat": "F-A-1"}],
        "tickets": [{"ticket_id": "ticket_1", "seat": "F-A-1", "proof": "proof-of-the-seat"}],
    }
    detail = {"amount": 2_500, "before_ms": 1_806_000_000_000}
    return {"notice_id": 7, "kind": kind, "detail": detail, "state": "waiting", "order": order, "locale": locale}


def parts_of(kind: Kind, *, locale: str | None = "en") -> tuple[str, str, str]:
    """Subject, text and HTML of a letter."""
    letters = Letters(OrderAnswers(ADDRESS), host="shop.example")
    mail = letters.write(a_notice(kind, locale=locale), sender=SENDER, to=BUYER, now=NOW)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return str(mail["Subject"]), text.get_content(), html.get_content()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_written_in_every_language(kind: Kind, language: str) -> None:
    """All lines are there in that language, filled in; the HTML names it, and fetches nothing."""
    subject, text, html = parts_of(kind, locale=language)
    say = Language.of(language).words.gettext

    assert say(WORDS[kind].heading) in text
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in html
    assert "Gig & <Friends>" in subject + text
    assert "Gig &amp; &lt;Friends&gt;" in html
    assert f"{ADDRESS}/v1/orders/order_1?secret=a-secret" in text
    assert "%(" not in subject + text + html
    assert not re.search(r"(src|url)\W+https?:", html)
    assert ("proof-of-the-seat" in text) == WORDS[kind].has_tickets


def test_a_refund_names_its_own_amount() -> None:
    """Half of the order is half of the order."""
    _, text, _ = parts_of(Kind.REFUNDED)
    assert "We have given back $25.00." in text


def test_a_header_is_one_line() -> None:
    """Line ends of every kind, control characters and what turns text round are gone."""
    assert one_line(" a\r\nBcc:\u2028b\x00\u202ec\t ") == "a Bcc: b c"
