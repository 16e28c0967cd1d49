"""Who may call as a vendor."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from checkout.services import Services
from checkout.vendors.accounts import NOBODY, _hash
from tests.checkout.conftest import Connection
from tests.checkout.fans import problem
from tests.checkout.vendors.seller import Seller
from waitroom.web.guesses import BURST


def refused(services: Services, reason: str) -> float | None:
    """How many calls were refused for this reason."""
    return services.metrics.registry.get_sample_value("waitroom_vendor_keys_refused_total", {"reason": reason})


async def test_a_key_names_its_vendor(seller: Seller) -> None:
    """Whoever holds the key acts for the vendor."""
    assert (await seller.call("GET")).json() == {"vendor": "riverside", "name": "Riverside"}


async def test_no_key_and_a_wrong_one_are_401(client: httpx.AsyncClient, seller: Seller, services: Services) -> None:
    """The right id with a wrong secret is a wrong key; each refusal is counted."""
    bare = await client.get("/v1/vendor")
    wrong = await Seller(client, seller.key[:-1] + ("a" if seller.key[-1] != "a" else "b")).call("GET")
    assert [(answer.status_code, problem(answer)) for answer in (bare, wrong)] == [(401, "vendor-key-required")] * 2
    assert bare.headers["www-authenticate"] == 'Bearer realm="vendor"'
    assert (refused(services, "missing"), refused(services, "wrong")) == (1, 1)


@pytest.mark.parametrize("key", ["nonsense", "key_x.", ".", "key_\0.x", "ÿ.ÿ"])
async def test_nonsense_is_a_wrong_key(client: httpx.AsyncClient, key: str) -> None:
    """Whatever is sent, nothing breaks."""
    answer = await client.get("/v1/vendor", headers=[(b"authorization", f"Bearer {key}".encode("latin-1"))])
    assert (answer.status_code, problem(answer)) == (401, "vendor-key-required")


async def test_several_keys_live_until_they_are_revoked(seller: Seller, services: Services) -> None:
    """A key is rotated without a gap; the revoked one is refused, the other goes on."""
    newer = await services.vendors.make_key("riverside")
    assert newer is not None
    assert (await Seller(seller.client, newer).call("GET")).status_code == 200
    assert await services.vendors.revoke_key(seller.key.partition(".")[0])
    assert (await seller.call("GET")).status_code == 401
    assert (await Seller(seller.client, newer).call("GET")).status_code == 200
    assert [key.is_live for key in await services.vendors.keys("riverside")] == [False, True]


async def test_a_key_ends_when_it_was_to_end(seller: Seller, services: Services) -> None:
    """From its end on it is a wrong key."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    ended = await services.vendors.make_key("riverside", expires_at=past)
    assert ended is not None
    assert (await Seller(seller.client, ended).call("GET")).status_code == 401


async def test_the_database_has_hashes_alone(seller: Seller, database: Connection) -> None:
    """Who reads the database cannot act for a vendor; no secret hashes to what stands for nobody."""
    row = await (await database.execute("SELECT key_hash, vendor_keys::text FROM vendor_keys")).fetchone()
    assert row is not None
    secret = seller.key.partition(".")[2]
    assert row[0] == _hash(secret) != NOBODY
    assert secret not in row[1]


async def test_guessing_is_slowed(client: httpx.AsyncClient, seller: Seller, services: Services) -> None:
    """After five wrong keys the network waits, right ones too, told how long."""
    guesser = Seller(client, "key_0.wrong")
    for _ in range(BURST):
        assert (await guesser.call("GET")).status_code == 401
    slowed = await guesser.call("GET")
    assert (slowed.status_code, problem(slowed)) == (429, "too-many-guesses")
    assert int(slowed.headers["retry-after"]) >= 1
    assert (await seller.call("GET")).status_code == 429
    assert refused(services, "slowed") == 2


async def test_right_keys_cost_nothing(seller: Seller) -> None:
    """A vendor who works fast is not taken for a guesser."""
    answers = await asyncio.gather(*(seller.call("GET") for _ in range(3 * BURST)))
    assert {answer.status_code for answer in answers} == {200}
