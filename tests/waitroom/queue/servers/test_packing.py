"""Commands written in C."""

import pytest
from redis.asyncio.connection import Connection

from waitroom.queue.servers.packing import PlainConnection


@pytest.mark.parametrize(
    "words",
    [
        ("PING",),
        ("CONFIG GET", "save"),
        ("EVALSHA", "a" * 40, 1, "wr:{r}:room", "", "é", b"\xff\x00", -12, 2**53, 0.5, ""),
        ("ZADD", "k", *(value for n in range(3000) for value in (n, f"fan-{n}"))),
    ],
    ids=lambda words: f"{len(words)} words",
)
def test_it_writes_what_redis_py_writes(words: tuple[str | bytes | float, ...]) -> None:
    """Whatever a command is made of, the bytes are those of redis-py's own writer."""
    written = b"".join(PlainConnection().pack_command(*words))
    assert written == b"".join(Connection().pack_command(*words))
