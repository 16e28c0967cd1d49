"""The Merkle tree of the entrants (RFC 6962 §2.1), grown chunk by chunk.

leaf = SHA-256(0x00 ‖ tier byte ‖ 16 raw bytes of the fan id); node = SHA-256(0x01 ‖ left ‖ right). A chunk holds
4,096 leaves, a power of two, so the root of a full chunk is a node of the whole tree.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

CHUNK_ENTRANTS = 4096
ENTRANT_BYTES = 17
EMPTY_ROOT = hashlib.sha256(b"").digest()


def pack_entrant(*, tier: int, raw_fan_id: bytes) -> bytes:
    """The 17 bytes of an entrant: the tier and the raw fan id."""
    return bytes((tier,)) + raw_fan_id


def split_entrants(packed: bytes) -> list[bytes]:
    """Cut a chunk into its entrants of 17 bytes."""
    return [packed[at : at + ENTRANT_BYTES] for at in range(0, len(packed), ENTRANT_BYTES)]


def leaf_hash(entrant: bytes) -> bytes:
    """The hash of one packed entrant."""
    return hashlib.sha256(b"\x00" + entrant).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def chunk_hash(entrants: Iterable[bytes]) -> bytes:
    """The Merkle root of one chunk's entrants (at least one)."""
    return tree_hash([leaf_hash(entrant) for entrant in entrants])


def tree_hash(hashes: Sequence[bytes]) -> bytes:
    """The Merkle tree hash over leaf hashes; of none, SHA-256 of nothing.

    Pairing neighbours level by level, with an odd last one carried up, is RFC 6962's split at the largest power
    of two below the length.
    """
    level = list(hashes)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        level = _next_level(level)
    return level[0]


def audit_path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings from a node up to the root of its tree, lowest first (RFC 6962 §2.1.1)."""
    path: list[bytes] = []
    level = list(hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level = _next_level(level)
        index //= 2
    return path


def _next_level(level: list[bytes]) -> list[bytes]:
    # Written out instead of `node_hash`: a large draw passes here for every entrant.
    sha256, pairs = hashlib.sha256, zip(level[::2], level[1::2], strict=False)
    paired = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return paired + level[len(paired) * 2 :]


@dataclass
class Frontier:
    """The full subtrees over the chunks so far, highest first: all that is needed to go on."""

    nodes: list[tuple[int, bytes]] = field(default_factory=list)

    def append(self, root: bytes) -> None:
        """Add the root of the next chunk; only the last chunk may be short of leaves."""
        height = 0
        while self.nodes and self.nodes[-1][0] == height:
            root = node_hash(self.nodes.pop()[1], root)
            height += 1
        self.nodes.append((height, root))

    def root(self) -> bytes:
        """The Merkle root over all chunks."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1][1]
        for _, left in reversed(self.nodes[:-1]):
            root = node_hash(left, root)
        return root

    def to_text(self) -> str:
        """Write the frontier for another edge to go on from."""
        return json.dumps([[height, node.hex()] for height, node in self.nodes])

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote; nothing is the empty frontier."""
        return cls([(height, bytes.fromhex(node)) for height, node in json.loads(text or "[]")])
