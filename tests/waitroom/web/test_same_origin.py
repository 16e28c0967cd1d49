"""A form counts only when it is our own."""

import pytest

from waitroom.web.same_origin import is_own_form

PUBLIC = "https://tickets.example"


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": PUBLIC}, False),
        ({}, True),
        ({"origin": PUBLIC}, True),
        ({"origin": "HTTPS://Tickets.example"}, True),
        ({"origin": "https://evil.example", "host": "tickets.example"}, False),
        ({"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}, True),
        ({"origin": "null", "host": "tickets.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://["}, False),
    ],
)
def test_own_forms(headers: dict[str, str], *, is_own: bool) -> None:
    """The browser's word on the site counts first, then the origin; neither is an older browser's own form."""
    assert is_own_form(headers, public_url=PUBLIC) is is_own
