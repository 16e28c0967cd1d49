"""The draw proof: everything that the draw was made of, then every entrant in the lobby's order."""

import json
from collections.abc import AsyncIterator
from typing import Any

from waitroom.queue.draw import draw_score
from waitroom.queue.merkle import CHUNK_ENTRANTS
from waitroom.queue.snapshot import Snapshot
from waitroom.queue.store import Queue
from waitroom.tokens import encode_base64url

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
    "root": "RFC 6962 Merkle tree hash; leaf data = tier byte, then the 16 raw bytes of the fan id",
    "entrant": "[tier, fan id in base64url without padding], ordered by tier, then by the text of the fan id",
    "draw_key": "SHA-256(seed, root, beacon value or nothing), hex",
    "score": "tier * 2^50 + the first 6 bytes, big-endian, of HMAC-SHA256(draw key, raw fan id); lower goes first",
}


def proof_header(snapshot: Snapshot) -> dict[str, Any]:  # Any: JSON values
    """Say what the draw was made of; the room must be drawn."""
    draw_key = snapshot.draw.draw_key()
    assert draw_key is not None, "only a drawn room has a proof"
    return {
        "room": snapshot.room,
        "epoch": snapshot.epoch,
        "commitment": snapshot.draw.commitment,
        "seed": snapshot.draw.seed,
        "root": snapshot.draw.root,
        "count": snapshot.draw.entrants,
        "beacon": snapshot.draw.beacon,
        "beacon_absence": None if snapshot.draw.beacon else NO_BEACON,
        "never_shown": NEVER_SHOWN,
        "draw_key": draw_key.hex(),
        "encodings": ENCODINGS,
        "test_vector": {
            "tier": 0,
            "fan_id": EXAMPLE_FAN,
            "score": draw_score(draw_key, tier=0, fan_id=EXAMPLE_FAN),
        },
    }


async def proof_lines(queue: Queue, snapshot: Snapshot) -> AsyncIterator[bytes]:
    """Write the proof as JSON lines, a chunk of entrants at a time."""
    yield _line(proof_header(snapshot))
    for index in range(-(-(snapshot.draw.entrants or 0) // CHUNK_ENTRANTS)):
        entrants = await queue.entrants(snapshot.room, index=index)
        yield b"".join(_line([entrant[0], encode_base64url(entrant[1:])]) for entrant in entrants)


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
