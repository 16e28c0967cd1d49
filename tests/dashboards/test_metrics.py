"""Metrics and what is made of them agree."""

from prometheus_client import CollectorRegistry

from dashboards.expressions import alert_expressions, metrics_in, panel_expressions
from waitroom.metrics import CheckoutMetrics, ConsoleMetrics, EdgeMetrics, JobMetrics


def test_every_metric_has_a_panel_or_an_alert() -> None:
    """A metric that nobody looks at goes."""
    assert _defined() - {_base(name) for name in _used()} == set()


def test_every_metric_in_an_expression_exists() -> None:
    """No expression asks for what no process counts."""
    assert {name for name in _used() if _base(name) not in _defined()} == set()


def test_counters_are_read_as_counters() -> None:
    """A counter is named with `_total`, a histogram with its parts: the bare name has no series."""
    kinds = {metric.name: metric.type for registry in _registries() for metric in registry.collect()}
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    wrong = {name for name in _used() if name.removeprefix(_base(name)) not in suffixes[kinds[_base(name)]]}

    assert wrong == set()


def test_a_snapshot_ages_while_no_other_comes() -> None:
    """The age is that of this moment, not of the moment at which the snapshot came."""
    metrics = EdgeMetrics()
    metrics.snapshot_aged("r", seconds=100)
    first = metrics.registry.get_sample_value("waitroom_snapshot_age_seconds", {"room": "r"})
    second = metrics.registry.get_sample_value("waitroom_snapshot_age_seconds", {"room": "r"})

    assert first is not None
    assert second is not None
    assert 100 <= first < second


def test_failures_are_counted_from_zero() -> None:
    """What may fail has a series before its first failure, so that the first one shows as growth."""
    edge, checkout = EdgeMetrics(), CheckoutMetrics()
    edge.script_observed("join", 0.001)
    checkout.session_opened("r")

    assert edge.registry.get_sample_value("waitroom_store_errors_total", {"script": "join"}) == 0
    assert edge.registry.get_sample_value("waitroom_scripts_failed_total", {"script": "join"}) == 0
    assert edge.registry.get_sample_value("waitroom_passes_refused_total", {"reason": "forged"}) == 0
    assert checkout.registry.get_sample_value("waitroom_sessions_unconfirmed_total", {"room": "r"}) == 0
    assert checkout.registry.get_sample_value("waitroom_room_calls_failed_total", {"verb": "enter"}) == 0


def test_a_deleted_room_leaves_no_gauge() -> None:
    """What a room was last seen as goes with the room."""
    metrics = EdgeMetrics()
    metrics.room_seen("r", fans={"waiting": 1}, totals={"given": 2}, is_admitting=True)
    metrics.room_rate_seen("r", per_minute=60, measured=59, ceiling=10)
    metrics.room_governed("r", factor=0.7)
    metrics.snapshot_aged("r", seconds=0)
    metrics.room_gone("r")

    left = {s.name for m in metrics.registry.collect() for s in m.samples if m.type == "gauge" and "room" in s.labels}
    assert left == set()


def test_a_spared_store_is_seen_at_the_scrape() -> None:
    """How many parts of the store are spared is asked at each scrape, not told when it changes."""
    metrics = EdgeMetrics()
    spared = [0]
    metrics.store_watched(lambda: spared[0])
    spared[0] = 2

    assert metrics.registry.get_sample_value("waitroom_store_circuits_open") == 2


def _registries() -> list[CollectorRegistry]:
    return [EdgeMetrics().registry, ConsoleMetrics().registry, CheckoutMetrics().registry, JobMetrics().registry]


def _defined() -> set[str]:
    return {metric.name for registry in _registries() for metric in registry.collect()}


def _used() -> set[str]:
    expressions = [*panel_expressions({}), *alert_expressions()]
    return {name for _, expr in expressions for name in metrics_in(expr)}


def _base(name: str) -> str:
    defined = _defined()
    for suffix in ("", "_total", "_bucket", "_sum", "_count"):
        if name.endswith(suffix) and name.removesuffix(suffix) in defined:
            return name.removesuffix(suffix)
    return name
