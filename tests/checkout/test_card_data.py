"""No card data ever touches us: nothing that we publish or show has a place for it."""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from tests.checkout.conftest import Connection
from tests.checkout.fans import CONTRACT, Fan, a_key
from tests.openapi import Contract

OF_CARDS = re.compile(r"card|cvc|cvv|csc|pan\b|expir(y|ation)|exp_|iban|account_number|security_code", re.IGNORECASE)
NUMBERS = ["4242424242424242", "pm_4242424242424242", "4242 4242 4242 4242", "378282246310005"]


def fields_of(schema: Any) -> Iterator[str]:  # Any: JSON Schema
    """The names of all properties in a schema."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from fields_of(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from fields_of(part)


@pytest.mark.parametrize("contract", [CONTRACT, Contract("checkout/vendor-openapi.yaml")], ids=["fans", "vendors"])
def test_no_body_has_a_field_for_a_card(contract: Contract) -> None:
    """Neither what fans send nor what vendors send."""
    names = list(fields_of(contract.document))
    assert len(names) > 20
    assert [name for name in names if OF_CARDS.search(name)] == []


def test_no_form_has_a_field_for_a_card() -> None:
    """Stripe's element is a frame of Stripe's; our own inputs ask for nothing of the kind."""
    templates = [file for file in files("checkout").joinpath("templates").iterdir() if file.name.endswith(".html")]
    inputs = [tag for file in templates for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", file.read_text())]
    assert len(inputs) > 5
    attributes = [value for tag in inputs for value in re.findall(r'(?:name|id|autocomplete)="([^"]*)"', tag)]
    assert [value for value in attributes if OF_CARDS.search(value) or value.startswith("cc-")] == []


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("field", ["payment_method", "email", "locale", "card_number"])
async def test_a_cards_number_is_refused_and_kept_nowhere(
    fan: Fan, database: Connection, field: str, number: str
) -> None:
    """In whatever field it comes: 422, no echo in the answer, and no trace in the rows."""
    body = {"hold_id": await fan.held(1), "email": "fan@example.org", "payment_method": "pm_card_visa"}
    answer = await fan.call("POST", "/v1/orders", body | {field: number}, key=a_key())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert number not in answer.text
    row = await (await database.execute("SELECT count(*) FROM orders")).fetchone()
    assert row == (0,)
