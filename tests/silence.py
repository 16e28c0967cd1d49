"""A way to PostgreSQL that can fall silent: it swallows what is said, and closes nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from urllib.parse import urlsplit

from waitroom.embedded.ports import LOOPBACK

CHUNK = 65536


class Swallows(StrEnum):
    """What gets lost: what is asked, so that nothing is done; or what is answered, so that all of it is."""

    QUESTIONS = "questions"
    ANSWERS = "answers"


class SilentWay:
    """A proxy; while `swallows` is set, new connections get no greeting either."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._carried: set[asyncio.Task[None]] = set()
        self.swallows: Swallows | None = None

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side closes it."""
        self._carried.add(asyncio.create_task(self._carry(reader, writer)))

    async def close(self) -> None:
        """Close every connection."""
        for task in self._carried:
            task.cancel()
        await asyncio.gather(*self._carried, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        there = asyncio.create_task(self._carry_one_way(reader, far_writer, Swallows.QUESTIONS))
        back = asyncio.create_task(self._carry_one_way(far_reader, writer, Swallows.ANSWERS))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in (there, back):
                way.cancel()
            for end in (writer, far_writer):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _carry_one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, what: Swallows) -> None:
        with suppress(OSError):
            while said := await reader.read(CHUNK):
                if self.swallows is not what:
                    writer.write(said)
                    await writer.drain()


@asynccontextmanager
async def a_way_to(url: str) -> AsyncIterator[tuple[str, SilentWay]]:
    """Open a way to the server of this address, and say the address that leads along it."""
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None
    way = SilentWay(address.hostname, address.port)
    server = await asyncio.start_server(way.take, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    user = address.netloc.rpartition("@")[0]
    try:
        yield address._replace(netloc=f"{user}@{LOOPBACK}:{port}").geturl(), way
    finally:
        server.close()
        await way.close()
