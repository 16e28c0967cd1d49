"""Stripe's stand-in: localstripe as a process of its own, behind a proxy of ours that keeps Stripe's word."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.checkout.payments.fault_proxy import API_KEY, FaultProxy
from waitroom.embedded import Command, LeashedProcess, free_port
from waitroom.embedded.process import wait_until_ready
from waitroom.stripe_keys import StripeKeys

READY_SECONDS = 60.0
WEBHOOK_SECRET = "whsec_" + "w" * 32
PUBLISHABLE_KEY = "pk_test_localstripe"


@pytest.fixture(scope="session")
def localstripe_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of this worker's localstripe."""
    port, program = free_port(), Path(__file__).with_name("run_localstripe.py")
    command = Command(
        name="localstripe",
        arguments=[sys.executable, program, "--port", str(port), "--from-scratch"],
        environment=dict(os.environ),
        folder=tmp_path_factory.mktemp("localstripe"),
    )
    process = LeashedProcess(command, log=tmp_path_factory.mktemp("log") / "localstripe.log")
    url = f"http://127.0.0.1:{port}"
    wait_until_ready(process, lambda: _answers(url), limit_seconds=READY_SECONDS)
    yield url
    process.stop()


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


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/balance", auth=(API_KEY, "")).status_code == 200
    except httpx.TransportError:
        return False
