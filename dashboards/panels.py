"""Panels: titles are questions; units, sizes and colours are decided here once."""

import warnings
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase
from typing import Any

with warnings.catch_warnings():
    # The SDK recommends its second schema, which only the newest Grafana reads; this one every Grafana reads.
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.builders import common, dashboard, heatmap, prometheus, stat, timeseries

from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

Panel = Any  # Any: the SDK's builders of panels have no common type but a generic protocol
DATASOURCE = common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")
ROOM = 'room=~"$room"'
EVENT = 'event=~"$event"'
WINDOW = "$__rate_interval"
HALF, THIRD, QUARTER = 12, 8, 6
HEIGHT = 8


class Unit(StrEnum):
    """The units that panels show, as Grafana names them."""

    COUNT = "short"
    SECONDS = "s"
    PER_SECOND = "cps"
    PER_MINUTE = "cpm"
    SHARE = "percentunit"


@dataclass(frozen=True)
class Line:
    """One query of a panel and how its series are called."""

    expr: str
    legend: str


def plot(question: str, why: str, *lines: Line, unit: Unit = Unit.COUNT, width: int = THIRD) -> Panel:
    """Draw lines over time, from zero, with the last value in the legend."""
    panel = (
        timeseries.Panel()
        .fill_opacity(8)
        .line_width(2)
        .show_points(common_models.VisibilityMode.NEVER)
        .min(0)
        .legend(
            common.VizLegendOptions()
            .display_mode(common_models.LegendDisplayMode.TABLE)
            .placement(common_models.LegendPlacement.BOTTOM)
            .show_legend(show_legend=True)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI))
    )
    return _finish(panel, question, why, lines, unit=unit, width=width)


def never(question: str, why: str, line: Line, *, width: int = QUARTER) -> Panel:
    """Show a number that must be zero: green at zero, red above."""
    steps = [models.Threshold(value=None, color="green"), models.Threshold(value=1, color="red")]
    panel = (
        stat.Panel()
        .color_mode(common_models.BigValueColorMode.BACKGROUND)
        .graph_mode(common_models.BigValueGraphMode.NONE)
        .thresholds(dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps))
        .reduce_options(common.ReduceDataOptions().calcs(["max"]))
    )
    return _finish(panel, question, why, (line,), unit=Unit.COUNT, width=width)


def spread(question: str, why: str, buckets: str, *, unit: Unit = Unit.SECONDS, width: int = THIRD) -> Panel:
    """Show how a histogram's observations spread over time: the denser, the darker."""
    panel = (
        heatmap.Panel()
        .calculate(calculate=False)
        .color(heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges").steps(64))
        .y_axis(heatmap.YAxisConfig().unit(unit.value))
        .show_legend()
    )
    query = _query(Line(buckets, "{{le}}")).ref_id("A").format(PromQueryFormat.HEATMAP)
    return _described(panel, question, why, width=width).targets([query])


def rate_of(metric: str, selector: str, *by: str) -> str:
    """Write the speed of a counter, summed over processes and split by these labels."""
    return f"sum by ({', '.join(by)}) (rate({metric}{{{selector}}}[{WINDOW}]))"


def quantile(share: float, metric: str, selector: str, *by: str) -> str:
    """Write a quantile of a histogram over all processes, split by these labels."""
    buckets = rate_of(f"{metric}_bucket", selector, *by, "le")
    return f"histogram_quantile({share}, {buckets})"


def _finish(panel: Panel, question: str, why: str, lines: tuple[Line, ...], *, unit: Unit, width: int) -> Panel:
    queries = [_query(line).ref_id(letter) for letter, line in zip(ascii_uppercase, lines, strict=False)]
    return _described(panel, question, why, width=width).unit(unit.value).targets(queries)


def _described(panel: Panel, question: str, why: str, *, width: int) -> Panel:
    return panel.title(question).description(why).datasource(DATASOURCE).span(width).height(HEIGHT)


def _query(line: Line) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(line.expr).legend_format(line.legend).datasource(DATASOURCE).range()
