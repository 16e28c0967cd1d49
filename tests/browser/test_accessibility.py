"""WCAG 2.2 AA in every state: by axe-core, and what axe-core does not see."""

import pytest

from edge.states import STATES
from tests.browser.axe import faults_of
from tests.browser.conftest import StageSetter
from tests.browser.standings import STANDINGS

pytestmark = pytest.mark.browser


def test_every_state_is_looked_at() -> None:
    """No state is without a way to it on the stage."""
    assert set(STANDINGS) == set(STATES)


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(stage: StageSetter, state: str) -> None:
    """Each state is clean in light and in dark, with everything opened that can be."""
    standing = STANDINGS[state]
    shown = stage(width=360, snapshot=standing.snapshot, place=standing.place)
    standing.reach(shown, state)
    for summary in shown.page.locator("summary:visible").all():
        summary.click()
    for scheme in ("light", "dark"):
        shown.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert faults_of(shown.page) == [], scheme
