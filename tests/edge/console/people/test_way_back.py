"""After the sign-in one is led to the console's own pages, and nowhere else."""

import pytest

from edge.console.people.way_back import way_back


@pytest.mark.parametrize("text", ["/", "/rooms/arena", "/rooms/arena?span=5#chart", "/audit?who=person%3Aanna&room="])
def test_own_pages(text: str) -> None:
    """What `next` names is where one wanted to be."""
    assert way_back(text) == text


@pytest.mark.parametrize(
    "text",
    [None, "", "//evil.example", "///evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example",
     "/\t/evil.example", "/\n//evil.example", "javascript:alert(1)", "evil.example", "/\x00", "/sign-in?next=/sign-in",
     "/sign-out", "//[", "/" + "x" * 3000],
)  # fmt: skip
def test_nowhere_else(text: str | None) -> None:
    """Other sites, schemes, what browsers read as other sites, and the door itself lead to the list of rooms."""
    assert way_back(text) == "/"
