"""The Merkle tree, against RFC 6962's own recursive words."""

import hashlib
import secrets
from collections.abc import Sequence

import pytest

from waitroom.queue.merkle import (
    CHUNK_ENTRANTS,
    EMPTY_ROOT,
    Frontier,
    audit_path,
    chunk_hash,
    leaf_hash,
    node_hash,
    pack_entrant,
    split_entrants,
    tree_hash,
)

COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 100, 255, 257]
CHUNKED = [0, 1, 5, 4095, 4096, 4097, 2 * 4096, 2 * 4096 + 1, 3 * 4096 + 77, 5 * 4096]


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1: split at the largest power of two below the length."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:split]) + mth(leaves[split:])).digest()


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*path(index, leaves[:split]), mth(leaves[split:])]
    return [*path(index - split, leaves[split:]), mth(leaves[:split])]


def entrants(count: int) -> list[bytes]:
    """So many packed entrants."""
    return [bytes([number % 8]) + number.to_bytes(16, "big") for number in range(count)]


@pytest.mark.parametrize("count", [0, *COUNTS])
def test_tree_hash(count: int) -> None:
    """The root over any number of leaves is the RFC's."""
    leaves = entrants(count)
    assert tree_hash([leaf_hash(leaf) for leaf in leaves]) == mth(leaves)


@pytest.mark.parametrize("count", CHUNKED)
def test_frontier_over_chunks(count: int) -> None:
    """Folded chunk by chunk, and written down in between, the root is that of the whole list."""
    leaves, frontier = entrants(count), Frontier()
    for start in range(0, count, CHUNK_ENTRANTS):
        frontier = Frontier.from_text(frontier.to_text())
        frontier.append(chunk_hash(leaves[start : start + CHUNK_ENTRANTS]))
    assert frontier.root() == mth(leaves)
    assert len(frontier.nodes) <= 4


@pytest.mark.parametrize("count", COUNTS)
def test_audit_path(count: int) -> None:
    """The siblings of each leaf are the RFC's, and lead to the root."""
    leaves = entrants(count)
    hashes = [leaf_hash(leaf) for leaf in leaves]
    for index in range(count):
        assert audit_path(hashes, index) == path(index, leaves)


def test_audit_path_over_chunks() -> None:
    """A path within a chunk and one over the chunks' roots are together the path in the whole tree."""
    leaves = entrants(2 * CHUNK_ENTRANTS + 5)
    chunks = [leaves[start : start + CHUNK_ENTRANTS] for start in range(0, len(leaves), CHUNK_ENTRANTS)]
    roots = [chunk_hash(chunk) for chunk in chunks]
    for index in (0, 4095, 4096, 8191, 8192, 8196):
        within = audit_path([leaf_hash(leaf) for leaf in chunks[index // 4096]], index % 4096)
        assert within + audit_path(roots, index // 4096) == path(index, leaves)


def test_a_leaf_is_no_node() -> None:
    """Leaves and nodes are hashed apart, so that no list passes for another."""
    left, right = leaf_hash(b"l"), leaf_hash(b"r")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert tree_hash([left, right]) != tree_hash([right, left])


def test_packed_entrants() -> None:
    """An entrant is its tier and its 16 bytes, and a chunk is cut where it was joined."""
    raw = [secrets.token_bytes(16) for _ in range(5)]
    packed = [pack_entrant(tier=tier, raw_fan_id=each) for tier, each in enumerate(raw)]
    assert packed[3] == b"\x03" + raw[3]
    assert split_entrants(b"".join(packed)) == packed
    assert split_entrants(b"") == []


def test_the_empty_tree() -> None:
    """The root over nobody is the hash of nothing."""
    assert Frontier().root() == tree_hash([]) == EMPTY_ROOT == hashlib.sha256().digest()
    assert Frontier.from_text("").nodes == []
