from __future__ import annotations

from pathlib import Path

import pytest

from catalog import load
from catalog.reference.columns import Results
from catalog.reference_data import generated
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
    catalog, (_, analyzer) = load(project), warehouse
    views = {**catalog.views, **catalog.materialized_views}
    expected = {
        entry.path[-1]: [(column.name, str(SqlType(column.type))) for column in entry.proto.column]
        for entry in analyzer.catalog.entries()
        if entry.kind == TABLE and entry.path[-1] in views
    }
    results = Results(catalog)
    stated = {name: [(column.name, column.type) for column in results.of(name).values()] for name in views}
    assert stated == expected
