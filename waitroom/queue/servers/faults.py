"""What a server's refusal means: the store is away for a moment, or one of our scripts is broken."""

import re

from redis.exceptions import ResponseError

AWAY = frozenset({"BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "READONLY"})
"""The server is there but cannot serve now: calls are to be spared."""
REFUSED = frozenset({"ASK", "MISCONF", "MOVED", "NOREPLICAS", "OOM", "TRYAGAIN"})
"""The server is well, and refuses this call before its first write; others may go through."""
INSIDE_A_SCRIPT = re.compile(r"-([A-Z]+) ")


def code_of(refusal: ResponseError) -> str:
    """Return the code of a refusal, also when a script met it: Redis 6.2 then puts it in the middle."""
    message = str(refusal)
    if refusal.status_code not in {None, "ERR"}:
        return str(refusal.status_code)
    first = message.split(" ", 1)[0]
    if first.isupper() and first != "ERR":
        return first
    inside = INSIDE_A_SCRIPT.search(message)
    return inside[1] if inside else "ERR"
