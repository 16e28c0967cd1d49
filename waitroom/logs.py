"""Logs: a sentence and an action with fields; JSON when nobody watches; never a secret.

Tokens, passes, mail addresses, network addresses and raw fan ids may not be logged: a processor drops
fields of those names, as a net under those who forget.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

FORBIDDEN_FIELDS = frozenset(
    {
        "token",
        "admission_token",
        "pass",
        "cookie",
        "authorization",
        "email",
        "ip",
        "address",
        "fan_id",
        "secret",
    }
)
REDACTED = "[not logged]"
QUIET_LIBRARIES = ("procrastinate", "aiosmtplib")
"""They log what they were given, mail addresses among it; what matters of it we log ourselves."""

EventDict = MutableMapping[str, Any]  # Any: a log field is whatever its caller passes


def drop_forbidden(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Blank the fields that may never reach a log."""
    for name in FORBIDDEN_FIELDS & event.keys():
        event[name] = REDACTED
    return event


def configure_logs(*, unit: str) -> None:
    """Set up logging of this process: lines for people on a terminal, JSON elsewhere."""
    is_terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            drop_forbidden,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    for library in QUIET_LIBRARIES:
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)
    structlog.contextvars.bind_contextvars(unit=unit)
