"""The draw proof: everything that the draw was made of, then every entrant in the lobby's order."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from waitroom.clock import rfc3339
from waitroom.queue.draw import draw_score
from waitroom.queue.draw_state import DrawState
from waitroom.queue.draw_store import DrawStore
from waitroom.queue.entrant_list import write_entrants
from waitroom.queue.merkle import CHUNK_ENTRANTS
from waitroom.queue.snapshot import Snapshot

ReadChunk = Callable[[int], Awaitable[bytes]]
"""Reads the packed entrants of a chunk by its index."""
EXAMPLE_FAN = "AAECAwQFBgcICQoLDA0ODw"
NO_BEACON = (
    "No public beacon was used. The draw is reproducible and bound to the entrants, but whoever holds the room's keys "
    "and added the last entrant could have chosen the order."
)
NEVER_SHOWN = (
    "This proof does not show that entrants are distinct people, that tiers were given fairly, or that no token was "
    "minted by a holder of the keys."
)
ENCODINGS = {
    "commitment": "SHA-256(seed), hex",
    "beacon": "the first round due at least 10 s after root_at; 32 bytes, hex; read it at URL/public/ROUND",
    "root": "RFC 6962 Merkle tree hash; leaf data = tier byte, then the 16 raw bytes of the fan id",
    "entrant": "[tier, fan id in base64url without padding], ordered by tier, then by the text of the fan id",
    "draw_key": "SHA-256(seed, root, beacon value or nothing), hex",
    "score": "tier * 2^50 + the first 6 bytes, big-endian, of HMAC-SHA256(draw key, raw fan id); lower goes first",
}


def proof_header(snapshot: Snapshot) -> dict[str, Any]:  # Any: JSON values
    """Say what the draw was made of; the room must be drawn."""
    draw = snapshot.draw
    draw_key = draw.draw_key()
    assert draw_key is not None, "only a drawn room has a proof"
    return {
        "room": snapshot.room,
        "epoch": snapshot.epoch,
        "commitment": draw.commitment,
        "seed": draw.seed,
        "root": draw.root,
        "count": draw.entrants,
        "root_at": None if draw.root_at_ms is None else rfc3339(draw.root_at_ms),
        "beacon_rule": None if draw.beacon_rule is None else draw.beacon_rule.to_json(),
        "beacon_round": draw.beacon_round,
        "beacon": draw.beacon,
        "beacon_absence": beacon_absence(draw),
        "never_shown": NEVER_SHOWN,
        "draw_key": draw_key.hex(),
        "encodings": ENCODINGS,
        "test_vector": {
            "tier": 0,
            "fan_id": EXAMPLE_FAN,
            "score": draw_score(draw_key, tier=0, fan_id=EXAMPLE_FAN),
        },
    }


def beacon_absence(draw: DrawState) -> str | None:
    """Say in words what it means that no beacon's value went into the draw; None where one did."""
    if draw.beacon:
        return None
    if draw.waived_at_ms is None:
        return NO_BEACON
    return f"The organizer went on without the beacon at {rfc3339(draw.waived_at_ms)}. {NO_BEACON}"


async def proof_lines(snapshot: Snapshot, read_chunk: ReadChunk) -> AsyncIterator[bytes]:
    """Write the proof as JSON lines, a chunk of entrants at a time; whoever reads slowly is waited for."""
    yield _line(proof_header(snapshot))
    for index in range(-(-(snapshot.draw.entrants or 0) // CHUNK_ENTRANTS)):
        yield write_entrants(await read_chunk(index))
        # Chunks from a disk, and a reader without end, would leave nobody else a turn.
        await asyncio.sleep(0)


def chunks_of(queue: DrawStore, room: str) -> ReadChunk:
    """Read the chunks of a room from the store."""
    return lambda index: queue.packed_entrants(room, index=index)


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
