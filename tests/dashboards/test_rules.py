"""Every alert fires, stays silent, and leads somewhere; every expression is one that Prometheus can read."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards import rules
from dashboards.expressions import panel_expressions
from dashboards.generate import FOLDER

PROMETHEUS = FOLDER / "prometheus"
RUNBOOK = FOLDER / "runbook.md"
FILLED_IN = {"room": ".+", "event": ".+", "__rate_interval": "10s"}
Mutate = Callable[[rules.Alert], rules.Alert]


@pytest.mark.prometheus
def test_the_scrape_example_and_the_rules_are_valid(promtool_path: str) -> None:
    """Prometheus takes the files as they are committed."""
    _promtool(promtool_path, "check", "config", PROMETHEUS / "prometheus.yaml")


@pytest.mark.prometheus
def test_panel_expressions_are_valid(promtool_path: str, tmp_path: Path) -> None:
    """Every panel's expressions can be parsed once the variables are filled in."""
    found = [expr for _, expr in panel_expressions(FILLED_IN)]
    recordings = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(found)]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": recordings}]}))

    assert len(found) > 30
    assert "$" not in file.read_text()
    _promtool(promtool_path, "check", "rules", file)


@pytest.mark.prometheus
def test_alerts_fire_and_stay_silent(promtool_path: str) -> None:
    """promtool plays every case of rules_test.yaml."""
    _promtool(promtool_path, "test", "rules", PROMETHEUS / "rules_test.yaml")


@pytest.mark.prometheus
def test_cases_notice_alerts_that_never_fire(promtool_path: str, tmp_path: Path) -> None:
    """With no alert able to fire, each case that expects one fails: the cases prove something."""
    output = _play_mutated(promtool_path, tmp_path, mutate=lambda alert: replace(alert, fires_when="> Inf"))
    missed = set(re.findall(r'alertname=\\?"(\w+)', output))

    assert missed == {alert.name for alert in rules.ALERTS}


@pytest.mark.prometheus
@pytest.mark.parametrize("name", [alert.name for alert in rules.ALERTS])
def test_cases_notice_an_alert_that_always_fires(name: str, promtool_path: str, tmp_path: Path) -> None:
    """With one alert always firing, a case that expects silence fails."""

    def loosen(alert: rules.Alert) -> rules.Alert:
        return replace(alert, fires_when="> -Inf", lasts="0s") if alert.name == name else alert

    assert name in _play_mutated(promtool_path, tmp_path, mutate=loosen, only=f"{name} is silent")


def test_every_alert_has_cases() -> None:
    """rules_test.yaml has a case in which an alert fires, and one in which it stays silent."""
    cases = [case["name"] for case in yaml.safe_load((PROMETHEUS / "rules_test.yaml").read_text())["tests"]]

    for alert in rules.ALERTS:
        assert any(case.startswith(f"{alert.name} fires ") for case in cases), alert.name
        assert any(case.startswith(f"{alert.name} is silent ") for case in cases), alert.name


def test_every_link_into_the_runbook_leads_to_a_section() -> None:
    """The runbook has one section an alert, by the name that the alert links to, in the alerts' order."""
    headings = re.findall(r"^## (\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    linked = [rule["annotations"]["runbook_url"].partition("#")[2] for rule in _alert_rules()]

    assert linked == [heading.lower() for heading in headings]
    assert headings == [alert.name for alert in rules.ALERTS]


def test_links_within_the_runbook_resolve() -> None:
    """A section that points at another names one that exists, and panels by titles that exist."""
    text = RUNBOOK.read_text()
    anchors = {alert.name.lower() for alert in rules.ALERTS}
    titles = {title for title, _ in panel_expressions({})}

    assert set(re.findall(r"\(#(\w+)\)", text)) <= anchors
    assert set(re.findall(r'"([^"]+\?)"', text)) <= titles


def test_every_section_says_what_to_do() -> None:
    """Meaning, first look and remedy, in each section."""
    for section in RUNBOOK.read_text().split("\n## ")[1:]:
        assert re.findall(r"\*\*(\w[\w ]*)\.\*\*", section) == ["Meaning", "First look", "Remedy"], section


def test_what_must_never_be_has_no_delay() -> None:
    """An alert on a broken promise fires at the first evaluation and wakes somebody."""
    assert {(alert.lasts, alert.severity) for alert in rules.NEVER} == {("0s", rules.Severity.PAGE)}


def test_no_expression_hides_that_it_is_empty() -> None:
    """No `or vector(0)`: an empty answer must be seen."""
    expressions = [expr for _, expr in panel_expressions(FILLED_IN)] + [rule["expr"] for rule in _all_rules()]

    assert [expr for expr in expressions if "vector(" in expr] == []


def _all_rules() -> list[dict[str, Any]]:  # Any: YAML values
    found: list[dict[str, Any]] = yaml.safe_load((PROMETHEUS / "rules.yaml").read_text())["groups"][0]["rules"]
    return found


def _alert_rules() -> list[dict[str, Any]]:  # Any: as above
    return [rule for rule in _all_rules() if "alert" in rule]


def _play_mutated(promtool: str, folder: Path, *, mutate: Mutate, only: str = "") -> str:
    """Return what promtool says of the cases (`only` begins their names) when alerts are changed; it must fail."""
    changed = [rule.to_rule() for rule in rules.RECORDINGS] + [mutate(alert).to_rule() for alert in rules.ALERTS]
    document = {"groups": [{"name": "waitroom", "interval": "2s", "rules": changed}]}
    (folder / "rules.yaml").write_text(yaml.safe_dump(document))
    cases = yaml.safe_load((PROMETHEUS / "rules_test.yaml").read_text())
    cases["tests"] = [case for case in cases["tests"] if case["name"].startswith(only)]
    (folder / "rules_test.yaml").write_text(yaml.safe_dump(cases))
    done = subprocess.run(
        [promtool, "test", "rules", folder / "rules_test.yaml"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    return done.stdout + done.stderr


def _promtool(promtool: str, *arguments: str | Path) -> None:
    done = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
