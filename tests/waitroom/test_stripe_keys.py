"""Stripe's keys: complete, of the right kind, and of one mode."""

import pytest
from pydantic import SecretStr

from waitroom.cli.config import find_complaints
from waitroom.errors import ConfigurationError
from waitroom.settings import Payments, Settings

KEYS: dict[str, object] = {
    "payments": Payments.STRIPE,
    "stripe_api_key": SecretStr("sk_test_secret"),
    "stripe_publishable_key": "pk_test_public",
    "stripe_webhook_secret": SecretStr("whsec_secret"),
}


def with_keys(settings: Settings, **changes: object) -> Settings:
    """Settings of a shop that takes payments by Stripe."""
    return settings.model_copy(update=KEYS | changes)


def test_complete_keys_are_read(settings: Settings) -> None:
    """Nothing else is needed, and what is secret is not shown."""
    keys = with_keys(settings).stripe()
    assert (keys.api_key, keys.publishable_key, keys.webhook_secret) == (
        "sk_test_secret",
        "pk_test_public",
        "whsec_secret",
    )
    assert keys.mode == "test"
    assert "secret" not in repr(keys)
    assert find_complaints(with_keys(settings)) == []


def test_all_that_is_missing_is_named_at_once(settings: Settings) -> None:
    """Whoever sets Stripe up reads one message."""
    (complaint,) = find_complaints(settings.model_copy(update={"payments": Payments.STRIPE}))
    for name in ("API_KEY", "PUBLISHABLE_KEY", "WEBHOOK_SECRET"):
        assert f"WAITROOM_STRIPE_{name} is missing" in complaint


def test_the_sandbox_needs_none(settings: Settings) -> None:
    """Keys are looked at when they are used."""
    assert find_complaints(settings) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"stripe_api_key": SecretStr("pk_test_public")}, "STRIPE_API_KEY begins with"),
        ({"stripe_publishable_key": "sk_test_secret"}, "STRIPE_PUBLISHABLE_KEY begins with"),
        ({"stripe_webhook_secret": SecretStr("secret")}, "STRIPE_WEBHOOK_SECRET begins with"),
        ({"stripe_publishable_key": "pk_live_public"}, "two modes"),
        (
            {
                "stripe_api_key": SecretStr("sk_live_secret"),
                "stripe_publishable_key": "pk_live_public",
                "stripe_stand_in_url": "http://127.0.0.1:1",
            },
            "a live key must go to Stripe alone",
        ),
    ],
)
def test_a_wrong_key_is_named_and_not_shown(settings: Settings, changes: dict[str, object], complaint: str) -> None:
    """A secret key on a page, a mixture of modes, a live key sent elsewhere: none of it starts."""
    with pytest.raises(ConfigurationError, match=complaint) as refused:
        with_keys(settings, **changes).stripe()
    assert "secret" not in str(refused.value).replace("WEBHOOK_SECRET", "")
