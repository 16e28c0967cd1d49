"""The contracts and the routes are one."""

import re
from collections.abc import Sequence

import pytest
from starlette.routing import BaseRoute, Route

from checkout.routes import api_routes
from checkout.vendors.routes import vendor_routes
from tests.checkout.fans import CONTRACT, VENDOR_CONTRACT
from tests.openapi import Contract


@pytest.mark.parametrize(("routes", "contract"), [(api_routes([]), CONTRACT), (vendor_routes(), VENDOR_CONTRACT)])
def test_every_call_is_in_the_contract_and_every_operation_is_served(
    routes: Sequence[BaseRoute], contract: Contract
) -> None:
    """Each file describes exactly the calls that exist."""
    served = set()
    for route in routes:
        assert isinstance(route, Route)
        served |= {(method.lower(), re.sub(r":\w+", "", route.path)) for method in (route.methods or set()) - {"HEAD"}}
    assert served == contract.operations()
