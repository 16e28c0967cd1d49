"""The draw, in steps of several edges that crash, come late and repeat themselves."""

import hashlib

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.waitroom.queue.machine.fans import Fans
from tests.waitroom.queue.machine.ground import NUMBERS, OTHER_SEED, SEED, Ground, group
from tests.waitroom.queue.machine.record import hold
from waitroom.queue.draw import FAN_ID_LENGTH, derive_draw_key, draw_score, raw_fan_id
from waitroom.queue.gathering import first_of
from waitroom.queue.merkle import EMPTY_ROOT, Frontier, chunk_hash, pack_entrant, split_entrants
from waitroom.queue.ordering import PLACE_BYTES, write_place
from waitroom.queue.scripts import Argument
from waitroom.tokens import encode_base64url

EDGES = st.sampled_from(["edge-a", "edge-b", "edge-c"])
LEASE_MS = 5000
CHUNK = 2
"""Entrants; in earnest 4,096. A power of two, so that the chunks' roots are nodes of the tree."""
LOOK = ("",) * 7


class Drawing(Fans, Ground):
    """Freezing, gathering, pinning, drawing; an edge may look and never come back, or come back late."""

    def __init__(self) -> None:
        super().__init__()
        self.chunks: dict[str, tuple[Argument, ...]] = {}
        self.scores: dict[str, tuple[Argument, ...]] = {}

    @group("draw")
    @rule(first=NUMBERS, count=st.integers(2, 7))
    def lobby_fills(self, first: int, count: int) -> None:
        """Fans come to the lobby until it closes."""
        closes_ms = self.record.settings.lobby_closes_at
        if closes_ms and self.record.phase_at(self.time.now_ms) == "lobby":
            self.crowd(first, count)
            self.pass_time(max(0, closes_ms * 1000 - self.time.now_us))

    @group("draw")
    @rule()
    def freeze(self) -> None:
        """An edge asks for the freeze: latched once its time has come."""
        self.record.latch(self.time.now_ms)
        reply = self.call("freeze")
        hold(rule="the freeze is latched", of=reply, so=(reply[0] == "frozen") == self.record.is_frozen)

    @group("draw")
    @rule(edge=EDGES, stores=st.booleans())
    def gather(self, edge: str, *, stores: bool) -> None:
        """An edge reads the next chunk of the lobby, or stores what it read, be it late."""
        if stores and edge in self.chunks:
            self.call("gather", edge, LEASE_MS, *self.chunks[edge])
            return
        frozen = self.call("freeze")
        reply = self.call("gather", edge, LEASE_MS, *LOOK)
        if frozen[0] == "frozen" and reply[0] == "next":
            index, frontier, count = reply[1:]
            self.chunks[edge] = self._next_chunk(index, frontier, int(count), entrants=int(frozen[2]))

    def _next_chunk(self, index: str, frontier_text: str, before: int, *, entrants: int) -> tuple[Argument, ...]:
        page = list(self.view.sets["lobby"].items())[before : before + CHUNK]
        packed = [pack_entrant(tier=tier, raw_fan_id=raw_fan_id(fan)) for fan, tier in page]
        frontier, root = Frontier.from_text(frontier_text), chunk_hash(packed) if packed else EMPTY_ROOT
        if packed:
            frontier.append(root)
        count = before + len(packed)
        whole = frontier.root().hex() if count >= entrants else ""
        chunk = b"".join(packed)
        return index, chunk, root.hex(), frontier.to_text(), whole, count, first_of(chunk)

    @group("draw")
    @rule(seed=st.sampled_from([SEED, SEED, SEED, OTHER_SEED]))
    def pin(self, seed: bytes) -> None:
        """An edge pins the draw, with this seed or another; the first pin stands."""
        root, pinned = self.view.meter.get("root", "00"), self.view.meter.get("key_hash")
        key_hash = hashlib.sha256(derive_draw_key(seed=seed, root=bytes.fromhex(root))).hexdigest()
        reply = self.call("pin", root, seed.hex(), "", key_hash)
        expected = ["pinned", pinned or key_hash] if "root" in self.view.meter else ["not_gathered"]
        hold(rule="the first pin stands", of=(reply, expected), so=reply[: len(expected)] == expected)

    @group("draw")
    @rule(edge=EDGES, stores=st.booleans(), is_other=st.sampled_from([False, False, False, True]))
    def draw(self, edge: str, *, stores: bool, is_other: bool) -> None:
        """An edge makes the next places, or moves what it made, be it late, be it with another key."""
        key, key_hash = self._key()
        if is_other:
            fan = next(iter(self.view.lobby), "n" * FAN_ID_LENGTH)
            reply = self.call("draw", "ff", 0, write_place(1, fan))
            hold(rule="scores of another key are refused", of=reply, so=reply[0] in {"other_key", "not_pinned"})
        elif stores and edge in self.scores:
            places = self.scores[edge][2]
            assert isinstance(places, bytes)
            ends = range(PLACE_BYTES, len(places) + 1, PLACE_BYTES)
            own = {places[end - FAN_ID_LENGTH : end].decode() for end in ends}
            before = self.view
            self.call("draw", *self.scores[edge], own=own)
            self._in_drawn_order({fan: tier for fan, tier in before.lobby.items() if fan in own})
        elif (reply := self.call("draw", key_hash, ""))[0] == "next":
            self.scores[edge] = (key_hash, reply[1], self._places(key, int(reply[1])))

    def _key(self) -> tuple[bytes, str]:
        seed, root = (bytes.fromhex(self.view.meter.get(name, "")) for name in ("seed", "root"))
        key = derive_draw_key(seed=seed, root=root)
        return key, hashlib.sha256(key).hexdigest()

    def _places(self, key: bytes, moved: int) -> bytes:
        """The next entrants in the order of the draw: not the first ones of the lobby."""
        chunks = [self.view.hashes["entrants"][str(index)] for index in range(int(self.view.meter["chunks"]))]
        entrants = [entrant for chunk in chunks for entrant in split_entrants(chunk.encode("latin-1"))]
        fans = [(entrant[0], encode_base64url(entrant[1:])) for entrant in entrants]
        drawn = sorted((draw_score(key, tier=tier, fan_id=fan), fan) for tier, fan in fans)
        return b"".join(write_place(score, fan) for score, fan in drawn[moved : moved + CHUNK])

    def _in_drawn_order(self, tiers: dict[str, int]) -> None:
        """The drawn stand where everybody can compute that they stand."""
        key, _ = self._key()
        line = {fan: score for fan, score in self.view.sets["waiting"].items() if fan in tiers}
        expected = {fan: draw_score(key, tier=tiers[fan], fan_id=fan) for fan in line}
        hold(rule="the order is the drawn one", of=line, so=line == expected)

    @group("draw")
    @rule(steps=st.integers(1, 12))
    def draw_on(self, steps: int) -> None:
        """One edge takes the draw forward without a crash; another comes late, with another seed."""
        for _ in range(steps):
            self.gather("edge-a", stores=False)
            self.gather("edge-a", stores=True)
        if "root" in self.view.meter:
            self.pin(SEED)
            self.pin(OTHER_SEED)
            for _ in range(steps):
                self.draw("edge-a", stores=False, is_other=False)
                self.draw("edge-a", stores=True, is_other=False)
