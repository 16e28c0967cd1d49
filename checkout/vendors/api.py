"""What a vendor's key opens."""

from starlette.requests import Request
from starlette.responses import Response

from checkout.vendors.access import vendor_of
from waitroom.web.answers import private_json


async def show_vendor(request: Request) -> Response:
    """Show whose key it is."""
    vendor = vendor_of(request)
    return private_json({"vendor": vendor.vendor, "name": vendor.name})
