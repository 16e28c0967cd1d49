"""A small on-sale of its own: stores, edge, checkout and worker as processes on free ports of the loopback."""

import asyncio
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from checkout.migrations import upgrade
from checkout.seeding import Tier, seed_stadium
from waitroom.clock import SystemClock
from waitroom.embedded import Command, EmbeddedPostgres, EmbeddedValkey, LeashedProcess, free_port
from waitroom.embedded.process import wait_until_ready
from waitroom.embedded.units import is_unit_ready
from waitroom.queue import Queue, create_room
from waitroom.rooms import RoomSettings
from waitroom.settings import PREFIX
from waitroom.tokens import KeyRing, encode_base64url

NAME = "load"
"""The room and its event are both called so."""
READY_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class SaleOptions:
    """What is on sale, and how fans are let in; the lobby opens at once."""

    lobby_seconds: float = 17.0
    rate_per_minute: float = 900.0
    ceiling: int = 150
    claim_minutes: float = 10.0
    rows: int = 20


@dataclass(frozen=True, kw_only=True)
class OnSale:
    """Where everything is while the sale is on."""

    edge_port: int
    edge_ops_port: int
    checkout_port: int
    checkout_ops_port: int
    worker_ops_port: int
    valkey: EmbeddedValkey
    postgres: EmbeddedPostgres
    units: tuple[LeashedProcess, ...]
    keys: KeyRing = field(repr=False)

    @property
    def edge_url(self) -> str:
        """The waiting room."""
        return f"http://127.0.0.1:{self.edge_port}"

    @property
    def checkout_url(self) -> str:
        """The checkout."""
        return f"http://127.0.0.1:{self.checkout_port}"


@contextmanager
def run_sale(folder: Path, options: SaleOptions) -> Iterator[OnSale]:
    """Run the on-sale; its stores are in `folder` and nothing is left running at the end."""
    with ExitStack() as stack:
        valkey = stack.enter_context(EmbeddedValkey(folder / "valkey", append_only=True))
        postgres = stack.enter_context(EmbeddedPostgres(folder / "postgres", durable=False))
        upgrade(postgres.url)
        keys = f"load:{secrets.token_hex(24)}"
        asyncio.run(_put_on_sale(options, database_url=postgres.url))
        ports = [free_port() for _ in range(5)]
        settings = _settings(folder, redis_url=valkey.url, database_url=postgres.url, keys=keys, ports=ports)
        units = tuple(
            _start_unit(stack, name, folder=folder, settings=settings, ports=pair)
            for name, pair in (("edge", ports[:2]), ("checkout", ports[2:4]), ("worker", ports[4:]))
        )
        for unit, ops_port in zip(units, (ports[1], ports[3], ports[4]), strict=True):
            wait_until_ready(unit, lambda port=ops_port: is_unit_ready(port), limit_seconds=READY_SECONDS)  # type: ignore[misc] # a lambda's default has no type
        # Last, so that all of the lobby's seconds are left.
        asyncio.run(_open_room(options, redis_url=valkey.url, keys=keys))
        wait_until_ready(units[0], lambda: _has_room(ports[0]), limit_seconds=READY_SECONDS)
        yield OnSale(
            edge_port=ports[0],
            edge_ops_port=ports[1],
            checkout_port=ports[2],
            checkout_ops_port=ports[3],
            worker_ops_port=ports[4],
            valkey=valkey,
            postgres=postgres,
            units=units,
            keys=KeyRing.parse(keys),
        )


def clean_environment() -> dict[str, str]:
    """Our environment without settings of another deployment."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


async def _put_on_sale(options: SaleOptions, *, database_url: str) -> None:
    hall = Tier(
        category="floor",
        name="Floor",
        price=5_000,
        sections=("1", "2", "3", "4"),
        rows=options.rows,
        seats_per_row=20,
        distance=10,
    )
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await seed_stadium(connection, event=NAME, room=NAME, tiers=(hall,))


async def _open_room(options: SaleOptions, *, redis_url: str, keys: str) -> None:
    queue = Queue.connect(redis_url)
    await create_room(queue, KeyRing.parse(keys), NAME, _room(options), who="load test")
    await queue.close()


def _room(options: SaleOptions) -> RoomSettings:
    now_ms = SystemClock().now_ms()
    return RoomSettings(
        name="Load test",
        lobby_at=now_ms,
        release_at=now_ms + round(options.lobby_seconds * 1000),
        new_users_per_minute=options.rate_per_minute,
        total_active_users=options.ceiling,
        claim_minutes=options.claim_minutes,
    )


def _has_room(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/v1/rooms/{NAME}", timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _settings(folder: Path, *, redis_url: str, database_url: str, keys: str, ports: list[int]) -> Mapping[str, str]:
    values = {
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "KEYS": keys,
        "SIGNING_KEYS": f"load:{encode_base64url(secrets.token_bytes(32))}",
        "STATE_DIR": str(folder / "state"),
        "PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",
        "CHECKOUT_URL": f"http://127.0.0.1:{ports[2]}",
        "SMTP_URL": f"file://{folder.absolute() / 'mail'}?from=tickets@load.example",
        "CONFIG": os.devnull,
    }
    return clean_environment() | {f"{PREFIX}{name}": value for name, value in values.items()}


def _start_unit(
    stack: ExitStack, name: str, *, folder: Path, settings: Mapping[str, str], ports: list[int]
) -> LeashedProcess:
    *own, ops_port = map(str, ports)
    arguments = [sys.executable, "-m", "waitroom", name, "--ops-port", ops_port, *(f"--port={port}" for port in own)]
    unit = LeashedProcess(Command(name=name, arguments=arguments, environment=settings), log=folder / f"{name}.log")
    stack.callback(unit.stop)
    return unit
