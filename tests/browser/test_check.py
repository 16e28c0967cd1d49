"""The page that checks the draw: it agrees with a true proof, and finds each lie."""

from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import overflow, violations
from tests.browser.conftest import StageSetter
from tests.browser.stage import ORIGIN, a_snapshot
from tests.factories import some_fans
from waitroom.queue.draw import commitment_to, derive_draw_key, draw_score, raw_fan_id
from waitroom.queue.merkle import audit_path, leaf_hash, pack_entrant, tree_hash

pytestmark = pytest.mark.browser

Json = dict[str, Any]  # Any: JSON values
SEED = b"s" * 32
BEACON = b"b" * 32
STEPS = ("commitment", "entrant", "root", "key", "score")


class Drawn:
    """A drawn lobby of so many fans, as the edge publishes it."""

    def __init__(self, count: int, *, beacon: bytes = BEACON) -> None:
        self.fans = sorted(some_fans(count))
        self.leaves = [leaf_hash(pack_entrant(tier=1, raw_fan_id=raw_fan_id(fan))) for fan in self.fans]
        root = tree_hash(self.leaves)
        self.key = derive_draw_key(seed=SEED, root=root, beacon=beacon)
        self.draw: Json = {
            "commitment": commitment_to(SEED),
            "entrants": count,
            "root": root.hex(),
            "beacon": beacon.hex() or None,
            "seed": SEED.hex(),
        }
        self.header = {"commitment": commitment_to(SEED), "root": root.hex(), "draw_key": self.key.hex()}

    def proof(self, fan: str) -> Json:
        """The proof of one fan."""
        index = self.fans.index(fan)
        scores = [draw_score(self.key, tier=1, fan_id=each) for each in self.fans]
        return {
            "fan_id": fan,
            "tier": 1,
            "index": index,
            "count": len(self.fans),
            "leaf": self.leaves[index].hex(),
            "path": [node.hex() for node in audit_path(self.leaves, index)],
            "root": self.draw["root"],
            "score": scores[index],
            "rank": sum(score < scores[index] for score in scores),
        }


def check(
    stage: StageSetter, drawn: Drawn, fan: str, *, proof: Json | None = None, **options: Any
) -> Page:  # Any: those of a stage
    """Open the page for a fan; the edge tells this proof."""
    snapshot = a_snapshot()
    snapshot["draw"] = snapshot["draw"] | drawn.draw
    set_up = stage(snapshot=snapshot, **options)
    set_up.answers["GET /draw"] = (200, drawn.header)
    set_up.answers[f"GET /draw/{fan}"] = (200, proof or drawn.proof(fan))
    set_up.page.goto(f"{ORIGIN}/r/demo/check#{fan}")
    page: Page = set_up.page
    return page


def marks(page: Page) -> dict[str, str | None]:
    """What each step shows."""
    expect(page.locator("#status")).to_have_attribute("data-outcome", "whole")
    return {name: page.locator(f"[data-step={name}]").get_attribute("data-holds") for name in (*STEPS, "rank")}


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_a_true_proof_holds(stage: StageSetter, count: int) -> None:
    """Every step holds for the first and the last fan of lists of any length; the place is told, not proved."""
    drawn = Drawn(count, beacon=BEACON if count > 2 else b"")
    for fan in {drawn.fans[0], drawn.fans[-1]}:
        assert marks(check(stage, drawn, fan)) == dict.fromkeys(STEPS, "yes") | {"rank": "told"}


@pytest.mark.parametrize(
    ("lie", "found"),
    [
        ("seed", {"commitment", "key", "score"}),
        ("leaf", {"entrant"}),
        ("path", {"root"}),
        ("tier", {"entrant", "root", "score"}),
        ("score", {"score"}),
        ("draw_key", {"key"}),
        ("entrants", {"root"}),
    ],
)
def test_a_lie_is_found(stage: StageSetter, lie: str, found: set[str]) -> None:
    """Whatever is not as it should be, the step that it belongs to does not hold, and the page says so."""
    drawn = Drawn(5)
    fan = drawn.fans[2]
    proof = drawn.proof(fan)
    wrong: Json = {
        "leaf": "00" * 32,
        "path": ["00" * 32, *proof["path"][1:]],
        "tier": 0,
        "score": proof["score"] + 1,
    }
    if lie in wrong:
        proof[lie] = wrong[lie]
    elif lie == "draw_key":
        drawn.header["draw_key"] = "00" * 32
    else:
        drawn.draw[lie] = {"seed": "11" * 32, "entrants": 6}[lie]
    page = check(stage, drawn, fan, proof=proof)
    expect(page.locator("#status")).to_have_attribute("data-outcome", "broken")
    no = {name for name in STEPS if page.locator(f"[data-step={name}]").get_attribute("data-holds") == "no"}
    assert no == found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_for_everybody(stage: StageSetter, scheme: Literal["light", "dark"]) -> None:
    """A page that has checked a proof is clean by axe-core, light and dark, and fits a small screen."""
    drawn = Drawn(3)
    page = check(stage, drawn, drawn.fans[1])
    page.emulate_media(color_scheme=scheme)
    assert marks(page)["rank"] == "told"
    # axe-core waits by the page's own timers, which the stage has stopped.
    page.clock.resume()
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert overflow(page) == 0


def test_what_cannot_be_checked(stage: StageSetter) -> None:
    """Before the draw, for a stranger, and for what is no fan id at all, the page says what is so."""
    set_up = stage()
    page = set_up.page
    page.goto(f"{ORIGIN}/r/demo/check")
    expect(page.locator("#steps")).to_be_hidden()
    for fan, problem in (("A" * 22, "no-such-entrant"), ("A" * 22, "not-yet")):
        set_up.answers[f"GET /draw/{fan}"] = (404, {"type": f"/problems/{problem}"})
        set_up.answers["GET /draw"] = (404, {"type": f"/problems/{problem}"})
        page.get_by_label("Fan id").fill(fan)
        page.get_by_role("button", name="Check").click()
        expect(page.locator("#status")).to_have_attribute("data-outcome", problem)
    page.get_by_label("Fan id").fill("me")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#status")).to_have_attribute("data-outcome", "no-such-entrant")


def test_without_javascript(stage: StageSetter) -> None:
    """The page says that it needs a script to compute, and gives the command that needs none."""
    page = stage(javascript=False).page
    page.goto(f"{ORIGIN}/r/demo/check")
    expect(page.get_by_text("waitroom draw verify")).to_be_visible()
    expect(page.get_by_text("needs JavaScript to compute")).to_be_visible()
    expect(page.get_by_label("Fan id")).to_be_hidden()
