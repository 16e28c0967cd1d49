"""Chromium for the tests of this folder.

One browser a module: Playwright's own event loop must be gone before another module's asynchronous tests run.
"""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.stage import PATIENCE_MS, Stage, set_stage

expect.set_options(timeout=PATIENCE_MS)
StageSetter = Callable[..., Stage]


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """The machine's own Chromium; as root it runs without its sandbox."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def stage(browser: Browser) -> Iterator[StageSetter]:
    """Sets a stage; afterwards nothing may have been blocked by the policy or have failed in the script."""
    stages: list[Stage] = []

    def set_and_note(**options: object) -> Stage:
        stages.append(partial(set_stage, browser)(**options))  # type: ignore[arg-type] # the options are set_stage's
        return stages[-1]

    yield set_and_note
    troubles = [trouble for stage in stages for trouble in stage.troubles]
    for context in browser.contexts:
        context.close()
    assert troubles == []
