"""A real mail server in the test's own loop, on one port that it keeps over stops and starts."""

import asyncio
import email
import email.policy
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from waitroom.embedded import free_port


@dataclass
class MailHost:
    """What it was given, and what it answers to addresses and mails."""

    port: int = field(default_factory=free_port)
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answer_to_address: str = "250 OK"
    answer_to_mail: str = "250 OK"
    password: str | None = None
    """What it asks for before it takes anything."""
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    holds_mail: bool = False
    """Whether it keeps silent once it has a mail."""
    has_mail: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Its address, as a setting."""
        return f"smtp://127.0.0.1:{self.port}?from=Box Office <tickets@shop.example>"

    async def start(self) -> None:
        """Take mail."""
        self._server = await asyncio.get_running_loop().create_server(self._speak, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Take none, and refuse connections."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _speak(self) -> SMTP:
        return SMTP(
            self,
            hostname="mail.test",
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
    ) -> AuthResult:
        self.logins.append((login.login, login.password))
        return AuthResult(success=login.password.decode() == self.password, handled=False)

    async def handle_RCPT(  # noqa: N802 - the server's own name of the hook
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Judge an address."""
        if self.password is not None and not session.authenticated:
            return "530 Authentication required"
        if self.answer_to_address.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer_to_address

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Keep a mail."""
        assert isinstance(envelope.content, bytes)
        if self.answer_to_mail.startswith("250"):
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.recipients.append([str(address) for address in envelope.rcpt_tos])
        self.has_mail.set()
        if self.holds_mail:
            await asyncio.Event().wait()
        return self.answer_to_mail
