"""What must hold after every step, whatever the step was: each function names the rule that it found broken."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping

from tests.waitroom.queue.machine.clock import Time, overspent
from tests.waitroom.queue.machine.record import Record, hold
from tests.waitroom.queue.machine.view import View
from waitroom.queue.draw import raw_fan_id
from waitroom.queue.merkle import leaf_hash, pack_entrant, split_entrants, tree_hash

ENDS = ("finished", "left", "lapsed", "expired")
LOG_FIELDS = ("n", "at_ms", "turns", "first", "last", "per_minute", "share", "by")
Move = tuple[str | None, str | None]

TURN: frozenset[Move] = frozenset({("waiting", "admitted")})
NEW: frozenset[Move] = frozenset({(None, "lobby"), (None, "waiting"), (None, "admitted")})
MOVES: Mapping[str, frozenset[Move]] = {
    "join": TURN,
    "revoke": frozenset({("active", "expired")}),
    "advance": TURN | {("admitted", "lapsed"), ("active", "expired")},
}
OWN_MOVES: Mapping[str, frozenset[Move]] = {
    "join": NEW,
    "restore": NEW - {(None, "admitted")},
    "draw": frozenset({("lobby", "waiting")}),
    "claim": frozenset({("admitted", "active"), ("admitted", "lapsed")}),
    "prolong": frozenset({("admitted", "lapsed")}),
    "enter": frozenset((state, "active") for state in (None, "lobby", "waiting", "admitted")),
    "leave": frozenset((state, "left") for state in ("lobby", "waiting", "admitted", "active")),
    "revoke": frozenset((state, "expired") for state in ("lobby", "waiting", "admitted", "active")),
    "finish": frozenset((state, "finished") for state in (None, "lobby", "waiting", "admitted", "active")),
}


def moved(before: View, after: View) -> dict[str, Move]:
    """Who is elsewhere than before."""
    was, now = before.fans(), after.fans()
    return {fan: (was.get(fan), now.get(fan)) for fan in was | now if was.get(fan) != now.get(fan)}


def nobody_vanishes(before: View, after: View, *, verb: str, own: Iterable[str]) -> None:
    """A fan goes from one state to the next by the verb that does it, and never back or away."""
    named = set(own)
    for fan, move in moved(before, after).items():
        may = move in MOVES.get(verb, ()) or (fan in named and move in OWN_MOVES.get(verb, ()))
        hold(rule="nobody vanishes, is put elsewhere or comes back", of=(verb, fan, move), may_move=may)


def one_state_each(view: View, record: Record) -> None:
    """A fan stands in one place; an entrant of the frozen list may be inside or gone beside it."""
    rule = "a fan is in one state"
    lobby, waiting = set(view.lobby), set(view.sets["waiting"])
    admitted, active = set(view.sets["admitted"]), set(view.sets["active"])
    ended, turns = set(view.hashes["ended"]), set(view.hashes["turns"])
    hold(
        rule=rule,
        of=view.fans(),
        one_set=len(waiting | admitted | active | ended) == sum(map(len, (waiting, admitted, active, ended))),
        not_in_lobby=not lobby & (waiting | admitted),
        gone_of_lobby_only_when_frozen=record.is_frozen or not lobby & (ended | active),
        turns_are_held=turns == admitted | active,
    )
    hold(
        rule="nobody stays in a lobby that was drawn",
        of=lobby,
        none_left=not view.is_drawn or not lobby - ended - active,
    )


def places_stand(before: View, after: View) -> None:
    """Who waits keeps the score."""
    was, now = before.sets["waiting"], after.sets["waiting"]
    changed = [fan for fan in was.keys() & now.keys() if was[fan] != now[fan]]
    hold(rule="a place in line stands", of=changed, none_changed=not changed)


def moves_stand(before: View, after: View) -> None:
    """How often a fan has moved to another device is never forgotten, and each code is one fan's."""
    was, now = ({fan: score % 1000 for fan, score in view.sets["moved"].items()} for view in (before, after))
    less = [fan for fan, moves in was.items() if now.get(fan, 0) < moves]
    hold(rule="a move stands", of=less, none_undone=not less)
    for part in ("moves", "support"):
        notes, due = after.hashes[part], set(after.sets[f"{part}_due"])
        codes = {name for name in notes if not name.startswith("@")}
        owners = {notes[code].split(":")[0]: code for code in codes}
        back = {name[1:]: code for name, code in notes.items() if name.startswith("@")}
        hold(
            rule="one code a fan",
            of=notes,
            as_due=codes == due,
            one_each=len(owners) == len(codes),
            back=owners == back,
        )


def turns_in_order(before: View, after: View, record: Record, time: Time) -> list[str]:
    """Turns go to the head of the line, while they may be given and there is room; returns to whom."""
    given = [fan for fan, (_, to) in moved(before, after).items() if to == "admitted"]
    if not given:
        return []
    share, free = float(after.meter.get("share", 1)), record.ceiling_at(time.now_ms) - len(after.sets["active"])
    hold(rule="no turn while none may be given", of=given, may_admit=record.may_admit(time.now_ms))
    hold(rule="no turn above the ceiling", of=given, has_room=share * (len(given) - 1) < free)
    hold(rule="one turn a fan", of=given, first=not record.moments.keys() & set(given))
    scores = [before.sets["waiting"][fan] for fan in given if fan in before.sets["waiting"]]
    first = min(after.sets["waiting"].values(), default=2**60)
    hold(rule="nobody is overtaken", of=given, head_first=max(scores, default=0) <= first)
    counted_by = float(after.log[-1]["share"])
    spent = time.spend(time.now_us, per_minute=record.rate_at(time.now_ms), share=counted_by)
    record.turns += [spent] * len(given)
    found = overspent(record.turns, time)
    hold(rule="turns keep the rate", of=found, none_over=not found)
    record.deadlines |= dict.fromkeys(given, record.room_ms + record.claim_ms)
    return given


def deadlines_stand(view: View, record: Record) -> None:
    """Deadlines are in room time, as they were told."""
    told = {fan: record.deadlines.get(fan) for fan in view.sets["admitted"]}
    hold(rule="a deadline stands", of=(told, view.sets["admitted"]), same=told == view.sets["admitted"])
    room_us = float(view.meter.get("room_us", 0))
    hold(rule="room time runs with the clock, while open", of=(room_us, record.room_us), same=room_us == record.room_us)


def counters_agree(view: View, record: Record) -> None:
    """The counters say what the sets and the log hold."""
    ended = Counter(view.hashes["ended"].values())
    counts = {name: int(view.meter.get(name, 0)) - record.counted[name] for name in (*ENDS, "given", "log_entries")}
    found = {name: ended[name] for name in ENDS}
    found |= {"given": sum(int(entry["turns"]) for entry in view.log), "log_entries": len(view.log)}
    hold(rule="counters agree with what is there", of=(counts, found), same=counts == found)
    joined = sum(state not in ENDS for state in view.fans().values())
    joined += sum(int(view.meter.get(name, 0)) for name in ENDS)
    counted = int(view.meter.get("joined", 0))
    hold(rule="who joined is counted once", of=(counted, joined, dict(view.meter)), same=counted == joined)


def log_is_a_chain(view: View, record: Record) -> None:
    """Each entry of the admission log holds the hash of all before it."""
    head = record.log_head
    for entry in view.log:
        text = "|".join([head, *(entry[name] for name in LOG_FIELDS)])
        head = hashlib.sha256(text.encode()).hexdigest()
        hold(rule="the admission log is a chain", of=entry["n"], same=entry["hash"] == head)
    if view.log:
        hold(rule="the admission log is a chain", of="head", same=view.meter["log_head"] == head)


def list_is_whole(view: View) -> None:
    """Once there is a root it is that of the stored list, and everybody in the lobby is on it."""
    root, stored = view.meter.get("root"), view.hashes["entrants"]
    indexes = [str(index) for index in range(int(view.meter.get("chunks", 0)))]
    is_coming_back = "recovering_until_ms" in view.meter and not stored.keys() >= set(indexes)
    if root is None or is_coming_back:
        return
    chunks = [stored[index].encode("latin-1") for index in indexes]
    entrants = [entrant for chunk in chunks for entrant in split_entrants(chunk)]
    lobby = {pack_entrant(tier=tier, raw_fan_id=raw_fan_id(fan)) for fan, tier in view.sets["lobby"].items()}
    moved = None if view.is_drawn else view.meter.get("drawn_entrants")
    hold(
        rule="the list of entrants is whole",
        is_root=tree_hash([leaf_hash(entrant) for entrant in entrants]).hex() == root,
        once_each=len(set(entrants)) == len(entrants) == int(view.meter["count"]),
        lobby_is_on_it=lobby <= set(entrants),
        as_many_are_left=moved is None or len(lobby) == len(entrants) - int(moved),
    )
