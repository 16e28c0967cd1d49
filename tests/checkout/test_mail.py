"""Mail on its way out: a password before anything, TLS before a password, and no secret in an error."""

import asyncio
import email.message
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from checkout import mail
from checkout.errors import MailUnavailableError
from checkout.mail import Posted, Unpostable, open_postbox
from tests.checkout.mail_host import MailHost
from waitroom.mail_address import MailServer, parse_mail_address


@pytest.fixture
async def mail_host() -> AsyncIterator[MailHost]:
    """A mail server."""
    host = MailHost()
    await host.start()
    yield host
    await host.stop()


async def post(url: str) -> Posted | Unpostable:
    """Post a mail by an address."""
    message = email.message.EmailMessage()
    message["Message-ID"] = "<1@shop.example>"
    message.set_content("Hello")
    postbox = open_postbox(parse_mail_address(url))
    assert postbox is not None
    return await postbox.post(message, to="fan@example.org")


async def test_a_server_that_asks_for_a_password_gets_it(mail_host: MailHost) -> None:
    """User and password of the address open it."""
    mail_host.password = "pass/word"
    url = f"smtp://us%40er:pass%2Fword@127.0.0.1:{mail_host.port}?from=tickets@shop.example"
    assert await post(url) == Posted()
    assert mail_host.logins == [(b"us@er", b"pass/word")]


async def test_a_password_that_is_wrong_is_told_and_not_shown(mail_host: MailHost) -> None:
    """The mail waits until the setting is mended; the error says what is wrong and neither user nor password."""
    mail_host.password = "another"
    url = f"smtp://us%40er:pass%2Fword@127.0.0.1:{mail_host.port}?from=tickets@shop.example"
    with pytest.raises(MailUnavailableError) as refused:
        await post(url)
    assert "does not accept our password" in str(refused.value)
    assert refused.value.__suppress_context__
    assert "pass/word" not in str(refused.value)
    assert mail_host.mails == []


async def test_nothing_is_said_before_tls_has_begun(mail_host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server elsewhere without STARTTLS gets no mail and no password; one on this machine does (the control)."""
    url = f"smtp://user:password@127.0.0.1:{mail_host.port}?from=tickets@shop.example"
    mail_host.password = "password"
    assert await post(url) == Posted()
    mail_host.logins.clear()
    monkeypatch.setattr(MailServer, "must_start_tls", True)
    with pytest.raises(MailUnavailableError):
        await post(url)
    assert (mail_host.logins, len(mail_host.mails)) == ([], 1)


async def test_a_server_that_hangs_is_left(mail_host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail that takes too long as a whole is put off."""
    monkeypatch.setattr(mail, "WHOLE_SECONDS", 0.3)
    mail_host.holds_mail = True
    with pytest.raises(MailUnavailableError, match="TimeoutError"):
        await post(mail_host.url)
    assert not asyncio.current_task().cancelling()  # type: ignore[union-attr] # a test runs in a task


async def test_a_server_that_is_not_there_is_away() -> None:
    """A refused connection is an outage."""
    with pytest.raises(MailUnavailableError):
        await post("smtp://127.0.0.1:1?from=tickets@shop.example")


async def test_a_folder_keeps_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Older mails make room, and the same mail is one file."""
    monkeypatch.setattr(mail, "MOST_KEPT", 2)
    for number in (1, 2, 3, 3):
        message = email.message.EmailMessage()
        message["Message-ID"] = f"<{number}@shop.example>"
        postbox = open_postbox(parse_mail_address(f"file://{tmp_path}/mail?from=tickets@shop.example"))
        assert postbox is not None
        await postbox.post(message, to="fan@example.org")
    assert {file.name for file in (tmp_path / "mail").iterdir()} == {"2.eml", "3.eml"}
