"""The page's script follows the same rules as Python."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import StageSetter
from tests.vectors.generate import FOLDER, all_vectors

pytestmark = pytest.mark.browser

# Each gives the cases that the script answers otherwise. The script's module is the one that runs the page.
COMPARE = """async ([file, cases]) => {
  const page = await import(document.querySelector('script[src]').src);
  const answers = {
    places: (c) => ({ place: page.placeFromCurve(c.curve, c.score, c.waiting) }),
    waits: (c) => {
      const wait = page.waitRange(c.ahead, c.measured, c.rate, c.until);
      return { wait, span: wait && page.inUnits(...wait) };
    },
    chances: (c) => ({ chance: page.chanceOf(c.ahead, c.inside, c.seats_left, c.seats_a_buyer, c.sold_out) }),
    draws: async (c) => ({ score: await page.drawScore(c.draw, c.fan_id, c.tier) }),
    states: (c) => ({
      state: page.stateOf(c.room, c.standing, c.ahead, c.wait), notice: page.noticeOf(c.room, c.now),
    }),
  };
  const wrong = [];
  for (const expected of cases) {
    const found = await answers[file](expected);
    for (const key of Object.keys(found)) {
      if (JSON.stringify(found[key]) !== JSON.stringify(expected[key])) wrong.push({ expected, found });
    }
  }
  return wrong;
}"""


@pytest.mark.parametrize("file", ["places", "waits", "chances", "draws", "states"])
def test_the_script_gives_what_python_gives(stage: StageSetter, file: str) -> None:
    """Place, wait, chance, own draw and state are the same in the browser as on the server."""
    cases: list[dict[str, Any]] = json.loads((FOLDER / f"{file}.json").read_text())
    shown = stage()
    shown.open()
    assert cases
    assert shown.page.evaluate(COMPARE, [file, cases]) == []


def test_the_comparison_can_fail(stage: StageSetter) -> None:
    """A wrong vector is found: the comparison is no empty one."""
    cases = json.loads((FOLDER / "places.json").read_text())
    cases[1]["place"] = {"ahead": 41, "exact": True}
    shown = stage()
    shown.open()
    assert len(shown.page.evaluate(COMPARE, ["places", cases])) == 1


def test_the_vectors_are_what_the_generator_writes() -> None:
    """The committed files are those of the committed rules, with the cases checked by hand among them."""
    for name, text in all_vectors(7).items():
        assert Path(FOLDER, name).read_text() == text
