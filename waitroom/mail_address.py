"""Where mail goes, in one address: a server that takes it, or a folder that keeps it.

| address | where |
|---|---|
| `smtp://user:password@host:587?from=Tickets <t@shop.example>` | a server; STARTTLS unless it is on this machine |
| `smtps://user:password@host:465?from=...` | a server, under TLS from the first byte |
| `file:///path?from=...` | a folder: a file a mail, for a demo or a trial |

What is not a letter or a digit in user and password is percent-encoded. `from` is needed: who the mail is from.
"""

from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

PORTS = {"smtp": 587, "smtps": 465}
FORMS = "smtp://, smtps:// or file:///"


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """A server that takes mail; `is_tls` from the first byte, otherwise by STARTTLS when `must_start_tls`."""

    host: str
    port: int
    sender: Address
    is_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def must_start_tls(self) -> bool:
        """Whether nothing may be said before TLS has begun: everywhere but on this machine."""
        return not self.is_tls and not _is_loopback(self.host)


@dataclass(frozen=True, kw_only=True)
class MailFolder:
    """A folder that keeps mail."""

    folder: Path
    sender: Address


def parse_mail_address(text: str) -> MailServer | MailFolder:
    """Read an address; raises ValueError, which says what is wrong and not what was given."""
    parts = urlsplit(text)
    sender = _read_sender(parts)
    if parts.scheme == "file":
        if parts.netloc or not parts.path.startswith("/"):
            raise ValueError("a folder is written like file:///var/mail/waitroom?from=...")
        return MailFolder(folder=Path(unquote(parts.path)), sender=sender)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(f"an address that starts with {FORMS} is needed")
    return MailServer(
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        sender=sender,
        is_tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def read_mailbox(text: str) -> Address | None:
    """Read one mail address without a name, whose domain may have any letters; None when it is not exactly one."""
    user, _, domain = text.rpartition("@")
    try:
        return Address(addr_spec=f"{user}@{domain.encode('idna').decode()}")
    except (ValueError, IndexError, HeaderParseError):
        return None


def _read_sender(parts: SplitResult) -> Address:
    given = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if set(given) != {"from"}:
        raise ValueError("?from= is needed, and nothing else: who the mail is from")
    name, address = parseaddr(given["from"][-1])
    mailbox = read_mailbox(address)
    if mailbox is None or not mailbox.domain:
        raise ValueError("?from= is no mail address; write it like from=Tickets <tickets@shop.example>")
    return Address(display_name=name, username=mailbox.username, domain=mailbox.domain)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
