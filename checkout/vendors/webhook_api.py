"""The vendors' calls about their webhooks: parse, call, answer."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from checkout.services import Services, services_of
from checkout.vendors.access import vendor_of
from checkout.vendors.webhook_kinds import WebhookKind
from checkout.vendors.webhooks import MOST_WEBHOOKS, Webhook
from waitroom.web.answers import FOR_ONE_FAN, private_json
from waitroom.web.bodies import Body, read_json
from waitroom.web.problems import Problem

MOST_DELIVERIES = 100
Url = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[!-~]+$")]
# A name comes as a text, which strict reading would refuse.
Kinds = Annotated[list[Annotated[WebhookKind, Field(strict=False)]], Field(max_length=len(WebhookKind))]


class WebhookBody(Body):
    """A new endpoint; without events it gets all of them."""

    url: Url
    events: Kinds = Field(default_factory=list)


class WebhookChange(Body):
    """What is to be changed of an endpoint."""

    url: Url | None = None
    events: Kinds | None = None
    enabled: bool | None = None


async def add_webhook(request: Request) -> Response:
    """Register an endpoint, and tell its secret this once."""
    services, vendor = services_of(request), vendor_of(request)
    body = await read_json(request, WebhookBody)
    _check_url(body.url, services)
    added = await services.webhooks.add(vendor.vendor_id, url=body.url, events=[str(kind) for kind in body.events])
    if added is not None:
        return private_json(added.to_json(shows_secret=True), status=201)
    if await services.webhooks.has(vendor.vendor_id, url=body.url):
        raise Problem("webhook-exists")
    raise Problem("webhook-limit", limit=MOST_WEBHOOKS)


async def list_webhooks(request: Request) -> Response:
    """List one's endpoints."""
    found = await services_of(request).webhooks.of_vendor(vendor_of(request).vendor_id)
    return private_json({"webhooks": [webhook.to_json() for webhook in found]})


async def show_webhook(request: Request) -> Response:
    """Show an endpoint, and why it is disabled if it is."""
    return private_json((await _own_webhook(request)).to_json())


async def change_webhook(request: Request) -> Response:
    """Change an endpoint's address or events, disable it, or enable it again."""
    services, webhook = services_of(request), await _own_webhook(request)
    body = await read_json(request, WebhookChange)
    if body.url is not None and body.url != webhook.url:
        _check_url(body.url, services)
        if await services.webhooks.has(vendor_of(request).vendor_id, url=body.url):
            raise Problem("webhook-exists")
    events = None if body.events is None else [str(kind) for kind in body.events]
    changed = await services.webhooks.change(
        vendor_of(request).vendor_id, webhook.webhook_id, url=body.url, events=events, enabled=body.enabled
    )
    return private_json(_found(changed).to_json())


async def rotate_secret(request: Request) -> Response:
    """Give an endpoint a new secret; both sign for a day."""
    rotated = await services_of(request).webhooks.rotate(vendor_of(request).vendor_id, request.path_params["webhook"])
    return private_json(_found(rotated).to_json(shows_secret=True))


async def delete_webhook(request: Request) -> Response:
    """Delete an endpoint with its log."""
    vendor_id, webhook_id = vendor_of(request).vendor_id, request.path_params["webhook"]
    if not await services_of(request).webhooks.delete(vendor_id, webhook_id):
        raise Problem("webhook-missing")
    return Response(status_code=204, headers={"Cache-Control": FOR_ONE_FAN})


async def list_deliveries(request: Request) -> Response:
    """Show what was sent to an endpoint lately, and what came of each try."""
    webhook = await _own_webhook(request)
    found = await services_of(request).webhooks.deliveries(
        vendor_of(request).vendor_id, webhook.webhook_id, most=MOST_DELIVERIES
    )
    return private_json({"deliveries": found})


async def send_delivery_again(request: Request) -> Response:
    """Send what was delivered, or failed, once more."""
    vendor_id, path = vendor_of(request).vendor_id, request.path_params
    if not await services_of(request).webhooks.send_again(vendor_id, path["webhook"], path["delivery"]):
        raise Problem("delivery-missing")
    return Response(status_code=202, headers={"Cache-Control": FOR_ONE_FAN})


async def _own_webhook(request: Request) -> Webhook:
    vendor_id = vendor_of(request).vendor_id
    return _found(await services_of(request).webhooks.find(vendor_id, request.path_params["webhook"]))


def _found(webhook: Webhook | None) -> Webhook:
    if webhook is None:
        raise Problem("webhook-missing")
    return webhook


def _check_url(url: str, services: Services) -> None:
    # Where it leads is looked at when it is called: a name can lead elsewhere by then.
    schemes = ("https", "http") if services.settings.webhook_networks else ("https",)
    if not is_callable_url(url, schemes=schemes):
        problem = "An https address without user, password and fragment is needed."
        raise Problem("validation-failed", detail="Wrong: url.", errors=[{"field": "url", "problem": problem}])


def is_callable_url(url: str, *, schemes: tuple[str, ...]) -> bool:
    """Say whether an address has the form of one that can be called."""
    try:
        parts = urlsplit(url)
        has_good_port = parts.port != 0
    except ValueError:
        return False
    is_bare = "@" not in parts.netloc and not parts.fragment
    return parts.scheme in schemes and bool(parts.hostname) and has_good_port and is_bare
