"""Notices: what buyers are told, and when.

A trigger on each change writes the notice's row and defers the job that sends it, in the transaction of the change:
what is rolled back is not told, and nothing can be forgotten. A notice is told once a cause (order, kind, occurrence).
It is sent at least once: when nobody knows whether the mail server took it, it goes again under the same Message-ID.
"""

import json
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

from checkout.answers import OrderAnswers
from checkout.database import Database, Row
from checkout.errors import MailUnavailableError, ProofsMissingError
from checkout.letters import Letters
from checkout.mail import Postbox, Posted, Unpostable, open_postbox
from checkout.notice_rules import is_moot
from checkout.notice_words import Kind
from checkout.outbox import Run, TaskName
from checkout.sql import statements
from checkout.values import Document
from waitroom.mail_address import MailFolder, MailServer, read_mailbox
from waitroom.metrics import JobMetrics
from waitroom.settings import Settings

BATCH = 500


class NoticeState(StrEnum):
    """How far a notice has come."""

    WAITING = "waiting"
    SENT = "sent"
    MOOT = "moot"
    REFUSED = "refused"
    UNSENT = "unsent"


class Notices:
    """Sends the notices that wait; without a postbox they are kept as unsent."""

    def __init__(
        self,
        database: Database,
        letters: Letters,
        *,
        postbox: Postbox | None,
        address: MailServer | MailFolder | None,
        metrics: JobMetrics,
    ) -> None:
        self._database = database
        self._letters = letters
        self._postbox = postbox
        self._address = address
        self._metrics = metrics
        self._sql = statements("notices")
        metrics.notices_expected(kinds=Kind, states=[state for state in NoticeState if state != NoticeState.WAITING])

    def tasks(self) -> dict[TaskName, Run]:
        """The tasks of notices."""
        return {TaskName.SEND_NOTICE: self.send, TaskName.TELL_EVENT: self.tell_event}

    async def send(self, *, notice_id: int) -> None:
        """Send a notice, unless that was done or it is no longer true; raises MailUnavailableError."""
        notice: Document | None = await self._database.call(self._sql["find"], {"notice_id": notice_id})
        if notice is None or notice["state"] != NoticeState.WAITING:
            return
        if is_moot(notice):
            await self._settle(notice, NoticeState.MOOT)
        elif self._postbox is None or self._address is None:
            await self._settle(notice, NoticeState.UNSENT, failure="There is no mail server: WAITROOM_SMTP_URL.")
        else:
            await self._post(notice, self._postbox, self._address)

    async def tell_event(self, *, event_id: int, kind: str, occurrence: str, detail: Document) -> None:
        """Write the notices of an event that was moved or cancelled, a batch of buyers at a time.

        Raises ProofsMissingError while tickets still name the time before: a moved event is told with the new ones.
        """
        if kind == Kind.EVENT_MOVED and await self._database.call(self._sql["awaits_proofs"], {"event_id": event_id}):
            raise ProofsMissingError("The tickets of the moved event are still being proved for its new time.")
        values = {"event_id": event_id, "kind": Kind(kind), "occurrence": occurrence, "detail": json.dumps(detail)}
        last: str | None = ""
        while last is not None:
            last = await self._database.call(self._sql["tell_buyers"], values | {"after": last, "most": BATCH})

    async def _post(self, notice: Document, postbox: Postbox, address: MailServer | MailFolder) -> None:
        to = read_mailbox(notice["order"]["email"])
        if to is None:
            await self._settle(notice, NoticeState.REFUSED, failure="The buyer's address is none that mail can go to.")
            return
        mail = self._letters.write(notice, sender=address.sender, to=to, now=datetime.now(UTC))
        try:
            posted = await postbox.post(mail, to=to.addr_spec)
        except MailUnavailableError as away:
            values = {"notice_id": notice["notice_id"], "failure": str(away)}
            await self._database.call(self._sql["note_failure"], values)
            raise
        match posted:
            case Posted():
                await self._settle(notice, NoticeState.SENT)
            case Unpostable(reason=reason):
                await self._settle(notice, NoticeState.REFUSED, failure=reason)

    async def _settle(self, notice: Document, state: NoticeState, *, failure: str | None = None) -> None:
        values = {"notice_id": notice["notice_id"], "state": state, "failure": failure}
        await self._database.call(self._sql["settle"], values)
        self._metrics.notice_settled(notice["kind"], state=state)


def make_notices(settings: Settings, database: Database, *, metrics: JobMetrics) -> Notices:
    """Make what sends notices, as the settings say."""
    answers = OrderAnswers(settings.checkout_url)
    letters = Letters(answers, host=urlsplit(settings.checkout_url).hostname or "localhost")
    address = settings.mail()
    return Notices(database, letters, postbox=open_postbox(address), address=address, metrics=metrics)


async def list_notices(database: Database, *, states: list[str], most: int) -> list[Row]:
    """Return the newest notices in these states."""
    return await database.rows(statements("notices")["list"], {"states": states, "most": most})


async def release_notices(database: Database, *, notice_id: int | None = None) -> int:
    """Let one notice that was not sent, or all of them, be sent after all; return how many."""
    released: int = await database.call(statements("notices")["release"], {"notice_id": notice_id})
    return released
