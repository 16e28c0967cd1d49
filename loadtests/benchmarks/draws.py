"""`python -m loadtests.benchmarks.draws 1000000`: how long a draw takes, and its check by an outsider's command.

The lobby is filled past the join, which has figures of its own. From the freeze on everything is as on an edge: the
same steps, the room advanced between them, and a clock beside them that shows how long the edge answered nobody.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import resource
import secrets
import socket
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import hiredis

from loadtests.benchmarks.queue.wire import Wire
from waitroom.clock import SystemClock
from waitroom.embedded import EmbeddedValkey
from waitroom.errors import QueueUnavailableError
from waitroom.queue import Drawing, Queue, Snapshot, change_room, create_room, look_at_room
from waitroom.queue.draw import random_fan_id
from waitroom.queue.keys import Keys
from waitroom.queue.proof import chunks_of, proof_lines
from waitroom.rooms import RoomSettings
from waitroom.tokens import Key, KeyRing

ROOM = "draw"
FANS_A_COMMAND = 2_000
TICK_SECONDS = 0.005
BACK_OFF_SECONDS = 0.5
VERIFIED_AT_MOST = 2_000_000
"""A larger proof is not written: its file would be what is measured."""
PLAIN_HASHES = 200_000
RING = KeyRing((Key(key_id="bench", secret=secrets.token_hex(24).encode()),))


@dataclass(kw_only=True)
class MeasuredDraw:
    """Seconds, by the clock and of processors; the most memory; the slowest call of each script; how long the loop was
    held up.

    The edge's own processor time and memory are without those of its workers.
    """

    fans: int
    gather_seconds: float = 0
    draw_seconds: float = 0
    store_cpu_seconds: float = 0
    edge_cpu_seconds: float = 0
    store_peak_mb: float = 0
    edge_peak_mb: float = 0
    longest_hold_up_seconds: float = 0
    slowest: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    verify_seconds: float | None = None
    verify_cpu_seconds: float | None = None
    verify_peak_mb: float | None = None
    plain_seconds: float | None = None
    """A bare loop over one leaf, one node and one HMAC for each entrant."""


def measure_draw(fans: int) -> MeasuredDraw:
    """Draw so many on a store of its own, and verify the draw when its proof is small enough to be written."""
    with tempfile.TemporaryDirectory(prefix="waitroom-draw-") as name, EmbeddedValkey(Path(name) / "valkey") as valkey:
        proof = Path(name) / "proof.jsonl" if fans <= VERIFIED_AT_MOST else None
        measured = asyncio.run(_draw(valkey, fans, proof))
        with Wire(valkey) as wire:
            measured.store_peak_mb = wire.info("memory", "used_memory_peak") / 1e6
        if proof is not None:
            _verify(proof, measured)
    return measured


async def _draw(valkey: EmbeddedValkey, fans: int, proof: Path | None) -> MeasuredDraw:
    measured = MeasuredDraw(fans=fans)

    def observe(script: str, seconds: float | None) -> None:
        measured.slowest[script] = max(measured.slowest[script], seconds or 0)

    queue = Queue.connect(valkey.url, observe=observe)
    drawing = Drawing(queue, RING, owner="bench")
    try:
        await _prepare(queue, valkey, fans)
        measured.slowest.clear()
        watching = asyncio.create_task(_watch(measured))
        snapshot = await _drive(queue, drawing, measured, pid=valkey.pid)
        watching.cancel()
        if proof is not None:
            with proof.open("wb") as file:
                async for part in proof_lines(snapshot, chunks_of(queue, ROOM)):
                    file.write(part)
    finally:
        drawing.close()
        await queue.close()
    return measured


async def _prepare(queue: Queue, valkey: EmbeddedValkey, fans: int) -> None:
    now = SystemClock().now_ms()
    settings = RoomSettings(lobby_at=now - 1, release_at=now + 86_400_000)
    epoch = await create_room(queue, RING, ROOM, settings, who="bench")
    await asyncio.to_thread(_fill, valkey.port, fans)
    # Somebody always leaves, and from then on the draw looks whose turn is over.
    leaver = random_fan_id()
    await queue.join(ROOM, [(leaver, 0)])
    await queue.leave(ROOM, epoch=epoch, fan_id=leaver)
    await change_room(queue, ROOM, {"lobby_closes_at": SystemClock().now_ms()}, who="bench")


async def _drive(queue: Queue, drawing: Drawing, measured: MeasuredDraw, *, pid: int) -> Snapshot:
    began, store_began, edge_began = time.perf_counter(), _busy_seconds(pid), time.process_time()
    snapshot = await look_at_room(queue, ROOM)
    while not snapshot.is_drawn:
        try:
            await drawing.step(snapshot)
        except QueueUnavailableError:
            # As an edge does: what was cut off is gone on from.
            await asyncio.sleep(BACK_OFF_SECONDS)
        snapshot = Snapshot.parse(ROOM, (await queue.advance(ROOM, interval_us=0)).snapshot)
        measured.draw_seconds = time.perf_counter() - began
        if snapshot.draw.root is None:
            measured.gather_seconds = measured.draw_seconds
    measured.edge_peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    measured.store_cpu_seconds = _busy_seconds(pid) - store_began
    measured.edge_cpu_seconds = time.process_time() - edge_began
    return snapshot


async def _watch(measured: MeasuredDraw) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(TICK_SECONDS)
        held_up = time.perf_counter() - began - TICK_SECONDS
        measured.longest_hold_up_seconds = max(measured.longest_hold_up_seconds, held_up)


def _fill(port: int, fans: int) -> None:
    reader = hiredis.Reader()
    with socket.create_connection(("127.0.0.1", port)) as line:
        for command in _joins(fans):
            line.sendall(command)
            while reader.gets() is False:
                reader.feed(line.recv(4096))


def _joins(fans: int) -> Iterator[bytes]:
    key = Keys(ROOM).part("lobby")
    for start in range(0, fans, FANS_A_COMMAND):
        count = min(FANS_A_COMMAND, fans - start)
        letters = base64.urlsafe_b64encode(os.urandom(18 * count))
        # The last of a fan id's 22 letters carries two bits.
        scored = [value for at in range(0, 24 * count, 24) for value in (b"0", letters[at : at + 21] + b"A")]
        yield hiredis.pack_command(("ZADD", key, *scored))  # type: ignore[arg-type] # its stub names a 1-tuple


def _verify(proof: Path, measured: MeasuredDraw) -> None:
    command, began = [sys.executable, "-m", "waitroom", "draw", "verify", str(proof)], time.perf_counter()
    pid = os.posix_spawn(
        sys.executable,
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)],
    )
    _, status, used = os.wait4(pid, 0)
    if status:
        raise RuntimeError("the draw did not hold")
    measured.verify_seconds = time.perf_counter() - began
    measured.verify_cpu_seconds = used.ru_utime + used.ru_stime
    measured.verify_peak_mb = used.ru_maxrss / 1024
    measured.plain_seconds = _plain_loop() * measured.fans / PLAIN_HASHES


def _plain_loop() -> float:
    key, entrant, began = bytes(32), bytes(17), time.process_time()
    for _ in range(PLAIN_HASHES):
        leaf = hashlib.sha256(b"\x00" + entrant).digest()
        hashlib.sha256(b"\x01" + leaf + leaf).digest()
        hmac.digest(key, entrant[1:], "sha256")
    return time.process_time() - began


def _busy_seconds(pid: int) -> float:
    # The scheduler's own count, in nanoseconds.
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def describe(measured: MeasuredDraw) -> str:
    """Tell the figures in words."""
    slowest = ", ".join(f"{name} {1000 * seconds:.0f} ms" for name, seconds in sorted(measured.slowest.items()))
    lines = [
        f"{measured.fans:,} entrants drawn in {measured.draw_seconds:.1f} s, listed in {measured.gather_seconds:.1f} s",
        f"processor seconds: store {measured.store_cpu_seconds:.1f}, edge {measured.edge_cpu_seconds:.1f}",
        f"memory at most: store {measured.store_peak_mb:,.0f} MB, edge {measured.edge_peak_mb:,.0f} MB",
        f"slowest calls, the way included: {slowest}",
        f"the edge's loop was held up for {1000 * measured.longest_hold_up_seconds:.0f} ms at most",
    ]
    if measured.verify_seconds is not None:
        lines.append(
            f"verified by command in {measured.verify_seconds:.1f} s ({measured.verify_cpu_seconds:.1f} s of processor,"
            f" {measured.verify_peak_mb:.0f} MB; a bare loop over the hashes takes {measured.plain_seconds:.1f} s)"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure draws of the sizes that were named."""
    parser = ArgumentParser(prog="python -m loadtests.benchmarks.draws", description=__doc__)
    parser.add_argument("fans", nargs="*", type=int, default=[1_000_000])
    for fans in parser.parse_args().fans:
        sys.stdout.write(f"{describe(measure_draw(fans))}\n")


if __name__ == "__main__":
    main()
