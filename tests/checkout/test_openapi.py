"""The contract and the routes are one."""

import re

from starlette.routing import Route

from checkout.routes import api_routes
from tests.checkout.fans import CONTRACT


def test_every_call_is_in_the_contract_and_every_operation_is_served() -> None:
    """The file describes exactly the calls that exist."""
    served = set()
    for route in api_routes([]):
        assert isinstance(route, Route)
        served |= {(method.lower(), re.sub(r":\w+", "", route.path)) for method in (route.methods or set()) - {"HEAD"}}
    assert served == CONTRACT.operations()
