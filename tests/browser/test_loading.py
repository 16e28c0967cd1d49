"""How the page comes over a slow line: the style first, and the snapshot on its way before the script asks for it."""

import pytest

from tests.browser.conftest import StageSetter

pytestmark = pytest.mark.browser


def test_the_snapshot_that_is_under_way_is_the_one_used(stage: StageSetter) -> None:
    """What the page asks for ahead is what the script takes: the first look costs one request, not two."""
    shown = stage()
    shown.open()
    assert shown.asked == ["GET"]


def test_the_style_has_the_line_for_itself(stage: StageSetter) -> None:
    """The style is named before all else that is fetched, and the script after what a fan can see and press."""
    shown = stage()
    shown.open()
    html = shown.page.content()
    style, footer = html.index('rel="stylesheet"'), html.index("</footer>")
    assert style < html.index("<body")
    assert footer < html.index('as="fetch"') < html.index('type="module"')
