"""The generated files are what the code writes."""

from pathlib import Path

import pytest

from dashboards import generate


def test_committed_files_are_fresh() -> None:
    """What is committed is what the code would write now."""
    assert generate.stale(generate.documents()) == []


def test_check_passes_on_fresh_files(capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` is silent when nothing is stale."""
    assert generate.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_check_names_a_stale_file_and_leaves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` fails on a stale file, names it and writes nothing."""
    monkeypatch.setattr(generate, "FOLDER", tmp_path / "dashboards")
    generate.FOLDER.mkdir()
    generate.write(generate.documents())
    stale = generate.FOLDER / "prometheus" / "rules.yaml"
    stale.write_text("groups: []\n")

    assert generate.main(["--check"]) == 1
    assert "dashboards/prometheus/rules.yaml is stale" in capsys.readouterr().err
    assert stale.read_text() == "groups: []\n"


def test_writing_makes_everything_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `--check` every missing file is written."""
    monkeypatch.setattr(generate, "FOLDER", tmp_path / "dashboards")
    generate.FOLDER.mkdir()

    assert generate.main([]) == 0
    assert generate.stale(generate.documents()) == []
