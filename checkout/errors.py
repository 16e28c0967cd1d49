"""What is broken, as against what is refused: a refusal is a value."""

from waitroom import database
from waitroom.errors import WaitroomError


class CheckoutError(WaitroomError):
    """The root of the checkout's own errors."""


class DatabaseUnavailableError(CheckoutError, database.DatabaseUnavailableError):
    """PostgreSQL did not answer; nothing was done, or all of it: ask again with the same Idempotency-Key."""


class SeatsBusyError(CheckoutError, database.DatabaseBusyError):
    """Others held the locks for longer than we wait (a second); nothing was done."""


class UnstorableTextError(CheckoutError, database.UnstorableTextError):
    """A text that PostgreSQL cannot hold was looked for, so there is nothing of that name; nothing was done."""


class OutcomeUnknownError(CheckoutError):
    """The payment provider did not answer: whether it acted is not known, so nothing may be assumed."""


class MailUnavailableError(CheckoutError):
    """The mail server did not take a mail: it may later, and the same mail is then sent again."""


class ProofsMissingError(CheckoutError):
    """Tickets do not name the new time of their event yet: it is told once they do."""
