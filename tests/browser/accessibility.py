"""axe-core on a page as it stands, run by the debugger's own way in: the policy allows no script of ours there."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALLEST_TARGET = 24
"""CSS pixels, by WCAG 2.2's criterion 2.5.8."""
Json = dict[str, Any]  # Any: JSON values


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page: the rule and the elements."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found: Json = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [f"{each['id']}: {node['html'][:160]}" for each in found["violations"] for node in each["nodes"]]


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, wider)


def small_targets(page: Page) -> list[str]:
    """Controls that are too small to be hit, links within a line of text excepted."""
    found: list[str] = page.evaluate(
        """smallest => [...document.querySelectorAll("button, a, input, select, textarea, summary, [role=slider]")]
        .filter((each) => each.checkVisibility({visibilityProperty: true, opacityProperty: true}))
        .filter((each) => !(each.tagName === "A" && getComputedStyle(each).display === "inline"))
        .filter((each) => {
          const box = each.getBoundingClientRect();
          return box.width && (box.width < smallest || box.height < smallest) && !each.matches(".skip");
        }).map((each) => each.outerHTML.slice(0, 120))""",
        SMALLEST_TARGET,
    )
    return found
