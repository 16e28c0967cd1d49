"""Every expression of the generated files, with Grafana's variables filled in, for whoever wants to try them."""

import re
from collections.abc import Iterator, Mapping

from dashboards import rules
from dashboards.night import build_night

METRIC = re.compile(r"\bwaitroom_[a-z_]+")


def panel_expressions(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each panel's question with each of its expressions; `values` fill the variables in."""
    for panel in build_night().panels or []:
        for target in getattr(panel, "targets", None) or []:
            yield str(panel.title), fill_in(str(getattr(target, "expr", "")), values)


def fill_in(expr: str, values: Mapping[str, str]) -> str:
    """Replace `$name` by its value, as Grafana would; longer names first."""
    for name in sorted(values, key=len, reverse=True):
        expr = expr.replace(f"${name}", values[name])
    return expr


def alert_expressions() -> Iterator[tuple[str, str]]:
    """Yield each alert's name with what it watches, which is there also while all is well."""
    for alert in rules.ALERTS:
        yield alert.name, alert.value


def metrics_in(expr: str) -> set[str]:
    """The names of our metrics in an expression."""
    return set(METRIC.findall(expr))
