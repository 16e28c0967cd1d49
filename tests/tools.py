"""Programs that tests need and may miss: which marker stands for which, and where they are."""

import os
import shutil

import pytest

REQUIRE_ALL = "CI_REQUIRE_ALL"
"""Set to 1 where nothing may be skipped; no setting of ours, or the scrub would take it."""
TOOLS: dict[str, list[tuple[str, ...]]] = {
    "browser": [("chromium", "chromium-browser", "google-chrome")],
    "nginx": [("nginx",)],
    "prometheus": [("prometheus",), ("promtool",)],
    "redis": [("redis-server",)],
}
SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin")


def find_tool(*names: str) -> str | None:
    """Return the first of these programs; Debian keeps some where only root's path looks."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def tool(marker: str, position: int = 0) -> str:
    """Return the path of a marker's tool, skipping the test when it is missing."""
    found = find_tool(*TOOLS[marker][position])
    if found is None:
        pytest.skip(f"{TOOLS[marker][position][0]} is not installed")
    return found
