"""The simulation: held to the scripts by vectors and by one run of both, and to its own promises."""

from collections.abc import Sequence
from statistics import median
from xml.etree import ElementTree as ET

import pytest
from pydantic import ValidationError

from tests.evenings import Player, Random, open_room
from tests.vectors.generate_admissions import CASES, SECONDS, play, read_vectors
from waitroom.queue import Queue
from waitroom.simulation import Crowd, Outcome, Policy, Shape, Step, describe, draw_picture, simulate
from waitroom.simulation.picture import round_up

VECTORS = read_vectors()
NAMES = [why for why, _, _ in CASES]
REPLAYED_SECONDS = 20
FREE = Policy(new_users_per_minute=600, total_active_users=100_000)


def outside(found: Sequence[int], expected: Sequence[int], *, fans: int = 10, part: float = 0.02) -> list[str]:
    """Name the seconds that differ by more than `fans` and a part, from all the scripts said within two seconds."""
    wrong = []
    for second, value in enumerate(found):
        near = expected[max(0, second - 2) : second + 3]
        low, high = min(near) * (1 - part) - fans, max(near) * (1 + part) + fans
        if not low <= value <= high:
            wrong.append(f"second {second}: {value}, not {low:.0f} to {high:.0f}")
    return wrong


@pytest.mark.parametrize("number", range(len(CASES)), ids=NAMES)
def test_vectors(number: int) -> None:
    """Turns, entries and fans inside are the scripts' own, second by second: within ten fans and a fiftieth."""
    why, policy, crowd = CASES[number]
    vector = VECTORS[number]
    points = simulate(policy, crowd, hours=SECONDS / 3600, point_seconds=1).series
    assert vector["why"] == why
    assert len(points) == SECONDS + 1
    assert outside([point.turns for point in points], vector["turns"]) == []
    assert outside([point.entered for point in points], vector["entries"]) == []
    assert outside([point.inside for point in points], vector["inside"]) == []


@pytest.mark.parametrize("number", range(len(CASES)), ids=NAMES)
async def test_the_vectors_are_what_the_scripts_do(queue: Queue, room_name: str, number: int) -> None:
    """The scripts repeat the beginning of each vector, turn by turn."""
    _, policy, crowd = CASES[number]
    found = await play(queue, room_name, policy, crowd, seconds=REPLAYED_SECONDS)
    expected = {name: VECTORS[number][name][: REPLAYED_SECONDS + 1] for name in found}
    assert found == expected


def test_the_vectors_see_a_wrong_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the measured share the simulation leaves the vectors: they would notice."""
    monkeypatch.setattr("waitroom.simulation.turns.Share.fold", lambda _self, _seconds: None)
    _, policy, crowd = CASES[1]
    points = simulate(policy, crowd, hours=SECONDS / 3600, point_seconds=1).series
    assert outside([point.turns for point in points], VECTORS[1]["turns"])


async def test_beside_the_scripts(queue: Queue, room_name: str) -> None:
    """Two thousand fans with dice of their own: drain time and peak within five in a hundred, waits within eight."""
    policy = Policy(new_users_per_minute=900, total_active_users=500, claim_minutes=0.5, session_minutes=4)
    crowd = Crowd(lobby=2000, no_show=0.25, claim_seconds=8, shop_minutes=0.75)
    room = await open_room(queue, room_name, policy)
    evening = await Player(room, crowd, Random(5)).play(seconds=200)
    outcome = simulate(policy, crowd)

    assert evening.turns[-1] == outcome.turns == 2000
    assert outcome.drain_seconds == pytest.approx(evening.drained_at, rel=0.05)
    assert outcome.peak_inside == pytest.approx(max(evening.inside), rel=0.05)
    assert outcome.waits[50] == pytest.approx(median(evening.waits), rel=0.08)
    assert outcome.entered == pytest.approx(evening.entries[-1], rel=0.05)


def test_the_largest_sale() -> None:
    """Fourteen million fans are counted as a hundred are: by the second."""
    outcome = simulate(
        Policy(new_users_per_minute=30_000, total_active_users=400_000), Crowd(lobby=14_000_000, no_show=0.3), hours=10
    )
    assert outcome.turns == 14_000_000
    assert outcome.drain_seconds is not None


def test_figures_that_arithmetic_knows() -> None:
    """600 a minute and nobody away: 6,000 fans in ten minutes, half of them within five."""
    outcome = simulate(FREE, Crowd(lobby=6000, no_show=0, claim_seconds=0, shop_minutes=5))
    assert outcome.drain_seconds == pytest.approx(600, abs=2)
    assert outcome.waits == {
        50: pytest.approx(300, abs=2),
        90: pytest.approx(540, abs=2),
        99: pytest.approx(594, abs=2),
    }
    assert outcome.entered == outcome.turns == 6000
    assert (outcome.lapsed, outcome.left_waiting, outcome.sold_out_seconds) == (0, 0, None)
    assert outcome.used_of_due == pytest.approx(1, abs=0.01)


def test_no_shows_cost_the_first_window_alone() -> None:
    """With three in ten away at least 98 % of the rate arrives inside after the first claim window."""
    outcome = simulate(FREE, Crowd(lobby=40_000, no_show=0.3))
    assert outcome.used_after_first_window is not None
    assert outcome.used_after_first_window >= 0.98
    assert outcome.share == pytest.approx(0.7, abs=0.005)
    assert outcome.lapsed == pytest.approx(12_000, abs=2)


def test_entries_keep_the_rate_and_the_ceiling() -> None:
    """In no window do more enter than its due and one second's worth, nor are more inside than the ceiling."""
    policy = Policy(new_users_per_minute=900, total_active_users=300, claim_minutes=0.5)
    points = simulate(policy, Crowd(lobby=5000, no_show=0.4, claim_seconds=5), point_seconds=1).series
    assert max(point.inside for point in points) <= 300
    for window in (1, 5, 60):
        for before, after in zip(points, points[window:], strict=False):
            # Entries are rounded to whole fans at both ends.
            assert after.entered - before.entered <= window * 15 + 15 + 1


def test_the_ceiling_is_said_to_hold() -> None:
    """Where the ceiling decides, the outcome says for how long; where the rate does, that it does not."""
    crowd = Crowd(lobby=5000, no_show=0)
    assert simulate(Policy(total_active_users=500), crowd).held_by_ceiling > 0.8
    assert simulate(FREE, crowd).held_by_ceiling == 0


def test_sold_out() -> None:
    """When the seats are gone no turn is given any more, and the rest never gets one."""
    outcome = simulate(FREE, Crowd(lobby=5000, no_show=0, shop_minutes=1, seats=1000, seats_a_buyer=2))
    assert outcome.sold_out_seconds is not None
    assert outcome.drain_seconds is None
    assert 500 <= outcome.turns < 1500
    assert outcome.left_waiting == 5000 - outcome.turns


def test_a_room_that_lets_nobody_in() -> None:
    """A rate or a ceiling of nothing ends the simulation at once; a plan may open it later."""
    for shut in (Policy(new_users_per_minute=0), Policy(total_active_users=0)):
        outcome = simulate(shut, Crowd(lobby=100))
        assert (outcome.turns, outcome.drain_seconds, outcome.left_waiting) == (0, None, 100)
        assert outcome.simulated_seconds < 10
    later = Policy(
        new_users_per_minute=0, plan=(Step(at_seconds=600, new_users_per_minute=600, total_active_users=1000),)
    )
    assert simulate(later, Crowd(lobby=100)).drain_seconds == pytest.approx(610, abs=2)


def test_a_room_that_closes() -> None:
    """After the close no turn is given."""
    outcome = simulate(Policy(closes_seconds=60), Crowd(lobby=6000, no_show=0))
    assert outcome.turns == pytest.approx(600, abs=10)
    assert outcome.drain_seconds is None


def test_nobody_comes() -> None:
    """An evening without fans is over at once, and has no waits."""
    outcome = simulate(FREE, Crowd(lobby=0))
    assert (outcome.fans, outcome.drain_seconds, outcome.waits) == (0, 0, {50: None, 90: None, 99: None})
    assert "nobody waited" in describe(FREE, Crowd(lobby=0), outcome)
    assert ET.fromstring(draw_picture(outcome, title="Nobody")) is not None


@pytest.mark.parametrize(
    ("crowd", "fans"),
    [
        (Crowd(later=1234, shape=Shape.FLAT, over_minutes=7), 1234),
        (Crowd(later=1234, shape=Shape.BURST, over_minutes=7), 1234),
        (Crowd(later=1234, shape=Shape.NONE), 0),
        (Crowd(arrivals=((0, 60), (60, 60), (60, 600), (120, 0))), 60 + 300),
        (Crowd(arrivals=((30, 60),)), 0),
    ],
)
def test_arrivals(crowd: Crowd, fans: int) -> None:
    """However they come, as many come as were told."""
    assert sum(crowd.arrivals_by_second()) == pytest.approx(fans, abs=1)


def test_a_full_shop_at_the_beginning() -> None:
    """Who is inside already holds slots until done: the ceiling leaves fewer at first."""
    crowd = Crowd(lobby=3000, no_show=0, claim_seconds=0, shop_minutes=5)
    policy = Policy(new_users_per_minute=6000, total_active_users=500, session_minutes=30)
    empty, full = simulate(policy, crowd), simulate(policy, crowd.model_copy(update={"inside": 500}))
    assert empty.drain_seconds is not None
    assert full.drain_seconds is not None
    assert full.drain_seconds - empty.drain_seconds == pytest.approx(300, rel=0.1)
    assert full.peak_inside <= 500
    assert full.entered == empty.entered == 3000


def test_a_burst_comes_early() -> None:
    """Three quarters of a burst come in its first half."""
    arrivals = list(Crowd(later=4000, over_minutes=10).arrivals_by_second())
    assert sum(arrivals[:300]) == pytest.approx(3000, abs=2)


@pytest.mark.parametrize(
    "wrong", [{"no_show": 1}, {"lobby": -1}, {"arrivals": [[60, 1], [0, 1]]}, {"seats_a_buyer": 0}, {"nonsense": 1}]
)
def test_what_no_crowd_can_be(wrong: dict[str, object]) -> None:
    """What cannot be is refused."""
    with pytest.raises(ValidationError):
        Crowd.model_validate(wrong)


@pytest.fixture(scope="module")
def planned() -> tuple[Policy, Crowd, Outcome]:
    """An evening with a plan."""
    steps = (Step(at_seconds=600, new_users_per_minute=1200, total_active_users=3000),)
    policy, crowd = Policy(plan=steps), Crowd(lobby=12_000, later=500)
    return policy, crowd, simulate(policy, crowd)


def test_in_words(planned: tuple[Policy, Crowd, Outcome]) -> None:
    """The text says what was asked, every figure, and shows the evening in at most 24 rows that fit a terminal."""
    text = describe(*planned)
    step = "From +10 min 00 s: 1,200 new fans a minute, 3,000 inside at most"
    for said in ("12,000 fans in the lobby, 500 later", step, "p99", "most inside", "sold out"):
        assert said in text
    rows = text[text.index("waiting   ") :].splitlines()[1:]
    assert 10 <= len(rows) <= 24
    assert max(map(len, text.splitlines())) <= 100


def test_the_picture(planned: tuple[Policy, Crowd, Outcome]) -> None:
    """The picture is SVG with a title, words for who does not see it, axes, legends, and colours for the dark."""
    picture = draw_picture(planned[2], title="A <dry> run & more")
    root = ET.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    ids = {element.get("id"): element.text for element in root if element.get("id")}
    assert set((root.get("aria-labelledby") or "").split()) == set(ids) == {"title", "words"}
    assert ids["title"] == "A <dry> run & more"
    assert "at most" in (ids["words"] or "")
    texts = [element.text for element in root.iter(f"{space}text")]
    assert {"Fans waiting", "Fans inside", "ceiling", "rate", "0:00", "0"} <= set(texts)
    assert "prefers-color-scheme: dark" in picture
    assert len(picture) < 40_000


def test_an_outcome_is_json(planned: tuple[Policy, Crowd, Outcome]) -> None:
    """Names of JSON are strings."""
    document = planned[2].to_json()
    assert set(document["waits"]) == {"p50", "p90", "p99"}
    assert document["series"][0]["waiting"] > 0


@pytest.mark.parametrize(("number", "above"), [(0, 1), (1, 1), (13, 16), (6000, 6000), (6001, 8000), (99, 100)])
def test_round_numbers(number: float, above: float) -> None:
    """An axis ends at a round number."""
    assert round_up(number) == above
