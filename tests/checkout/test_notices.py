"""Notices: of what has happened and of nothing else, once, whatever becomes of the mail server and the worker."""

import asyncio
import html
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from checkout.database import Database
from checkout.notice_rules import TOLD
from checkout.notice_words import Kind
from checkout.notices import make_notices
from checkout.order_book import MOST_SENT_AN_HOUR
from checkout.outbox import Outbox, Patience
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import DECLINED, Fan
from tests.checkout.mail_host import MailHost
from tests.checkout.test_outbox import QUICK, hurry, until, until_in_database
from tests.checkout.test_worker import start_worker
from waitroom.metrics import JobMetrics
from waitroom.settings import Settings


@pytest.fixture
async def mail_host() -> AsyncIterator[MailHost]:
    """A mail server that takes everything."""
    host = MailHost()
    await host.start()
    yield host
    await host.stop()


@pytest.fixture
def mailing(checkout_settings: Settings, mail_host: MailHost) -> Settings:
    """Settings of a worker that sends mail."""
    return checkout_settings.model_copy(update={"smtp_url": SecretStr(mail_host.url)})


@asynccontextmanager
async def telling(settings: Settings, jobs: Database, *, patience: Patience = QUICK) -> AsyncIterator[JobMetrics]:
    """Run the tasks of notices beside the test."""
    metrics = JobMetrics()
    notices = make_notices(settings, jobs, metrics=metrics)
    url = settings.database_url.get_secret_value()
    outbox = Outbox(url, notices.tasks(), database=jobs, metrics=metrics, patience=patience)
    running = asyncio.create_task(outbox.run())
    try:
        yield metrics
    finally:
        outbox.stop()
        await running


async def states(connection: Connection) -> dict[str, str]:
    """Every notice's kind, with its state."""
    rows = await (await connection.execute("SELECT kind, state FROM notices ORDER BY notice_id")).fetchall()
    return dict(rows)


async def settled(connection: Connection) -> dict[str, str]:
    """The same, when none waits any more."""
    await until_in_database(connection, "count(*) = 0 FROM notices WHERE state = 'waiting'")
    return await states(connection)


async def test_a_paid_order_is_told_with_its_tickets(
    fan: Fan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """One mail: text and HTML, the secret address, and a picture of each ticket inside it."""
    order = (await fan.bought(2)).json()
    async with telling(mailing, jobs):
        assert await settled(database) == {Kind.PAID: "sent"}
    (mail,) = mail_host.mails

    assert mail_host.recipients == [["fan@example.org"]]
    assert str(mail["From"]) == "Box Office <tickets@shop.example>"
    assert str(mail["To"]) == "fan@example.org"
    assert str(mail["Subject"]) == "Your tickets for The Night Shift: Stadium Tour"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert order["order_url"] in text.get_content()
    assert all(ticket["proof"] in text.get_content() for ticket in order["tickets"])
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert len(pictures) == 2
    assert all(str(part["Content-ID"]).strip("<>") in html.get_content() for part in pictures)
    assert 'src="http' not in html.get_content()


async def test_what_is_rolled_back_is_not_told(
    fan: Fan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """A change of status that was taken back leaves neither a notice nor a job; the same change that stays does."""
    order_id = (await fan.bought()).json()["order_id"]
    await database.execute("DELETE FROM procrastinate_jobs")
    async with database.transaction(force_rollback=True):
        await refund(database, order_id)
        assert Kind.REFUNDED in await states(database)
    assert Kind.REFUNDED not in await states(database)
    assert await (await database.execute("SELECT FROM procrastinate_jobs")).fetchall() == []
    await refund(database, order_id)
    async with telling(mailing, jobs):
        await until(lambda: len(mail_host.mails) == 1)
    assert str(mail_host.mails[0]["Subject"]).startswith("Your refund for ")


async def refund(connection: Connection, order_id: str) -> None:
    """Give a whole order's money back, as far as rows tell."""
    await connection.execute(
        "INSERT INTO refunds (refund_id, order_id, payment_id, amount, reason)"
        " SELECT 'refund_' || order_id, order_id, payment_id, orders.amount, 'test'"
        " FROM orders JOIN payments USING (order_id) WHERE order_id = %s",
        (order_id,),
    )
    await connection.execute("UPDATE refunds SET status = 'refunded' WHERE order_id = %s", (order_id,))


async def test_without_its_trigger_a_change_is_not_told(fan: Fan, database: Connection) -> None:
    """The control: it is the trigger that tells, wherever a status is changed."""
    await database.execute("DROP TRIGGER order_change_is_told ON orders")
    await fan.bought()
    assert await states(database) == {}


async def test_a_mail_server_that_is_away_for_an_hour_loses_nothing(
    make_fan: MakeFan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """While it is away each notice is tried and put off; once it is back everyone has exactly one mail."""
    await mail_host.stop()
    for _ in range(3):
        await (await make_fan()).bought()
    async with telling(mailing, jobs):
        for tries in (1, 2, 3):
            await until_in_database(database, f"count(*) = 3 FROM procrastinate_jobs WHERE attempts = {tries}")
            waits = await (
                await database.execute("SELECT bool_and(scheduled_at > now()) FROM procrastinate_jobs")
            ).fetchone()
            assert waits == (True,)
            await hurry(database)
        await until_in_database(database, "count(*) = 3 FROM procrastinate_jobs WHERE attempts = 4")
        await mail_host.start()
        await hurry(database)
        assert await settled(database) == {Kind.PAID: "sent"}

    assert len({str(mail["Message-ID"]) for mail in mail_host.mails}) == len(mail_host.mails) == 3
    failures = await (await database.execute("SELECT failure FROM notices")).fetchall()
    assert failures == [(None,)] * 3


async def test_an_address_that_is_refused_is_given_up_at_once(
    fan: Fan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """What the server refuses for good is not tried for a day, and its reason names no address."""
    mail_host.answer_to_address = "550 No such user here"
    await fan.bought()
    async with telling(mailing, jobs) as metrics:
        assert await settled(database) == {Kind.PAID: "refused"}
    row = await (await database.execute("SELECT failure FROM notices")).fetchone()

    assert row == ("The mail server refuses this address (550).",)
    seen = {"kind": "paid", "state": "refused"}
    assert metrics.registry.get_sample_value("waitroom_notices_settled_total", seen) == 1


@pytest.mark.parametrize("is_about_address", [True, False])
async def test_a_server_that_is_busy_is_asked_again(
    is_about_address: bool, fan: Fan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """A passing refusal (4xx) puts the mail off, whatever it is about."""
    name = "answer_to_address" if is_about_address else "answer_to_mail"
    setattr(mail_host, name, "451 Later, please")
    await fan.bought()
    async with telling(mailing, jobs):
        with capture_logs() as logs:
            await until_in_database(database, "count(*) = 1 FROM procrastinate_jobs WHERE attempts = 1")
        row = await (await database.execute("SELECT state, failure FROM notices")).fetchone()
        setattr(mail_host, name, "250 OK")
        await hurry(database)
        assert await settled(database) == {Kind.PAID: "sent"}
    assert row is not None
    assert row[0] == "waiting"
    assert any(entry["event"] == "a job failed" for entry in logs)
    assert "fan@" not in f"{row[1]}{logs}"


@pytest.mark.parametrize("email", ["a,b@example.org", "x<y>@example.org", '"@example.org'])
async def test_an_address_that_is_none_gets_no_mail(
    email: str, fan: Fan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """What would be two addresses, or none, in a header is never put into one."""
    await fan.bought()
    await database.execute("UPDATE orders SET email = %s", (email,))
    async with telling(mailing, jobs):
        assert await settled(database) == {Kind.PAID: "refused"}
    assert mail_host.mails == []


async def test_a_vendors_words_make_no_headers(
    fan: Fan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """The name of an event stays in its line, and is text in the HTML."""
    await fan.bought()
    await database.execute("UPDATE events SET name = E'Gig\\r\\nBcc: all@example.org\\u2028<b>x</b>\\u202e'")
    async with telling(mailing, jobs):
        await settled(database)
    (mail,) = mail_host.mails
    html = mail.get_body(("html",))

    assert mail["Bcc"] is None
    assert str(mail["Subject"]) == "Your tickets for Gig Bcc: all@example.org <b>x</b>"
    assert html is not None
    assert "<b>x" not in html.get_content()
    assert mail_host.recipients == [["fan@example.org"]]


async def test_without_a_mail_server_notices_are_kept(
    fan: Fan, checkout_settings: Settings, jobs: Database, database: Connection
) -> None:
    """They are there as unsent, and nothing is retried."""
    await fan.bought()
    async with telling(checkout_settings, jobs):
        assert await settled(database) == {Kind.PAID: "unsent"}
        await until_in_database(database, "count(*) = 0 FROM procrastinate_jobs")


async def test_a_folder_keeps_mails(
    fan: Fan, checkout_settings: Settings, jobs: Database, database: Connection, tmp_path: Path
) -> None:
    """A demo's mails are files that a mail program opens."""
    url = SecretStr(f"file://{tmp_path}/mail?from=tickets@shop.example")
    await fan.bought()
    async with telling(checkout_settings.model_copy(update={"smtp_url": url}), jobs):
        assert await settled(database) == {Kind.PAID: "sent"}
    (file,) = (tmp_path / "mail").iterdir()
    assert file.suffix == ".eml"
    assert b"Subject: Your tickets" in file.read_bytes()


async def test_a_decline_is_told_if_it_is_the_last_word(
    make_fan: MakeFan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """Who pays in another way within the minute is told of the tickets alone; who does not is told of the decline."""
    for pays in (True, False):
        fan = await make_fan()
        hold = await fan.held(1)
        assert (await fan.buy(hold, DECLINED)).status_code == 402
        if pays:
            assert (await fan.buy(hold)).status_code == 201
    await hurry(database)
    async with telling(mailing, jobs):
        await until_in_database(database, "count(*) = 0 FROM notices WHERE state = 'waiting'")
    rows = await (await database.execute("SELECT kind, state FROM notices ORDER BY kind, state")).fetchall()

    assert rows == [("paid", "sent"), ("payment_failed", "moot"), ("payment_failed", "sent")]
    assert len(mail_host.mails) == 2


async def test_a_moved_event_is_told_to_those_who_have_seats(
    make_fan: MakeFan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """Each buyer once, also when the job is done twice; who has no seats hears nothing."""
    for _ in range(2):
        await (await make_fan()).bought()
    hold = await (late := await make_fan()).held(1)
    await late.buy(hold, DECLINED)
    await database.execute("DELETE FROM procrastinate_jobs")
    await database.execute("UPDATE events SET starts_at = starts_at + interval '1 day' WHERE event = 'gig'")
    await database.execute("SELECT defer_job(task_name, args) FROM procrastinate_jobs WHERE task_name = 'tell_event'")
    async with telling(mailing, jobs):
        await until_in_database(database, "count(*) = 0 FROM procrastinate_jobs")

    assert [str(mail["Subject"]) for mail in mail_host.mails] == ["The Night Shift: Stadium Tour has been moved"] * 2


async def test_a_move_is_told_with_the_tickets_of_the_new_time(
    fan: Fan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """Nobody is told before the tickets name the new time; then they go with the mail."""
    await fan.bought()
    await database.execute("DELETE FROM procrastinate_jobs")
    await database.execute("UPDATE events SET starts_at = starts_at + interval '1 day', moved_at = clock_timestamp()")
    async with telling(mailing, jobs):
        await until_in_database(database, "count(*) = 1 FROM procrastinate_jobs WHERE attempts = 1")
        assert mail_host.mails == []
        await database.execute("UPDATE tickets SET proof = 'the-new-proof', issued_at = clock_timestamp()")
        await hurry(database)
        await until(lambda: len(mail_host.mails) == 1)
    text = mail_host.mails[0].get_body(("plain",))
    assert text is not None
    assert "the-new-proof" in text.get_content()


async def test_a_cancelled_event_is_told_once(
    fan: Fan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """Its buyers hear of it when it is cancelled, and not of what is changed of it afterwards."""
    await fan.bought()
    await database.execute("DELETE FROM procrastinate_jobs")
    for _ in range(2):
        await database.execute("UPDATE events SET cancelled_at = now()")
    async with telling(mailing, jobs):
        await until_in_database(database, "count(*) = 0 FROM procrastinate_jobs")
    assert [str(mail["Subject"]) for mail in mail_host.mails] == ["The Night Shift: Stadium Tour has been cancelled"]


@pytest.mark.chaos
async def test_a_killed_workers_notice_is_sent_by_another(
    fan: Fan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection, tmp_path: Path
) -> None:
    """A worker is killed after the server had the mail and before it knew: another sends the same mail again."""
    mail_host.holds_mail = True
    await fan.bought()
    process = await asyncio.to_thread(start_worker, tmp_path, mailing, SMTP_URL=mail_host.url)
    await asyncio.wait_for(mail_host.has_mail.wait(), 60)
    os.kill(process.pid, signal.SIGKILL)
    assert await asyncio.to_thread(process.wait, 60) == 128 + signal.SIGKILL
    mail_host.holds_mail = False
    await database.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    async with telling(mailing, jobs):
        assert await settled(database) == {Kind.PAID: "sent"}
    first, second = mail_host.mails

    assert first["Message-ID"] == second["Message-ID"]


async def test_tickets_are_sent_again_on_request(
    fan: Fan, mailing: Settings, jobs: Database, mail_host: MailHost, database: Connection
) -> None:
    """Some times an hour, each time as a mail of its own."""
    order = (await fan.bought()).json()
    answers = [await fan.call("POST", f"/v1/orders/{order['order_id']}/send") for _ in range(MOST_SENT_AN_HOUR + 1)]
    async with telling(mailing, jobs):
        await settled(database)

    assert [answer.status_code for answer in answers] == [202] * MOST_SENT_AN_HOUR + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert len({str(mail["Message-ID"]) for mail in mail_host.mails}) == MOST_SENT_AN_HOUR + 1


async def test_tickets_are_sent_to_nobody_elses_request(make_fan: MakeFan, database: Connection) -> None:
    """A stranger's request finds no order; the secret of the order's address is enough."""
    fan, stranger = await make_fan(), await make_fan()
    order = (await fan.bought()).json()
    url = f"/v1/orders/{order['order_id']}/send"
    secret = order["order_url"].partition("?")[2]

    assert (await stranger.call("POST", url)).status_code == 404
    assert (await stranger.client.post(f"{url}?{secret}")).status_code == 202
    assert await states(database) == {Kind.PAID: "waiting", Kind.TICKETS: "waiting"}


async def test_an_order_without_tickets_has_none_to_send(fan: Fan) -> None:
    """An unpaid order is refused."""
    hold = await fan.held(1)
    order_id = (await fan.buy(hold, DECLINED)).json()["order_id"]
    answer = await fan.call("POST", f"/v1/orders/{order_id}/send")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-tickets")


async def test_the_database_has_the_rules(database: Connection) -> None:
    """The trigger's copy is the table of Python."""
    rows = await (await database.execute("SELECT to_status, kind, wait_seconds FROM notice_rules")).fetchall()
    assert set(rows) == {(status, rule.kind, rule.wait_seconds) for status, rule in TOLD.items()}


async def test_the_page_sends_tickets_again(fan: Fan, browser: httpx.AsyncClient, database: Connection) -> None:
    """The button of the order's page works without JavaScript, says where the mail goes, and stops at the limit."""
    url = (await fan.bought()).json()["order_url"].replace("/v1/", "/")
    page = await browser.get(url)
    action = re.search(r'action="(/orders/[^"]+/send\?[^"]+)"', page.text)
    assert action is not None
    pages = [await browser.post(html.unescape(action.group(1))) for _ in range(MOST_SENT_AN_HOUR + 1)]

    assert [each.status_code for each in pages] == [200] * MOST_SENT_AN_HOUR + [429]
    assert "on their way to fan@example.org" in pages[0].text
    assert "several times within the hour" in pages[-1].text
    rows = await (await database.execute("SELECT count(*) FROM notices WHERE kind = 'tickets'")).fetchone()
    assert rows == (MOST_SENT_AN_HOUR,)
