"""What Stripe knows a shop by: the keys of one mode, test or live, that belong together."""

from dataclasses import dataclass

from waitroom.errors import ConfigurationError

LIVE = "live"
FORMS = {
    "STRIPE_API_KEY": ("sk_test_", "sk_live_", "rk_test_", "rk_live_"),
    "STRIPE_PUBLISHABLE_KEY": ("pk_test_", "pk_live_"),
    "STRIPE_WEBHOOK_SECRET": ("whsec_",),
}
"""How the value of each setting begins."""


@dataclass(frozen=True, kw_only=True)
class StripeKeys:
    """The keys of a shop; `stand_in_url` is set where tests put something else in Stripe's place."""

    api_key: str
    publishable_key: str
    webhook_secret: str
    stand_in_url: str | None = None

    def __repr__(self) -> str:
        """Say nothing of what is secret."""
        return f"StripeKeys({self.mode})"

    @property
    def mode(self) -> str:
        """`test` or `live`."""
        return self.api_key.split("_")[1]

    @classmethod
    def parse(cls, values: dict[str, str | None], *, stand_in_url: str | None = None) -> "StripeKeys":
        """Read the settings of `FORMS`; raises ConfigurationError that names each that is missing or wrong."""
        complaints = [complaint for name in FORMS if (complaint := _complain(name, values.get(name)))]
        if complaints:
            raise ConfigurationError("\n".join(complaints))
        read = {name.removeprefix("STRIPE_").lower(): str(values[name]) for name in FORMS}
        keys = cls(stand_in_url=stand_in_url, **read)
        if keys.publishable_key.split("_")[1] != keys.mode:
            raise ConfigurationError("STRIPE_API_KEY and STRIPE_PUBLISHABLE_KEY are of two modes, test and live.")
        if stand_in_url is not None and keys.mode == LIVE:
            raise ConfigurationError("STRIPE_STAND_IN_URL is for tests; a live key must go to Stripe alone.")
        return keys


def _complain(name: str, value: str | None) -> str | None:
    if value is None:
        return f"{name} is missing, and PAYMENTS=stripe needs it."
    forms = FORMS[name]
    return None if value.startswith(forms) else f"{name} begins with {' or '.join(forms)}; this one does not."
