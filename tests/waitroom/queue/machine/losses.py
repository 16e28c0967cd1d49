"""What a store loses, and how rooms and fans come back."""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.factories import a_pass
from tests.waitroom.queue.machine.ground import EPOCH, NUMBERS, Ground, group
from tests.waitroom.queue.machine.organizer import Organizer
from tests.waitroom.queue.machine.record import Record, hold
from tests.waitroom.queue.machine.view import copy_keys, put_keys
from waitroom.queue.draw import derive_draw_key, raw_fan_id
from waitroom.queue.merkle import split_entrants
from waitroom.queue.recovery import KeptRoom, Stage, score_to_restore
from waitroom.queue.snapshot import TOTALS, Snapshot
from waitroom.tokens import LOBBY

RECOVERING_MS = 90_000


class Losses(Organizer, Ground):
    """A failover forgets the last writes, a store forgets everything; edges and passes bring rooms and fans back."""

    replica: tuple[dict[str, bytes | None], Record] | None = None

    @group("loss")
    @rule()
    def replica_stops(self) -> None:
        """From here on a replica gets no more writes."""
        self.replica = copy_keys(self.world.client, self.room), self.remember()

    @group("loss")
    @rule()
    def failover(self) -> None:
        """The replica becomes the store: whatever came after its last write is forgotten."""
        if self.replica is None:
            return
        keys, self.record = self.replica
        self.replica = None
        put_keys(self.world.client, keys)
        self.time.note_rate(self.record.rate_at)

    @group("loss")
    @rule(count=st.integers(0, 40))
    def store_is_emptied(self, count: int) -> None:
        """The store forgets everything; an edge puts the room back as it saw it last, and fans come back."""
        if self.kept is None:
            return
        snapshot, record = self.kept
        put_keys(self.world.client, dict.fromkeys(copy_keys(self.world.client, self.room)))
        kept = KeptRoom.of(Snapshot.parse(self.room, snapshot))
        self.record = self.after_loss(record, kept)
        fields, meter = kept.fields, kept.meter_to_restore()
        pairs = [text for part in (fields, meter) for pair in part.items() for text in pair]
        reply = self.call("restore_room", *map(int, kept.rank), kept.made_ms, RECOVERING_MS, len(fields), *pairs)
        hold(rule="a lost room comes back", of=reply, so=reply == ["restored", str(self.record.recovering_until_ms)])
        self.kept = None
        self.time.note_rate(self.record.rate_at)
        for index in range(int(meter["chunks"]) if kept.stage is Stage.PINNED else 0):
            packed, root = (record.view.hashes["entrants"][name] for name in (str(index), f"{index}:hash"))
            self.call("restore_chunk", meter["root"], index, packed.encode("latin-1"), root)
        if self.holdings:
            self.restore_fans(sorted(self.holdings)[:count])

    def after_loss(self, record: Record, kept: KeptRoom) -> Record:
        """What the store owes to remember when the room is put back: the rates, and no turn, deadline or session."""
        until_ms = self.time.now_ms + RECOVERING_MS
        meter = kept.meter_to_restore()
        back = Record(record.settings, self.send("standing", "nobody")[1], record.version, record.rate_set_at_ms)
        back.factor, back.factor_at_ms, back.is_nothing_left = (
            record.factor,
            record.factor_at_ms,
            record.is_nothing_left,
        )
        back.is_frozen, back.recovering_until_ms = kept.stage is not Stage.LOBBY, until_ms
        back.room_us, back.arrivals = record.room_us, int(meter.get("last_arrival_us", -1))
        back.log_head = meter.get("log_head", kept.fields["commitment"])
        back.counted = Counter({name: int(meter.get(name, 0)) for name in (*TOTALS, "log_entries")})
        # The turns of those whose turn is over; everybody else counts again from when the room knows them again.
        back.counted["given"] = sum(back.counted[name] for name in ("finished", "expired", "lapsed"))
        # Moments that come after the recovery may come twice: the store no longer knows them.
        back.entries = [entry for entry in self.record.entries if entry.moment_us < until_ms * 1000]
        back.turns = self.record.turns
        return back

    @group("pass")
    @rule(number=NUMBERS, count=st.integers(1, 40))
    def restore(self, number: int, count: int) -> None:
        """Fans show their passes, also those whose turn is over; who is known stays where the room has them."""
        holders = sorted(self.holdings)
        if holders:
            start = number % len(holders)
            self.restore_fans((holders + holders)[start : start + min(count, len(holders))])

    def restore_fans(self, fans: list[str]) -> None:
        """Put fans back by what they hold; each is then in the room, or still to be drawn."""
        passes = [(fan, self.holdings[fan].tier, self.signed_or_drawn(fan)) for fan in fans]
        reply = self.call("restore", *(value for one in passes for value in one), own=fans)
        for (fan, tier, score), answer in zip(passes, reply[1:], strict=True):
            state = self.view.state(fan)
            is_awaited = state is None and answer[0] == "lobby" and score == "lobby"
            hold(rule="a pass brings its fan back", of=(fan, tier, score, answer), so=is_awaited or answer[0] == state)
        self.record.arrivals = int(self.view.meter.get("last_arrival_us", -1))

    def signed_or_drawn(self, fan: str) -> int | str:
        """The score that the edge puts a fan back at."""
        holding, meter = self.holdings[fan], self.view.meter
        key, is_entrant = None, None
        if "seed" in meter:
            key = derive_draw_key(seed=bytes.fromhex(meter["seed"]), root=bytes.fromhex(meter["root"]))
            chunks = [text.encode("latin-1") for name, text in self.view.hashes["entrants"].items() if name.isdigit()]
            is_entrant = raw_fan_id(fan) in {entrant[1:] for chunk in chunks for entrant in split_entrants(chunk)}
        signed = LOBBY if holding.score is None else holding.score
        held = a_pass(epoch=EPOCH, fan_id=fan, score=signed, tier=holding.tier)
        score = score_to_restore(held, draw_key=key, is_entrant=is_entrant)
        return LOBBY if score is None else score

    def teardown(self) -> None:
        """At the end everybody who holds a pass is in the room, and a deleted room stays deleted."""
        if not self.is_ready:
            return
        if self.holdings:
            self.restore_fans(sorted(self.holdings))
        self.send("delete")
        reply, _ = self.send("restore_room", 1, 0, 0, 0, RECOVERING_MS, 1, "epoch", EPOCH)
        hold(rule="a deleted room is not restored", of=reply, so=reply == ["deleted"])
        put_keys(self.world.client, dict.fromkeys(copy_keys(self.world.client, self.room)))
