"""The dashboard is one that Grafana can read and people can use."""

import json
import re
import warnings
from itertools import combinations
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins

with warnings.catch_warnings():
    # As in the module under test, whichever of the two is imported first.
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.models import dashboard as models

from dashboards.night import build_night, to_json

Json = dict[str, Any]  # Any: JSON values
COLUMNS = 24


@pytest.fixture(scope="module")
def night() -> Json:
    """The dashboard as Grafana gets it."""
    document: Json = json.loads(to_json(build_night()))
    return document


@pytest.fixture(scope="module")
def panels(night: Json) -> list[Json]:
    """All panels but the rows' headings."""
    return [panel for panel in night["panels"] if panel["type"] != "row"]


def test_sdk_reads_back_what_it_wrote(night: Json) -> None:
    """The JSON is of the schema: the SDK reads it into its models and writes the same again."""
    register_default_plugins()
    read = models.Dashboard.from_json(json.loads(json.dumps(night)))

    assert json.loads(json.dumps(read, cls=JSONEncoder)) == night


def test_titles_are_questions(panels: list[Json]) -> None:
    """Every panel asks one question, each another, and says what its answer means."""
    titles = [panel["title"] for panel in panels]

    assert [title for title in titles if not title.endswith("?")] == []
    assert len(set(titles)) == len(titles)
    assert [panel["title"] for panel in panels if not panel["description"].endswith(".")] == []


def test_every_number_has_a_unit(panels: list[Json]) -> None:
    """No axis is bare: a heatmap names its unit on the axis, all others on the field."""
    units = {
        panel["title"]: panel["options"]["yAxis"]["unit"]
        if panel["type"] == "heatmap"
        else panel["fieldConfig"]["defaults"]["unit"]
        for panel in panels
    }

    assert [title for title, unit in units.items() if not unit] == []


def test_panels_and_queries_can_be_told_apart(night: Json, panels: list[Json]) -> None:
    """Panel ids are unique in the dashboard, query ids in the panel."""
    ids = [panel["id"] for panel in night["panels"]]
    query_ids = [[target["refId"] for target in panel["targets"]] for panel in panels]

    assert len(set(ids)) == len(ids)
    assert [found for found in query_ids if not found or len(set(found)) != len(found)] == []


def test_panels_do_not_overlap(night: Json) -> None:
    """Every panel has its own place on the grid."""
    places = [panel["gridPos"] for panel in night["panels"]]

    assert [place for place in places if place["x"] + place["w"] > COLUMNS] == []
    assert [pair for pair in combinations(places, 2) if _overlap(*pair)] == []


def test_rows_are_full(night: Json) -> None:
    """No line of panels leaves a gap at its end, so that nothing jumps when one is added."""
    widths: dict[int, int] = {}
    for panel in night["panels"]:
        widths[panel["gridPos"]["y"]] = widths.get(panel["gridPos"]["y"], 0) + panel["gridPos"]["w"]

    assert {y: width for y, width in widths.items() if width != COLUMNS} == {}


def test_variables_are_defined(night: Json) -> None:
    """Every variable that an expression or a data source names can be chosen."""
    named = set(re.findall(r"\$\{?([a-z]+)\b", json.dumps(night["panels"])))

    assert named == {variable["name"] for variable in night["templating"]["list"]}


def _overlap(one: Json, other: Json) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not (beside or above)
