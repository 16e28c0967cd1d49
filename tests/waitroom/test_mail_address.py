"""Where mail goes: three forms, a sender in each, TLS wherever mail leaves the machine."""

from pathlib import Path

import pytest

from waitroom.errors import ConfigurationError
from waitroom.mail_address import MailFolder, MailServer, parse_mail_address, read_mailbox
from waitroom.settings import PREFIX, Settings


def test_a_server_is_read_with_its_secrets() -> None:
    """User and password are decoded, and no representation shows the password."""
    server = parse_mail_address("smtp://us%40er:pass%2Fword@mail.example?from=Box Office <t@shop.example>")
    assert isinstance(server, MailServer)
    assert (server.host, server.port, server.user, server.password) == ("mail.example", 587, "us@er", "pass/word")
    assert str(server.sender) == "Box Office <t@shop.example>"
    assert "pass" not in repr(server)


@pytest.mark.parametrize(
    ("address", "is_tls", "must_start_tls"),
    [
        ("smtp://mail.example", False, True),
        ("smtps://mail.example", True, False),
        ("smtp://127.0.0.1:2525", False, False),
        ("smtp://localhost", False, False),
        ("smtp://[::1]", False, False),
        ("smtp://10.0.0.5", False, True),
    ],
)
def test_nothing_leaves_the_machine_in_the_clear(address: str, is_tls: bool, must_start_tls: bool) -> None:
    """TLS from the first byte, or STARTTLS before anything else; on the loopback neither is asked for."""
    server = parse_mail_address(f"{address}?from=t@shop.example")
    assert isinstance(server, MailServer)
    assert (server.is_tls, server.must_start_tls) == (is_tls, must_start_tls)


def test_a_folder_is_read() -> None:
    """A path with anything in it, percent-encoded."""
    folder = parse_mail_address("file:///var/a%20b?from=t@shop.example")
    assert isinstance(folder, MailFolder)
    assert folder.folder == Path("/var/a b")


@pytest.mark.parametrize(
    "address",
    [
        "smtp://mail.example",
        "smtp://mail.example?from=nobody",
        "smtp://mail.example?from=a@b.example&x=1",
        "http://mail.example?from=a@b.example",
        "file://host/path?from=a@b.example",
        "smtp://?from=a@b.example",
        "smtp://mail.example:port?from=a@b.example",
    ],
)
def test_what_is_no_address_is_named_without_its_value(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting is named, what was given is not."""
    monkeypatch.setenv(f"{PREFIX}SMTP_URL", address)
    with pytest.raises(ConfigurationError, match="WAITROOM_SMTP_URL") as wrong:
        Settings.from_env()
    assert "mail.example" not in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("fan@example.org", "fan@example.org"),
        ("fan@bücher.example", "fan@xn--bcher-kva.example"),
        ("a,b@example.org", None),
        ("x<y>@example.org", None),
        ("a b@example.org", None),
        ("@example.org", None),
        ("nobody", None),
        ("ü@example.org", None),
    ],
)
def test_one_mailbox_is_one_mailbox(text: str, mailbox: str | None) -> None:
    """What is not exactly one address is none; a domain of any letters is written as mail servers know it."""
    found = read_mailbox(text)
    assert (None if found is None else found.addr_spec) == mailbox
