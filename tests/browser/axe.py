"""axe-core over a page: what it finds against WCAG 2.2 AA, and against its own best practice."""

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`)))"""


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


def faults_of(page: Page) -> list[str]:
    """Every fault that axe-core finds on the page as it stands."""
    # It waits by the page's own timers, which a stage has stopped.
    page.clock.resume()
    # Evaluated, not added as a script, which the policy would block.
    page.evaluate(_axe())
    faults: list[str] = page.evaluate(RUN, RULES)
    return faults
