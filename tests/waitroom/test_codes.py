"""Presale codes: made, read as typed, named by ids."""

import re

import pytest

from waitroom.codes import CODE_LENGTH, CROCKFORD, check_word, code_id, new_code, normalise_code
from waitroom.errors import ConfigurationError

SECRET = b"k" * 32


def test_codes_are_random_and_can_be_read_out() -> None:
    """A code has 16 letters of base32 in groups, none that is taken for another; no two are alike."""
    codes = [new_code() for _ in range(2000)]
    assert len(set(codes)) == 2000
    assert all(re.fullmatch(rf"([{CROCKFORD}]{{4}}-){{3}}[{CROCKFORD}]{{4}}", code) for code in codes)
    assert set("".join(codes)) == set(CROCKFORD + "-")
    assert 32**CODE_LENGTH >= 2**80


@pytest.mark.parametrize(
    "typed",
    [
        "7K3M-01XA-9QZD-8V2T",
        "7k3m01xa9qzd8v2t",
        " 7K3M O1XA 9QZD 8V2T ",
        "7k3m_oixa.9qzd\u20138v2t",
        "7K3M-OLXA-9QZD-8V2T",
    ],
)
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    """Case, spaces, hyphens and the letters that look like digits make no difference."""
    assert normalise_code(typed) == "7K3M01XA9QZD8V2T"


def test_words_of_any_language_are_one_however_written() -> None:
    """Wide and composed forms of the same letters are the same word."""
    assert normalise_code("\uff26\uff41\uff4e club") == normalise_code("FANCLUB")
    assert normalise_code("cafe\u0301") == normalise_code("CAF\u00c9")


@pytest.mark.parametrize("word", ["", "short", "A-B-C-D-E-F-G", "x" * 65])
def test_words_that_are_guessed_easily_are_refused(word: str) -> None:
    """An organizer's own word has at least eight letters and digits; what stands between them counts for nothing."""
    with pytest.raises(ConfigurationError):
        check_word(word)
    assert check_word("FanClub 2027") == "FANC1UB2027"


def test_an_id_tells_nothing_and_is_of_one_room() -> None:
    """The id of a code differs by key and epoch, and is the same for each spelling."""
    one = code_id("7K3M-01XA-9QZD-8V2T", secret=SECRET, epoch="one")
    assert one == code_id("7k3mo1xa9qzd8v2t", secret=SECRET, epoch="one")
    assert len(one) == 22
    assert one != code_id("7K3M-01XA-9QZD-8V2T", secret=SECRET, epoch="two")
    assert one != code_id("7K3M-01XA-9QZD-8V2T", secret=b"l" * 32, epoch="one")
    assert one != code_id("7K3M-01XA-9QZD-8V2V", secret=SECRET, epoch="one")
