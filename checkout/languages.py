"""What buyers are written to in: the checkout's words, money and moments as the buyer's language has them."""

from datetime import UTC, datetime
from gettext import NullTranslations

from babel.dates import format_date, format_time, get_datetime_format
from babel.numbers import format_currency

from checkout.values import DECIMALS, Money
from waitroom.web.languages import Language as AnyLanguage

PACKAGE = "checkout"


class Language(AnyLanguage):
    """A language with the checkout's catalogue."""

    @property
    def words(self) -> NullTranslations:
        """The catalogue; English says what the source says."""
        return self.words_of(PACKAGE)

    def money(self, money: Money) -> str:
        """Write an amount, with the currency's own number of digits."""
        amount = money.amount / 10 ** DECIMALS.get(money.currency, 2)
        return str(format_currency(amount, money.currency.upper(), locale=self.locale))

    def moment(self, ms: int) -> str:
        """Write a day and a time, in UTC."""
        moment = datetime.fromtimestamp(ms / 1000, UTC)
        day, time = format_date(moment, "full", self.locale), format_time(moment, "short", locale=self.locale)
        joined = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        return joined.replace("{1}", day).replace("{0}", f"{time} UTC")
