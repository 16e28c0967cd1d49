"""The support desk finds a fan by the code that the fan reads out."""

import time

from starlette.applications import Starlette

from edge.console.audit import Audit, Wanted
from tests.edge.console.conftest import ROOMS, Ask, MakeRoom
from tests.factories import a_fan
from waitroom.queue import Held, Queue, look_at_room
from waitroom.settings import Settings
from waitroom.short_codes import Purpose, new_short_code, short_code_id

JOINED_MS = time.time_ns() // 1_000_000


async def code_for(queue: Queue, settings: Settings, room: str, fan: str) -> str:
    """A support code of a fan, as the fan's page shows it."""
    snapshot = await look_at_room(queue, room)
    key = settings.key_source().current().find(snapshot.seed_key_id)
    assert key is not None
    code = new_short_code(Purpose.SUPPORT)
    code_id = short_code_id(code, Purpose.SUPPORT, secret=key.secret, epoch=snapshot.epoch)
    assert code_id is not None
    await queue.support(
        room, held=Held(fan_id=fan, tier=0, score=None, joined_at_ms=JOINED_MS), moves=0, code_id=code_id
    )
    return code


async def test_the_desk_sees_state_and_history(
    ask: Ask, make_room: MakeRoom, room_name: str, console: Starlette, console_queue: Queue, console_settings: Settings
) -> None:
    """The whole way so far, and nothing to act for the fan with; the look is in the audit."""
    await make_room()
    fan = a_fan()
    await console_queue.join(room_name, [(fan, 0)])
    code = await code_for(console_queue, console_settings, room_name, fan)
    told = []
    for step in ("joined", "claimed", "finished"):
        if step == "claimed":
            await console_queue.claim(room_name, fan_id=fan)
        if step == "finished":
            await console_queue.finish(room_name, epoch="", fan_id=fan)
        found = await ask("POST", f"{ROOMS}/{room_name}/support", json={"code": code.lower()}, role="viewer")
        assert found.status_code == 200
        assert fan not in found.text
        told.append(found.json())
    assert [answer["state"] for answer in told] == ["admitted", "active", "finished"]
    assert [[entry["what"] for entry in answer["history"]] for answer in told] == [
        ["joined", "drawn", "turn-given"],
        ["joined", "drawn", "turn-given", "claimed"],
        ["joined", "drawn", "finished"],
    ]
    assert (told[0]["fan"], told[0]["ahead"], told[0]["moves"]) == (fan[:6], 0, 0)
    audit: Audit = console.state.audit
    entries = await audit.read(Wanted(room=room_name, what="look-up-fan"))
    assert len(entries) == 3
    assert fan not in str(entries)


async def test_codes_that_find_nobody(
    ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue, console_settings: Settings
) -> None:
    """A code of nobody, one that was replaced, and what is no code at all are told alike; no code is a wrong body."""
    await make_room()
    fan = a_fan()
    await console_queue.join(room_name, [(fan, 0)])
    replaced = await code_for(console_queue, console_settings, room_name, fan)
    await code_for(console_queue, console_settings, room_name, fan)
    for code in (replaced, "ABC-DEF-GH", "?"):
        refused = await ask("POST", f"{ROOMS}/{room_name}/support", json={"code": code})
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/support-code-unknown")
    assert (await ask("POST", f"{ROOMS}/{room_name}/support", json={})).status_code == 422
