"""Localstripe as a process of its own, and the keys of a shop that takes it for Stripe."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import SecretStr

from tests.checkout.payments.fault_proxy import API_KEY
from tests.patience import PATIENCE_SECONDS
from waitroom.embedded import Command, LeashedProcess, free_port
from waitroom.embedded.process import wait_until_ready
from waitroom.settings import Payments, Settings

WEBHOOK_SECRET = "whsec_" + "w" * 32
PUBLISHABLE_KEY = "pk_test_localstripe"


@contextmanager
def run_localstripe(folder: Path) -> Iterator[str]:
    """Run localstripe and return its address."""
    port, program = free_port(), Path(__file__).with_name("run_localstripe.py")
    command = Command(
        name="localstripe",
        arguments=[sys.executable, program, "--port", str(port), "--from-scratch"],
        environment=dict(os.environ),
        folder=folder,
    )
    process = LeashedProcess(command, log=folder / "localstripe.log")
    url = f"http://127.0.0.1:{port}"
    wait_until_ready(process, lambda: _answers(url), limit_seconds=PATIENCE_SECONDS)
    try:
        yield url
    finally:
        process.stop()


def with_stripe(settings: Settings, *, stand_in_url: str) -> Settings:
    """Settings of a shop whose Stripe is at this address."""
    return settings.model_copy(
        update={
            "payments": Payments.STRIPE,
            "stripe_api_key": SecretStr(API_KEY),
            "stripe_publishable_key": PUBLISHABLE_KEY,
            "stripe_webhook_secret": SecretStr(WEBHOOK_SECRET),
            "stripe_stand_in_url": stand_in_url,
        }
    )


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/balance", auth=(API_KEY, "")).status_code == 200
    except httpx.TransportError:
        return False
