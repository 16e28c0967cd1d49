"""A checkout that sells its last seat, and the room before it."""

import asyncio

from checkout.cases import Cases
from checkout.errors import OutcomeUnknownError
from checkout.reminding import Reminding
from checkout.reporting import Pulse, Reporting
from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.providers import interfere
from tests.factories import a_fan
from tests.patience import PATIENCE_SECONDS
from waitroom.queue import Queue, Standing, State, create_room, look_at_room
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings


async def fall_silent() -> None:
    """The provider does not answer."""
    raise OutcomeUnknownError("silent")


async def sell_out(make_fan: MakeFan, services: Services) -> None:
    """Sell all 27 seats; the bank never says whether it captured the last three."""
    for _ in range(6):
        await (await make_fan()).bought(4)
    last = await make_fan()
    hold = await last.held(3, "balcony")
    interfere(services).before["capture"] = fall_silent
    assert (await last.buy(hold)).status_code == 202


async def joined(queue: Queue, room: str) -> State:
    """Where a fan stands who comes now."""
    answers = await queue.join(room, [(a_fan(), 0)])
    assert isinstance(answers, list)
    assert isinstance(answers[0], Standing)
    return answers[0].state


async def test_a_room_closes_with_the_last_seat_and_opens_with_one_that_returns(
    make_fan: MakeFan,
    services: Services,
    database: Connection,
    queue: Queue,
    checkout_settings: Settings,
    room_name: str,
) -> None:
    """Sold out is told to all; a capture that fails for good gives seats back, and the line goes on by itself."""
    reporting = Reporting(
        services.catalogue,
        services.sessions._room,
        services.database,
        Reminding(services.database, services.sessions._room),
        Cases(services.database),
        pulse=Pulse(),
        metrics=services.metrics,
        reporter="test",
    )
    await sell_out(make_fan, services)
    await create_room(queue, checkout_settings.key_source(), room_name, RoomSettings(), who="test")
    await reporting.report()
    snapshot = await look_at_room(queue, room_name)
    assert (snapshot.seats_left, snapshot.is_sold_out, snapshot.settings.sold_out) == (0, True, False)
    assert await joined(queue, room_name) is State.WAITING

    await database.execute(
        "SELECT settle_capture_failed(payment_id, 'withdrawn') FROM payments JOIN orders USING (order_id) "
        "WHERE orders.status = 'secured'"
    )
    # The running checkout reports as well, and may just have counted before: the next report is right again.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await look_at_room(queue, room_name)).seats_left != 3:
            await reporting.report()
    assert not (await look_at_room(queue, room_name)).is_sold_out
    assert await joined(queue, room_name) is State.ADMITTED
