"""HMAC-SHA256 under a key that is used over and over."""

import hmac

from hypothesis import given
from hypothesis.strategies import binary

from waitroom.tokens import KeyedHash


@given(key=binary(max_size=200), prefix=binary(max_size=200), messages=binary(max_size=200))
def test_it_is_the_standard_librarys_hmac(key: bytes, prefix: bytes, messages: bytes) -> None:
    """Every digest is that of `hmac` over prefix and message, also the second of one object."""
    keyed = KeyedHash(key, prefix=prefix)
    for message in (messages, messages[::-1]):
        assert keyed.digest(message) == hmac.digest(key, prefix + message, "sha256")
