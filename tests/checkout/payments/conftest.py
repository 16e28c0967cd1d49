"""Stripe's stand-in: localstripe as a process of its own, behind a proxy of ours that keeps Stripe's word."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.checkout.payments.fault_proxy import API_KEY, FaultProxy
from tests.checkout.payments.stand_in import PUBLISHABLE_KEY, WEBHOOK_SECRET, run_localstripe
from waitroom.stripe_keys import StripeKeys


@pytest.fixture(scope="session")
def localstripe_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of this worker's localstripe."""
    with run_localstripe(tmp_path_factory.mktemp("localstripe")) as url:
        yield url


@pytest.fixture
async def proxy(localstripe_url: str) -> AsyncIterator[FaultProxy]:
    """What the checkout takes for Stripe; its books are empty."""
    proxy = FaultProxy(localstripe_url)
    await proxy.start()
    yield proxy
    await proxy.stop()


@pytest.fixture
def stripe_keys(proxy: FaultProxy) -> StripeKeys:
    """The keys of a shop whose Stripe is the proxy."""
    return StripeKeys(
        api_key=API_KEY, publishable_key=PUBLISHABLE_KEY, webhook_secret=WEBHOOK_SECRET, stand_in_url=proxy.url
    )
