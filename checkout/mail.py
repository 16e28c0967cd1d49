"""Mail: handed to a server, or kept in a folder. Addresses and secrets stay out of errors, and so out of logs."""

import asyncio
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as LINES
from typing import Protocol

import aiosmtplib
from aiosmtplib import SMTPAuthenticationError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from checkout.errors import MailUnavailableError
from waitroom.mail_address import MailFolder, MailServer

ANSWER_SECONDS = 15.0
"""For each answer of the server."""
WHOLE_SECONDS = 60.0
"""For a whole mail, so that a server that drips keeps no lane busy."""
MOST_KEPT = 1000
"""Mails in a folder: a demo runs for days, and its crowd buys."""


@dataclass(frozen=True)
class Posted:
    """The server has it."""


@dataclass(frozen=True)
class Unpostable:
    """It will never be taken: not for this address, or not this mail."""

    reason: str


class Postbox(Protocol):
    """Takes mail. Raises MailUnavailableError when it may be taken later."""

    async def post(self, mail: EmailMessage, *, to: str) -> Posted | Unpostable:
        """Hand over one mail."""
        ...


def open_postbox(address: MailServer | MailFolder | None) -> Postbox | None:
    """Return the postbox at an address; nothing is connected to before a mail."""
    match address:
        case MailServer():
            return ServerPostbox(address)
        case MailFolder():
            return FolderPostbox(address)
        case None:
            return None


class ServerPostbox:
    """A mail server, a connection a mail.

    When it is away, slow or full, or refuses us, MailUnavailableError is raised and the mail is to be sent again; what
    it refuses for good (5xx to the address or the mail) is `Unpostable`. A connection that breaks after the
    mail was taken and before that is known sends it twice, under the same Message-ID.
    """

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def post(self, mail: EmailMessage, *, to: str) -> Posted | Unpostable:
        """Hand over one mail."""
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                return await self._send(mail, to=to)
        except SMTPAuthenticationError as refused:
            raise MailUnavailableError(f"The mail server does not accept our password ({refused.code}).") from None
        except SMTPResponseException as refused:
            raise MailUnavailableError(f"The mail server refused for now ({refused.code}).") from None
        except (SMTPException, OSError, TimeoutError) as away:
            raise MailUnavailableError(f"The mail server did not take it ({type(away).__name__}).") from None

    async def _send(self, mail: EmailMessage, *, to: str) -> Posted | Unpostable:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.is_tls,
            start_tls=server.must_start_tls,
            timeout=ANSWER_SECONDS,
        )
        async with client:
            try:
                await client.sendmail(server.sender.addr_spec, [to], mail.as_bytes(policy=LINES))
            except SMTPRecipientsRefused as refused:
                return _judge(refused.recipients[0], "address")
            except aiosmtplib.SMTPDataError as refused:
                return _judge(refused, "mail")
        return Posted()


class FolderPostbox:
    """A folder that keeps each mail as a file, the newest thousand; the same mail is the same file."""

    def __init__(self, address: MailFolder) -> None:
        self._folder = address.folder

    async def post(self, mail: EmailMessage, *, to: str) -> Posted | Unpostable:
        """Keep one mail."""
        assert to
        name = re.sub(r"[^\w.-]+", "", str(mail["Message-ID"]).partition("@")[0])
        try:
            await asyncio.to_thread(self._write, name, mail.as_bytes(policy=LINES))
        except OSError as full:
            raise MailUnavailableError(f"The mail could not be written ({full.strerror}).") from None
        return Posted()

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        half_written = self._folder / f".{name}.{os.getpid()}"
        half_written.write_bytes(content)
        half_written.rename(self._folder / f"{name}.eml")
        # Another worker may have deleted a file since it was listed.
        with suppress(FileNotFoundError):
            self._delete_oldest()

    def _delete_oldest(self) -> None:
        kept = sorted(self._folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        for file in kept[:-MOST_KEPT]:
            file.unlink(missing_ok=True)


def _judge(refused: SMTPResponseException, what: str) -> Unpostable:
    if 500 <= refused.code < 600:
        return Unpostable(f"The mail server refuses this {what} ({refused.code}).")
    raise refused
