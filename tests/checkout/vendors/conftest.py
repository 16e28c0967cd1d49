"""Vendors with keys, who call by HTTP."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from checkout.services import Services
from tests.checkout.vendors.seller import Seller

MakeSeller = Callable[[str], Awaitable[Seller]]


@pytest.fixture
def make_seller(client: httpx.AsyncClient, services: Services) -> MakeSeller:
    """Add a vendor of this name, with a key."""

    async def make(name: str) -> Seller:
        assert await services.vendors.add(name, name=name.title()) is not None
        key = await services.vendors.make_key(name)
        assert key is not None
        return Seller(client, key)

    return make


@pytest.fixture
async def seller(make_seller: MakeSeller) -> Seller:
    """A vendor."""
    return await make_seller("riverside")
