"""The dashboard "The night": all rows, with the room, the event and the data source to choose."""

import json
import warnings
from types import ModuleType

with warnings.catch_warnings():
    # As in panels.py: this schema is the one that every Grafana reads.
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.builders import dashboard

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from dashboards import admission, console, fans, jobs, sales, stores
from dashboards.panels import DATASOURCE

TITLE = "The night"
ROWS: tuple[ModuleType, ...] = (fans, admission, sales, jobs, stores, console)


def build_night() -> models.Dashboard:
    """Return the dashboard; panels have ids in their order, so that links to them last."""
    night = (
        dashboard.Dashboard(TITLE)
        .uid("waitroom-night")
        .description("One on-sale, from the first fan in the lobby to the last ticket.")
        .tags(["waitroom"])
        .timezone("browser")
        .time("now-30m", "now")
        .refresh("5s")
        .annotations([])
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .variables(
            [_datasource(), _choice("room", "waitroom_room_admitting"), _choice("event", "waitroom_event_seats")]
        )
    )
    panel_id = 0
    for row in ROWS:
        panel_id += 1
        night.with_row(dashboard.Row(row.TITLE).id(panel_id))
        for panel in row.panels():
            panel_id += 1
            night.with_panel(panel.id(panel_id))
    return night.build()


def to_json(built: models.Dashboard) -> str:
    """The file that Grafana imports."""
    return json.dumps(built, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


def _datasource() -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")


def _choice(name: str, metric: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .datasource(DATASOURCE)
        .query(f"label_values({metric}, {name})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".+")
    )
