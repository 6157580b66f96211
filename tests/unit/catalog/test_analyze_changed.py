"""The analyzer runs once for what it found clean, and again after any change of what it follows from."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from catalog import CatalogErrors, analysis
from tests.unit.catalog.conftest import Project

TOY = """
from types import SimpleNamespace
def check(root, generated):
    with (root / "runs").open("a") as file:
        file.write("x")
    return SimpleNamespace(findings=[], statements=1, files=1)
"""


@pytest.fixture
def analyzed(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """One table, and an analyzer that finds nothing and counts its runs."""
    root = Path(__file__).parents[3]
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.root / "cache"))
    monkeypatch.syspath_prepend(str(project.root / "site"))
    monkeypatch.delitem(sys.modules, "toy_gate.checker", raising=False)
    monkeypatch.delitem(sys.modules, "toy_gate", raising=False)
    gate = EntryPoint("toy", "toy_gate.checker:check", "sql_gates")
    monkeypatch.setattr(analysis, "entry_points", lambda group: [gate])
    project.write("site/toy_gate/__init__.py", "").write("site/toy_gate/checker.py", TOY)
    importlib.invalidate_caches()
    project.write("config/schedules.yaml", "{}\n")
    return project.write("sql/tables/feature_flags.sql", (root / "sql/tables/feature_flags.sql").read_text())


def runs(project: Project) -> int:
    analysis.analyze_changed(project.root, lambda _: None)
    return len((project.root / "runs").read_text())


def test_a_clean_run_is_remembered_until_the_sql_or_the_analyzer_changes(analyzed: Project) -> None:
    assert [runs(analyzed), runs(analyzed)] == [1, 1]
    with (analyzed.root / "sql/tables/feature_flags.sql").open("a") as file:
        file.write("-- edited\n")
    assert [runs(analyzed), runs(analyzed)] == [2, 2]
    analyzed.write("site/toy_gate/rules.py", "# new\n")
    assert [runs(analyzed), runs(analyzed)] == [3, 3]


def test_a_lock_of_an_editor_is_no_sql(analyzed: Project) -> None:
    (analyzed.root / "sql/tables/.#feature_flags.sql").symlink_to("me@host.123")
    assert runs(analyzed) == 1


def test_what_the_catalog_refuses_never_gets_to_the_analyzer(analyzed: Project) -> None:
    (analyzed.root / "sql/tables/gone.sql").symlink_to("nowhere")
    with pytest.raises(CatalogErrors, match="this link points nowhere"):
        runs(analyzed)
    assert not (analyzed.root / "runs").exists()
