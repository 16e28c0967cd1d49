"""Faults to plant: guards that are taken out of the scripts, and where the machine looks for each."""

from dataclasses import dataclass
from typing import Any

CLAIMS = ("join", "time", "claim")
VISITS = ("join", "time", "visit")
DRAW = ("join", "time", "draw")
LOBBY: dict[str, Any] = {
    "lobby_at": 1_800_000_000_000,
    "lobby_closes_at": 1_800_000_004_000,
    "release_at": 1_800_000_005_000,
}
OPEN: dict[str, Any] = dict.fromkeys(LOBBY)
STEADY: dict[str, Any] = OPEN | {"plan": (), "new_users_per_minute": 300, "total_active_users": 30}


@dataclass(frozen=True)
class Fault:
    """What is wrong, as pairs of a guard and what stands instead; the rules and settings under which it shows."""

    name: str
    patches: tuple[tuple[str, str], ...]
    groups: frozenset[str]
    fixed: dict[str, Any]


def fault(name: str, guard: str, instead: str, *groups: str, **fixed: object) -> Fault:
    """A fault of one guard; a room without a lobby at 300 a minute, unless said otherwise."""
    return Fault(name, ((guard, instead),), frozenset(groups), STEADY | fixed)


QUICK = (
    fault(
        "a claim that is repeated is a second one",
        "local deadline = tonumber(redis.call('ZSCORE', ADMITTED, fan) or nil)",
        "local deadline = tonumber(redis.call('ZSCORE', ADMITTED, fan) or redis.call('ZSCORE', ACTIVE, fan) or nil)",
        *CLAIMS,
    ),
    fault("a token opens two sessions", "if turn.session ~= '' then return { 'spent' } end", "", *VISITS),
    fault(
        "entries know no rate",
        "local entry_us = math.max(now_us, room.free_from_us)",
        "local entry_us = now_us",
        *CLAIMS,
        new_users_per_minute=150,
    ),
    fault(
        "turns know no ceiling",
        "if redis.call('ZCARD', ADMITTED) + due * room.share > free then",
        "if false then",
        "join",
        "time",
        total_active_users=2,
    ),
    Fault(
        "the tail of the line goes first",
        (
            ("redis.call('ZRANGE', WAITING, 0, count - 1", "redis.call('ZREVRANGE', WAITING, 0, count - 1"),
            ("WAITING, 0, given - 1", "WAITING, -given, -1"),
        ),
        frozenset({"join", "time"}),
        STEADY,
    ),
    fault(
        "room time runs while paused",
        "if not room.is_paused and not room.is_recovering and phase_of",
        "if not room.is_recovering and phase_of",
        "time",
        "organizer",
    ),
    fault(
        "a join forgets who is there already",
        "if found[1] == 'unknown' then found = add(ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]) end",
        "found = add(ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2])",
        "join",
    ),
    fault(
        "a pass brings back whose turn is over",
        "if found[1] == 'unknown' then answers[i] = put_back",
        "if found[1] == 'unknown' or redis.call('HEXISTS', ENDED, ARGV[i]) == 1 then answers[i] = put_back",
        "join",
        "leave",
        "pass",
    ),
    fault("the admission log is no chain", "sha256(previous .. '|'", "sha256('|'", "join", "time"),
    fault(
        "the pass of a device that gave its place away holds",
        "return tonumber(moves) < known",
        "return false",
        "join",
        "device",
    ),
    fault(
        "a code opens twice",
        "elseif ARGV[4] == '' or ARGV[4] ~= by or tonumber(taken) ~= moves then",
        "elseif false then",
        "join",
        "device",
    ),
)
LATER = (
    fault(
        "an older pass undoes a move",
        "if tonumber(moves) > known then write_moves",
        "if tonumber(moves) ~= known then write_moves",
        "join",
        "device",
    ),
    fault("turns know no rate", "room.tokens = room.tokens - given", "", "join", "time", new_users_per_minute=60),
    fault(
        "claims know no ceiling",
        "redis.call('ZCARD', ACTIVE) >= room.total_active_users or ",
        "",
        *CLAIMS,
        "ceiling",
        total_active_users=8,
    ),
    fault(
        "turns are given while none may be",
        "not (room.is_paused or room.is_sold_out or room.is_recovering)",
        "true",
        "join",
        "time",
        "organizer",
    ),
    fault("an outage counts as room time", "math.min(since_us, 1000000)", "since_us", "time"),
    fault(
        "room time runs backwards",
        "math.max(0, math.min(since_us, 1000000))",
        "math.min(since_us, 1000000)",
        "time",
        "clock",
    ),
    fault(
        "a clock reopens the lobby", "redis.call('HSET', METER, 'frozen_at_us', now_us)", "", *DRAW, "clock", **LOBBY
    ),
    fault(
        "a repeated chunk is listed twice",
        "if ARGV[5] == '' or ARGV[5] ~= chunks then",
        "if ARGV[5] == '' then",
        *DRAW,
        **LOBBY,
    ),
    fault("another seed is pinned later", "if not meter[3] then", "if true then", *DRAW, **LOBBY),
    fault(
        "scores of any key are taken",
        "if meter[1] ~= ARGV[3] then return { 'other_key', meter[1] } end",
        "",
        *DRAW,
        **LOBBY,
    ),
    fault(
        "who left during the draw is drawn",
        "if not (ended[i] or turns[i]) then",
        "if true then",
        *DRAW,
        "leave",
        **LOBBY,
    ),
    fault(
        "who is still to be moved is nobody", "  return tier_in_list(fan)\n", "  return nil\n", *DRAW, "leave", **LOBBY
    ),
    fault("a leave is forgotten", "end_turn(fan, 'left')", "redis.call('HDEL', TURNS, fan)", "join", "leave"),
    fault("ends are not counted", "redis.call('HINCRBY', METER, reason, 1)", "", "join", "leave"),
    fault("an expired slot is kept", "end_due(ACTIVE, now_ms, 'expired')", "", *CLAIMS, claim_minutes=0.05),
    fault("a late turn is kept", "end_due(ADMITTED, room.room_ms, 'lapsed')", "", "join", "time", claim_minutes=0.05),
    fault(
        "a turn lapses while its fan asks at a full ceiling",
        "redis.call('ZADD', ADMITTED, room.room_ms + room.claim_ms, fan)",
        "",
        *CLAIMS,
        "ceiling",
        total_active_users=8,
    ),
    fault(
        "a step of the rate gives a depth anew",
        "    settle_entry_rate(room, before, after)\n",
        "",
        *CLAIMS,
        "rate",
        claim_minutes=2,
    ),
    fault(
        "a clock set back gives moments twice",
        "and entry_us < room.taken_to_us then",
        "and entry_us < 0 then",
        *CLAIMS,
        "clock",
        new_users_per_minute=60,
        claim_minutes=2,
    ),
    fault(
        "who comes by a slow clock overtakes",
        "math.max((room.last_arrival_us or -1) + 1, now_us",
        "math.max(0, now_us",
        "join",
        "clock",
    ),
    fault(
        "a repeated chunk moves the draw on",
        "if ARGV[4] == '' or ARGV[4] ~= meter[2] then",
        "if ARGV[4] == '' then",
        *DRAW,
        **LOBBY,
    ),
    fault("a spent code is taken", "if uses == '0' then return nil, 'spent' end", "", "join", codes="optional"),
    fault(
        "the governor follows any proposal",
        "if seen_ms ~= ARGV[3] or is_too_soon then",
        "if is_too_soon then",
        "governor",
    ),
    fault(
        "the governor takes steps at any pace",
        "if seen_ms ~= ARGV[3] or is_too_soon then",
        "if seen_ms ~= ARGV[3] then",
        "time",
        "governor",
    ),
    fault("a stale change is made", "if expected ~= version then return { 'stale', version } end", "", "organizer"),
    fault(
        "a session is shortened",
        "math.max(expires_ms, now_ms + tonumber(ARGV[4]))",
        "now_ms + tonumber(ARGV[4])",
        *CLAIMS,
        "checkout",
    ),
    fault(
        "who shops gives the slot away by leaving",
        "if turn and turn.session ~= '' then",
        "if false then",
        *VISITS,
        "leave",
    ),
    fault(
        "a token is spent before its moment",
        "if now_ms < turn.enter_ms then",
        "if false then",
        *CLAIMS,
        "visit",
        new_users_per_minute=60,
    ),
    fault("a deleted room comes back", "if redis.call('HEXISTS', DELETED, ARGV[2]) == 1 then", "if false then", "join"),
)
