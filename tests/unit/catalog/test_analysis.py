from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from catalog import Catalog, CatalogErrors, analysis, load_cached
from catalog.analysis import generated
from catalog.reference.columns import Results
from googlesql_gate.analyzer import Analyzer
from googlesql_gate.catalog_builder import TABLE
from googlesql_gate.checker import check
from googlesql_gate.report import Report
from googlesql_gate.sqltypes import SqlType


@pytest.fixture(scope="module")
def project() -> Path:
    return Path(__file__).parents[3]


@pytest.fixture(scope="module")
def warehouse(project: Path) -> tuple[Report, Analyzer]:
    """Every statement of this repository, analyzed once."""
    analyzer = Analyzer()
    return check(project, analyzer, generated(project)), analyzer


def test_the_warehouse_has_no_findings(project: Path, warehouse: tuple[Report, Analyzer]) -> None:
    report, _ = warehouse
    assert [str(finding) for finding in report.findings] == []
    assert report.files == len(list((project / "sql").rglob("*.sql"))) + len(generated(project))
    assert report.statements >= report.files


def test_the_reference_states_the_columns_of_views_as_googlesql_does(
    project: Path, warehouse: tuple[Report, Analyzer]
) -> None:
    catalog, (_, analyzer) = load_cached(project), warehouse
    views = {**catalog.views, **catalog.materialized_views}
    expected = {
        entry.path[-1]: [(column.name, str(SqlType(column.type))) for column in entry.proto.column]
        for entry in analyzer.catalog.entries()
        if entry.kind == TABLE and entry.path[-1] in views
    }
    results = Results(catalog)
    stated = {name: [(column.name, column.type) for column in results.of(name).values()] for name in views}
    # The columns of INFORMATION_SCHEMA have no type here.
    untyped = {"project_jobs"}
    assert {name: stated[name] for name in stated.keys() - untyped} == {
        name: expected[name] for name in expected.keys() - untyped
    }
    assert [name for name, _ in stated["project_jobs"]] == [name for name, _ in expected["project_jobs"]]


@dataclass
class Gate:
    """An analyzer that was installed by somebody else: what it is asked, and what it finds."""

    asked: list[Path] = field(default_factory=list)
    findings: list[Any] = field(default_factory=list)
    then: Callable[[Path], object] = lambda _: None
    value: str = "somebody.elses:check"
    module: str = "somebody"
    dist: None = None

    def load(self) -> Callable[..., Any]:
        return self

    def __call__(self, root: Path, generated: Mapping[Path, str]) -> Any:
        self.asked.append(root)
        self.then(root)
        return SimpleNamespace(findings=self.findings, statements=1, files=1)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gate:
    made = Gate()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(analysis, "entry_points", lambda group: [made] if group == "sql_gates" else [])
    monkeypatch.setattr(analysis, "load_cached", lambda root: Catalog({}))
    (tmp_path / "sql/views").mkdir(parents=True)
    (tmp_path / "sql/views/v.sql").write_text("SELECT 1")
    return made


def test_sql_is_analyzed_before_an_update_once_for_each_content(gate: Gate, tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        analysis.analyze_changed(tmp_path, said.append)
    assert (gate.asked, len(said)) == ([tmp_path], 1)
    (tmp_path / "sql/views/v.sql").write_text("SELECT 2")
    analysis.analyze_changed(tmp_path, said.append)
    (tmp_path / "sql/views/v.sql").write_text("SELECT 1")
    analysis.analyze_changed(tmp_path, said.append)
    assert len(gate.asked) == 2


def test_a_finding_stops_the_update_every_time_and_says_where(gate: Gate, tmp_path: Path) -> None:
    place = SimpleNamespace(line=3, column=8)
    gate.findings = [SimpleNamespace(path=Path("sql/views/v.sql"), position=place, message="Unrecognized name: nope")]
    for _ in range(2):
        with pytest.raises(CatalogErrors, match=r"sql/views/v\.sql:3: Unrecognized name: nope \[analyzer\]\n  fix: "):
            analysis.analyze_changed(tmp_path, print)
    assert len(gate.asked) == 2


def test_what_changed_while_it_was_analyzed_does_not_count_as_analyzed(gate: Gate, tmp_path: Path) -> None:
    gate.then = lambda root: (root / "sql/views/v.sql").write_text("SELECT 2")
    analysis.analyze_changed(tmp_path, print)
    (tmp_path / "sql/views/v.sql").write_text("SELECT 1")
    analysis.analyze_changed(tmp_path, print)
    assert len(gate.asked) == 2


def test_another_analyzer_is_asked_again(gate: Gate, tmp_path: Path) -> None:
    analysis.analyze_changed(tmp_path, print)
    gate.value = "another:check"
    analysis.analyze_changed(tmp_path, print)
    assert len(gate.asked) == 2


@pytest.mark.timeout(20)
def test_a_pipe_among_the_files_is_a_finding_and_not_waited_for(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "load_cached", load_cached)
    os.mkfifo(tmp_path / "sql/views/w.sql")
    with pytest.raises(CatalogErrors, match=r"sql/views/w\.sql: this is no regular file"):
        analysis.analyze_changed(tmp_path, print)


def test_without_an_analyzer_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "entry_points", lambda group: [])
    said: list[str] = []
    analysis.analyze_changed(tmp_path, said.append)
    assert (said, analysis.analyze(tmp_path)) == ([], None)


def test_the_installed_analyzer_counts_with_its_code_and_what_it_needs() -> None:
    installed = analysis._gate()
    assert installed is not None
    before = analysis._versions(installed)
    assert any(line.startswith("zetasql ") for line in before)
    assert {"checker.py", "bigquery.py"} <= {path.name for path in analysis._code(installed)}
