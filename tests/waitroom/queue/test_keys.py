"""The keys of a room."""

import re

import pytest

from waitroom.queue import keys
from waitroom.queue.keys import PARTS, ROOMS, Keys, is_room_name
from waitroom.queue.scripts import load_scripts


def test_one_hash_tag() -> None:
    """All keys of a room have its one hash tag, so that a cluster keeps them in one slot."""
    names = Keys("demo").all
    assert len(set(names)) == len(PARTS) == 21
    assert {re.findall(r"\{(.+?)\}", name)[0] for name in names} == {"demo"}
    assert all(name.startswith("wr:{demo}:") for name in names)
    assert ROOMS not in names


@pytest.mark.parametrize("name", ["a", "demo", "7", "a-b", "a" * 64, "x--y"])
def test_names(name: str) -> None:
    """Lower-case letters, digits and inner hyphens name a room."""
    assert is_room_name(name)
    assert Keys(name).room == name


@pytest.mark.parametrize("name", ["", "A", "-a", "a-", "a" * 65, "a b", "a}b", "a{b", "ä", "a\n", "a/b", "a:b"])
def test_refused_names(name: str) -> None:
    """What would break out of the hash tag, or an address, names no room."""
    assert not is_room_name(name)
    with pytest.raises(ValueError, match="cannot name a room"):
        Keys(name)


def test_the_schema_is_told() -> None:
    """The module's docstring has a row for every key."""
    assert all(f"| `:{part}` |" in str(keys.__doc__) for part in PARTS)


def test_scripts_name_keys_in_this_order() -> None:
    """The scripts give the keys their names in the order of `Keys.all`."""
    named = re.findall(r"local ([A-Z, \n_]+) = (KEYS\[\d+\][^\n]*)", load_scripts()["standing"].text)
    pairs = [
        (name.strip(), int(re.findall(r"\d+", key)[0]))
        for names, numbers in named
        for name, key in zip(names.split(","), numbers.split(","), strict=True)
    ]
    assert pairs == [(part.upper(), number) for number, part in enumerate(PARTS, start=1)]
