"""Faults to plant: guards that are taken out of the verbs, where the machine looks for each, and which rule breaks."""

from dataclasses import dataclass

from checkout.payments.sandbox import SandboxMethod
from tests.checkout.machine.ground import METHODS

HOLDS = ("named", "best")
SALES = ("best", "buy")


@dataclass(frozen=True)
class Fault:
    """What is wrong, as pieces of verbs and what stands instead; the rules under which it shows; what then breaks."""

    name: str
    pieces: tuple[tuple[str, str, str], ...]
    groups: frozenset[str]
    breaks: str
    methods: tuple[SandboxMethod, ...] = METHODS


def fault(
    name: str, verb: str, piece: str, instead: str, *groups: str, breaks: str, method: SandboxMethod | None = None
) -> Fault:
    """A fault of one piece; with a method all pay by that."""
    methods = METHODS if method is None else (method,)
    return Fault(name, ((verb, piece, instead),), frozenset(groups), breaks, methods)


QUICK = (
    Fault(
        "a held seat is held again",
        (
            ("taken_seats", "AND NOT is_free(seats, at_moment)", "AND is_sold"),
            ("take_seats", "AND is_free(seats, at_moment)", ""),
        ),
        frozenset({"named"}),
        "a seat is in two live holds|given or refused",
    ),
    fault(
        "the limit is not counted",
        "refuse_hold",
        "IF taken + wanted > of_event.limit_per_fan THEN",
        "",
        *HOLDS,
        breaks="a fan has more than the limit|given or refused",
    ),
    fault(
        "kept seats are for all",
        "is_for_all",
        "AND seat.kind = 'standard'",
        "",
        "best",
        breaks="kept seats are kept|so many are accessible|given or refused|summary",
    ),
    fault(
        "who needs nothing takes accessible seats by name",
        "refuse_named",
        "IF kept IS NOT NULL AND needed NOT BETWEEN 1 AND accessible THEN",
        "",
        "named",
        breaks="given or refused",
    ),
    fault(
        "a released hold keeps its seats",
        "free_seats_of_hold",
        "hold_id = NULL, held_until = NULL, is_sold = false",
        "is_sold = false",
        *HOLDS,
        "release",
        breaks="seats are whose",
    ),
    fault(
        "a key is forgotten",
        "standing_of_call",
        "WHEN known.status IS NOT NULL THEN",
        "WHEN false THEN",
        *HOLDS,
        breaks="repeat is answered alike",
    ),
    fault(
        "a key takes another payload",
        "standing_of_call",
        "WHEN known.fingerprint <> call_fingerprint THEN",
        "WHEN false THEN",
        *HOLDS,
        "replay",
        breaks="another payload",
    ),
    fault(
        "a hold that has ended is paid for",
        "prepare_to_pay",
        "OR of_hold.expires_at <= clock_timestamp()",
        "",
        *SALES,
        "time",
        breaks="a purchase ends as the model says",
    ),
    fault(
        "who cancels leaves money reserved",
        "release_hold",
        "PERFORM void_what_was_begun(of_order.order_id);",
        "",
        *SALES,
        "cancel",
        method=SandboxMethod.NEEDS_ACTION,
        breaks="money stays reserved",
    ),
    fault(
        "who has paid keeps other seats",
        "settle_captured",
        "AND state = 'live' ORDER BY hold_id",
        "AND false",
        *SALES,
        method=SandboxMethod.PAYS,
        breaks="whose the model says|live as long",
    ),
    fault(
        "a refund leaves the seats sold",
        "free_sold_seats",
        "hold_id = NULL, held_until = NULL, is_sold = false",
        "held_until = NULL",
        *SALES,
        "refund",
        method=SandboxMethod.PAYS,
        breaks="sold without a ticket|sold is what",
    ),
)
LATER = (
    fault(
        "a refresh knows no end",
        "refresh_hold",
        "kept.placed_at + make_interval(secs => of_event.longest_hold_seconds)",
        "'infinity'",
        "named",
        "refresh",
        "time",
        breaks="a hold ends when the model says|live as long|seats are whose|answered as the model",
    ),
    fault(
        "a broken word leaves the tickets",
        "settle_capture_failed",
        "UPDATE tickets SET is_live = false",
        "UPDATE tickets SET proof = NULL",
        *SALES,
        method=SandboxMethod.CAPTURE_FAILS,
        breaks="an ended one has one|sold without a ticket",
    ),
    fault(
        "a late success takes seats that others hold",
        "lock_whole_hold",
        "AND (is_sold OR hold_id IS DISTINCT FROM of_hold)",
        "AND false",
        *SALES,
        "late",
        method=SandboxMethod.SILENT,
        breaks="model says|no answer|two live holds|sold",
    ),
    fault(
        "a late success passes the limit",
        "may_secure",
        "RETURN of_hold.expires_at > clock_timestamp() OR",
        "RETURN true OR",
        *SALES,
        "late",
        method=SandboxMethod.SILENT,
        breaks="more than the limit|model says",
    ),
    fault(
        "the fee stays with the seller",
        "refundable",
        "IF others = 0 THEN",
        "",
        *SALES,
        "refund",
        method=SandboxMethod.PAYS,
        breaks="so much goes back",
    ),
    fault(
        "a line is given back twice",
        "open_refund",
        "NOT coalesce(of_lines, open_lines) <@ open_lines",
        "false",
        *SALES,
        "refund",
        "silence",
        method=SandboxMethod.PAYS,
        breaks="taken on or refused|no answer",
    ),
    fault(
        "a cancelled event is sold",
        "refuse_hold",
        "IF of_event.cancelled_at IS NOT NULL THEN",
        "",
        *SALES,
        "vendor",
        breaks="given or refused",
    ),
    fault(
        "a cancelled event's holds go on",
        "cancel_event",
        "PERFORM end_holds(ended.event_id);",
        "",
        *SALES,
        "vendor",
        breaks="model says",
    ),
    fault(
        "all in carts is called sold out",
        "shortage",
        "WHEN unsold >= wanted THEN",
        "WHEN false THEN",
        "best",
        "leave",
        breaks="given or refused",
    ),
    fault(
        "a hold that has ended counts for the limit",
        "seats_of_fan",
        "AND state = 'live' AND expires_at > clock_timestamp()",
        "AND state = 'live'",
        *HOLDS,
        "time",
        breaks="given or refused|more than the limit",
    ),
    fault(
        "a refusal of the bank's question ends nothing",
        "settle_declined",
        "IF of_order.status IN ('authorising', 'unknown', 'needs_action') THEN",
        "",
        *SALES,
        "bank",
        method=SandboxMethod.NEEDS_ACTION,
        breaks="orders stand|purchase ends",
    ),
    fault(
        "another's hold is released",
        "release_hold",
        "WHERE hold_id = of_hold AND session_id = for_session FOR UPDATE;",
        "WHERE hold_id = of_hold FOR UPDATE;",
        *HOLDS,
        "release",
        breaks="answered as the model",
    ),
)
