"""What may be a password, and how it is kept."""

import asyncio

import pytest
from argon2 import PasswordHasher
from argon2.profiles import RFC_9106_LOW_MEMORY
from starlette.applications import Starlette

from edge.console.people import passwords as passwords_module
from edge.console.people.passwords import AT_ONCE, Passwords, TooBusyError, complaint_about
from tests.edge.console.people.conftest import PASSWORD, AddPerson, Browser


@pytest.mark.parametrize(
    "password",
    ["short", "password1234", "Passw0rd Passw0rd", "olga-the-admin", "arena-tour-2", "aaaaaaaaaaaaaaaa", "123456789012",
     "waitroom2026", "x" * 1025, "ü" * 513, "\U0001f3ab" * 300],
)  # fmt: skip
def test_what_is_no_password(password: str) -> None:
    """Short ones, obvious ones, names around it and endless ones are refused with a reason."""
    assert complaint_about(password, known=["olga", "arena-tour"]) is not None


@pytest.mark.parametrize(
    "password",
    [PASSWORD, "tN8#vq!2Lr0z", "пять зелёных черепах", "olga likes green tea", "四匹の緑色の亀が海を泳いでいる"],
)
def test_what_is_a_password(password: str) -> None:
    """Phrases, random ones and other scripts will do."""
    assert complaint_about(password, known=["olga", "arena-tour"]) is None


def test_the_parameters_are_those_of_the_rfc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with 64 MiB, three passes and four lanes: the second choice of RFC 9106."""
    monkeypatch.undo()
    used = passwords_module.PARAMETERS
    assert used == RFC_9106_LOW_MEMORY
    assert (used.type.name, used.memory_cost, used.time_cost, used.parallelism) == ("ID", 65536, 3, 4)


async def test_an_outdated_hash_is_renewed(browser: Browser, add_person: AddPerson, console: Starlette) -> None:
    """At the next sign-in a hash of other parameters gives way to one of those in force."""
    await add_person("olga")
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    await console.state.people.set_password("olga", old, who="test")
    assert (await browser.sign_in("olga")).status_code == 201
    row = await console.state.database.row("SELECT password_hash FROM console.people")
    assert row is not None
    assert row["password_hash"] != old
    assert not console.state.passwords.is_outdated(row["password_hash"])
    assert (await browser.sign_in("olga")).status_code == 201


async def test_two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A burst of sign-ins is hashed two at a time, and one more than may wait is told so at once."""
    passwords, running, most = Passwords(), 0, 0
    gate = asyncio.Event()

    async def hash_when_let(_make: object, *_: object) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1
        return True

    monkeypatch.setattr(asyncio, "to_thread", hash_when_let)
    burst = [asyncio.create_task(passwords.is_right(PASSWORD, None)) for _ in range(passwords_module.MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusyError):
        await passwords.make_hash(PASSWORD)
    gate.set()
    await asyncio.gather(*burst)
    assert most == AT_ONCE
