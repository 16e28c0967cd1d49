"""Problem answers (RFC 9457): one table of types for all apps, which serve each as a page that explains it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ExceptionHandler

from waitroom.errors import QueueUnavailableError, RoomMissingError

MEDIA_TYPE = "application/problem+json"
JsonValue = Any  # Any: a member of a problem is whatever JSON its type defines


@dataclass(frozen=True)
class ProblemType:
    """What every problem of one name has in common."""

    status: int
    title: str
    advice: str


PROBLEMS: Mapping[str, ProblemType] = {
    # The request itself.
    "not-found": ProblemType(404, "There is nothing at this address", "Check the address."),
    "method-not-allowed": ProblemType(405, "This address does not take that method", "See the Allow header."),
    "malformed-body": ProblemType(400, "The body cannot be read", "Send JSON, or a form, as documented."),
    "validation-failed": ProblemType(
        422, "A field is wrong", "The member `errors` names each field and what is wrong with it."
    ),
    "body-too-large": ProblemType(413, "The body is too large", "Send at most 64 KiB."),
    "body-too-slow": ProblemType(408, "The body came too slowly", "Send the whole body within ten seconds."),
    "cross-site": ProblemType(403, "The form came from another site", "Open the page itself and try again."),
    "idempotency-key-missing": ProblemType(
        400, "The Idempotency-Key header is missing", "Make a random key of 128 bits, once for each intent."
    ),
    "idempotency-key-invalid": ProblemType(
        400, "The Idempotency-Key header is wrong", "Use 16 to 128 printable characters, random ones."
    ),
    "idempotency-key-reused": ProblemType(
        422, "The key was used for another request", "Use a new Idempotency-Key for a new intent."
    ),
    "idempotency-key-running": ProblemType(
        409, "The first request with this key is still running", "Ask again in a second with the same key."
    ),
    "internal-error": ProblemType(500, "Something broke on our side", "Try again; nothing was lost."),
    # The waiting room.
    "room-missing": ProblemType(
        404, "There is no such waiting room", "Check the address. The sale may be over, and its waiting room gone."
    ),
    "room-not-open": ProblemType(403, "The lobby has not opened", "Come back at `lobby_at`."),
    "room-closed": ProblemType(403, "The waiting room is closed", "The sale is over."),
    "code-required": ProblemType(403, "This room needs a presale code", "Join with the code that you were sent."),
    "code-refused": ProblemType(403, "The presale code does not open this room", "`reason` says why; check the code."),
    "room-paused": ProblemType(403, "The organizer has paused the room", "Your turn is kept; ask again soon."),
    "other-epoch": ProblemType(403, "The pass is of an earlier sale", "Join again; this is a new line."),
    "pass-required": ProblemType(403, "A pass is needed", "Join the room first; keep the pass."),
    "pass-moved": ProblemType(
        403,
        "Your place has moved to another device",
        "Go on there. Who joins again without this pass is a new fan at the end of the line.",
    ),
    "move-code-refused": ProblemType(
        403,
        "This code opens nothing",
        "A code works once, for ten minutes. Make a new one on the device with the place.",
    ),
    "no-more-moves": ProblemType(409, "The place has moved too often", "It stays on the device that has it."),
    "no-more-time": ProblemType(409, "The turn has been made longer ten times", "Take it before `claim_by`."),
    "too-many-joins": ProblemType(429, "Too many joins from this network", "Try again later."),
    "queue-unavailable": ProblemType(
        503,
        "The line cannot be reached for a moment",
        "Nothing is lost: ask again after Retry-After seconds.",
    ),
    "not-your-turn": ProblemType(409, "It is not your turn yet", "Ask again after `poll_after` seconds."),
    "turn-over": ProblemType(410, "This turn is over", "Join again, at the end of the line."),
    "not-in-lobby": ProblemType(
        409, "You are not in the lobby", "A receipt is for the lobby: ask for it before the draw, with its pass."
    ),
    "not-yet": ProblemType(404, "The draw has not been made", "It is published after the lobby closes."),
    "no-such-entrant": ProblemType(404, "No such fan was in the lobby", "Check the fan id."),
    # The console.
    "key-required": ProblemType(401, "An admin key is needed", "Send it as Authorization: Bearer KEY."),
    "role-too-low": ProblemType(403, "Your role may not do that", "`needed` is the role that may; ask an admin."),
    "sign-in-required": ProblemType(
        401, "Nobody is signed in", "Sign in at /sign-in, or send an admin key as Authorization: Bearer KEY."
    ),
    "sign-in-refused": ProblemType(
        401,
        "Name and password, or the code, do not fit",
        "Check all of it, also capital letters. After five failures in a row the name has to wait.",
    ),
    "second-factor-required": ProblemType(
        401, "A code is needed as well", "Send `code`: six digits of your app, or a recovery code."
    ),
    "locked": ProblemType(
        429, "Too many failed tries", "Try again after Retry-After seconds; an admin can unlock a person."
    ),
    "database-unavailable": ProblemType(
        503,
        "The console's database cannot be reached for a moment",
        "Nobody can sign in meanwhile. Rooms, keys and who is signed in go on: try again soon.",
    ),
    "second-factor-needed": ProblemType(
        403, "A second factor has to be set up first", "Open /account and set it up; an admin requires it of you."
    ),
    "second-factor-kept": ProblemType(
        409, "The second factor is required of you", "You can set up another one; an admin can lift the requirement."
    ),
    "person-required": ProblemType(403, "This is for people who have signed in", "A key has no account."),
    "password-wrong": ProblemType(403, "The password is wrong", "Type the password that you sign in with."),
    "code-wrong": ProblemType(409, "The code is wrong, or was used", "Wait for the next code of your app."),
    "json-required": ProblemType(415, "Forms are not taken here", "Send JSON, with Content-Type: application/json."),
    "person-exists": ProblemType(409, "There is a person of that name", "Choose another name."),
    "person-missing": ProblemType(404, "There is no such person", "List the people."),
    "session-missing": ProblemType(404, "There is no such session", "List the sessions; it may be over."),
    "last-admin": ProblemType(
        409, "This is the last admin who can sign in", "Make another person an admin first, with a password set."
    ),
    "link-over": ProblemType(410, "The link was used, or has ended", "Ask an admin for another one."),
    "support-code-unknown": ProblemType(
        404, "No fan has this code", "A code lasts a day, and a newer one takes its place. Ask the fan for a new one."
    ),
    "room-exists": ProblemType(409, "There is a room of that name", "Choose another name, or delete that room first."),
    "room-changed": ProblemType(
        409,
        "Somebody else has changed the room",
        "Look at it again; `version` is in force now.",
    ),
    "not-a-rehearsal": ProblemType(
        409, "The room is no rehearsal", "No crowd of ours walks where real fans stand: make a room with `rehearsal`."
    ),
    "draw-too-large": ProblemType(
        409, "The draw is too large to be verified here", "Run the report's `command` on a machine of your own."
    ),
    "rehearsal-running": ProblemType(
        409, "A crowd walks already", "Stop it first; a room has one crowd, and a console a few at once."
    ),
    # The checkout.
    "admission-required": ProblemType(
        403, "An admission from the waiting room is needed", "Go to `waiting_room_url`; `reason` says why."
    ),
    "checkout-unavailable": ProblemType(
        503, "The checkout cannot be reached for a moment", "Nothing is lost: repeat the call with the same key."
    ),
    "event-missing": ProblemType(404, "There is no such event", "Check the name in the address."),
    "event-cancelled": ProblemType(
        410, "The event is cancelled", "Nothing can be bought any more; who has paid gets the money back."
    ),
    "not-on-sale-yet": ProblemType(409, "These seats are not on sale yet", "Ask again at `on_sale_at`."),
    "accessible-only": ProblemType(
        409,
        "Some of these seats are kept for people who need them",
        "`seats` names them. Say with `accessible` how many accessible seats the group needs, or choose others.",
    ),
    "hold-missing": ProblemType(404, "There is no such hold of yours", "List your holds."),
    "order-missing": ProblemType(404, "There is no such order of yours", "Check the address of the order."),
    "seats-unavailable": ProblemType(409, "Some of these seats are taken", "`seats` names them; choose others."),
    "all-in-carts": ProblemType(
        409, "All that is left is in other buyers' carts", "Some come back: ask again after `retry_after`."
    ),
    "sold-out": ProblemType(409, "Sold out", "Nothing of this kind is left."),
    "hold-limit": ProblemType(409, "The limit for one fan is reached", "Release some seats first."),
    "hold-expired": ProblemType(410, "The hold has expired", "Choose seats again; nothing was charged."),
    "hold-has-order": ProblemType(409, "The hold has an order already", "Go on with that order."),
    "payment-declined": ProblemType(402, "The payment was declined", "Try another method before the hold ends."),
    "payment-method-unknown": ProblemType(422, "This payment method is not known", "Choose an offered one."),
    "payment-action-required": ProblemType(402, "The bank asks for one more step", "Follow `next_action`."),
    "order-not-cancellable": ProblemType(409, "The order can no longer be cancelled", "Look at its status."),
    "no-tickets": ProblemType(409, "The order has no tickets to send", "Look at its status."),
    "sent-often": ProblemType(
        429, "The tickets were sent several times within the hour", "Look into the spam folder; try again later."
    ),
    "signature-invalid": ProblemType(400, "The signature does not fit", "Check the webhook's secret and the clock."),
    "order-not-refundable": ProblemType(409, "The order has no money to give back", "Look at its status."),
    "lines-not-refundable": ProblemType(
        409, "These lines are given back already, or are not the order's", "Look at the order's `refunds` and `seats`."
    ),
    "nothing-to-confirm": ProblemType(409, "The order waits for nothing from you", "Look at its status."),
    # The vendors' side of the checkout.
    "vendor-key-required": ProblemType(401, "A vendor's key is needed", "Send it as Authorization: Bearer KEY."),
    "webhook-missing": ProblemType(404, "There is no such webhook of yours", "List your webhooks."),
    "webhook-exists": ProblemType(409, "You have a webhook at this address", "Change that one, or rotate its secret."),
    "webhook-limit": ProblemType(409, "You have as many webhooks as may be", "Delete one first; `limit` is how many."),
    "delivery-missing": ProblemType(404, "There is no such delivery, or it is on its way", "List the deliveries."),
    "too-many-guesses": ProblemType(
        429, "Too many wrong keys or codes from this network", "Try again after Retry-After."
    ),
    "venue-missing": ProblemType(404, "You have no such venue", "List your venues."),
    "seat-map-missing": ProblemType(404, "You have no such seat map", "List the seat maps of the venue."),
    "category-missing": ProblemType(404, "The event has no such price category", "Look at the event."),
    "name-taken": ProblemType(409, "The name is taken", "Choose another name."),
    "stale-version": ProblemType(
        409, "It has been changed meanwhile", "Look at it again, and send the `version` that is in force now."
    ),
    "in-use": ProblemType(409, "It is in use", "`reason` says by what."),
    "seat-map-unreadable": ProblemType(
        422, "Lines of the seat map are wrong", "`lines` names each of them and what is wrong; nothing was kept."
    ),
}


class Problem(Exception):  # noqa: N818 - an answer, named as RFC 9457 names it
    """An expected "no" on its way to the client; `members` are added to the document."""

    def __init__(
        self,
        name: str,
        *,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
        **members: JsonValue,
    ) -> None:
        super().__init__(name)
        self.name = name
        self.kind = PROBLEMS[name]
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def to_json(self) -> dict[str, JsonValue]:
        """The document of the answer."""
        document: dict[str, JsonValue] = {
            "type": f"/problems/{self.name}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail or self.kind.advice,
        }
        return document | self.members


def problem_response(problem: Problem) -> Response:
    """Answer with a problem, which no cache may keep."""
    headers = {"Cache-Control": "private, no-store"} | problem.headers
    return JSONResponse(problem.to_json(), status_code=problem.kind.status, headers=headers, media_type=MEDIA_TYPE)


def problem_handlers() -> dict[Any, ExceptionHandler]:  # Any: Starlette's own type of the keys
    """The exception handlers of an app: every error leaves as a problem."""
    return {
        Problem: _on_problem,
        QueueUnavailableError: _on_queue_unavailable,
        RoomMissingError: _on_room_missing,
        HTTPException: _on_http_exception,
        Exception: _on_broken,
    }


async def _on_problem(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem_response(problem)


async def _on_queue_unavailable(_request: Request, error: Exception) -> Response:
    assert isinstance(error, QueueUnavailableError)
    headers = {"Retry-After": str(error.retry_after)}
    return problem_response(Problem("queue-unavailable", headers=headers, retry_after=error.retry_after))


async def _on_room_missing(_request: Request, _error: Exception) -> Response:
    return problem_response(Problem("room-missing"))


async def _on_http_exception(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    names = {404: "not-found", 405: "method-not-allowed"}
    name = names.get(error.status_code, "malformed-body")
    return problem_response(Problem(name, headers=error.headers))


async def _on_broken(_request: Request, _error: Exception) -> Response:
    # Starlette's outermost middleware raises the error again after this answer, so that it is logged.
    return problem_response(Problem("internal-error"))
