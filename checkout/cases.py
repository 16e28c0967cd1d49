"""Cases: what no machine can settle, put before a human with what to do about it."""

from dataclasses import dataclass
from datetime import datetime

from checkout.database import Database
from checkout.sql import statements

WHAT_TO_DO = {
    "call-refused": "The provider refuses a call of ours, which is a fault: look at the log of that moment, mend it "
    "(a key, a setting), then `waitroom cases retry`.",
    "outcome-unknown": "The provider was silent for a day. Find the payment in its dashboard by our payment id. If "
    "nothing is there, `waitroom cases retry` is safe; if money is reserved or taken there, let it go or give it back "
    "there, and close the case.",
    "capture-failed": "The bank did not honour its authorisation after the seats were promised. The seats are free "
    "again. Write to the buyer, offer seats that are left, and close the case.",
    "refund-failed": "The provider cannot give the money back, as when a card is closed. The tickets still hold. Find "
    "another way with the buyer, and close the case with what was agreed.",
    "refund-bounced": "The provider took a refund on, and then could not deliver it. The tickets have ended and the "
    "seats are free: find another way to give the money back, and close the case with what was agreed.",
    "refund-elsewhere": "More was given back than our refunds account for, as when somebody does so in the provider's "
    "dashboard. The tickets still hold. Cancel them with the buyer or leave them, and close the case.",
    "payment-disputed": "The buyer's bank disputes the payment. Answer it in the provider's dashboard, before its "
    "deadline, and close the case with how it ended.",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing for a human."""

    case_id: int
    kind: str
    order_id: str | None
    payment_id: str | None
    detail: str
    opened_at: datetime

    @property
    def what_to_do(self) -> str:
        """Say what helps."""
        return WHAT_TO_DO.get(self.kind, "Look at the order's entries: `waitroom ledger export`.")


class Cases:
    """Lists and closes cases."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("books")

    async def open(self) -> list[Case]:
        """Return the open cases, oldest first."""
        return [Case(**row) for row in await self._database.rows(self._sql["open_cases"])]

    async def count(self) -> dict[str, int]:
        """Count the open cases by kind."""
        rows = await self._database.rows(self._sql["count_cases"])
        return dict.fromkeys(WHAT_TO_DO, 0) | {row["kind"]: row["cases"] for row in rows}

    async def overdue_seconds(self) -> float:
        """For how long a call to the provider has been due that nobody made: 0 when somebody settles."""
        seconds: float = await self._database.call(self._sql["overdue"], {})
        return seconds

    async def close(self, case_id: int, *, closed_with: str) -> bool:
        """Close a case with what was done; False: there is no such open case."""
        values = {"case_id": case_id, "closed_with": closed_with}
        return await self._database.row(self._sql["close_case"], values) is not None

    async def retry(self, case_id: int) -> bool:
        """Have the case's call made again by the worker; False: this case has none that can be."""
        return await self._database.row(self._sql["retry_case"], {"case_id": case_id}) is not None
