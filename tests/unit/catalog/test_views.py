"""View files: logical and materialized views with their options."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.addresses import Placement
from catalog.errors import CatalogError
from catalog.model import TimePartitioning
from catalog.tokens import SqlText
from catalog.views import parse_materialized_view, parse_view

V = "CREATE OR REPLACE VIEW `eros_scheduling_brain.v`"
M = "CREATE OR REPLACE MATERIALIZED VIEW `eros_scheduling_brain.v`"
PATH = Path("sql/views/v.sql")


def test_a_view_has_its_query_qualified_and_trimmed() -> None:
    view = parse_view(
        SqlText(
            PATH,
            f'-- For people.\n{V}\nOPTIONS(description="D.", labels=[("a", "b")])\nAS\n'
            "SELECT t.x FROM `eros_scheduling_brain.t` AS t, `eros_scheduling_brain.INFORMATION_SCHEMA.TABLES`;\n\n",
        )
    )
    assert (view.name, view.description, view.labels) == ("v", "D.", {"a": "b"})
    assert view.query(Placement("p", "d")) == "SELECT t.x FROM `p.d.t` AS t, `p.d.INFORMATION_SCHEMA.TABLES`"


def test_a_materialized_view_has_its_refresh_options() -> None:
    view = parse_materialized_view(
        SqlText(
            PATH,
            f"{M}\nPARTITION BY DATE(ts)\nCLUSTER BY page_name\n"
            'OPTIONS(description="D.", enable_refresh=false, refresh_interval_minutes=120,'
            " allow_non_incremental_definition=true, max_staleness=INTERVAL 36 HOUR)\n"
            "AS SELECT ts, page_name FROM `eros_scheduling_brain.t`",
        )
    )
    assert view.partitioning == TimePartitioning("DAY", "ts")
    assert view.clustering == ("page_name",)
    assert (view.enable_refresh, view.refresh_interval_minutes) == (False, 120)
    assert (view.allow_non_incremental_definition, view.max_staleness) == (True, "0-0 1 12:0:0")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (f"{V}\nAS", 2, "no query after AS"),
        (f"{V}\n(a, b) AS SELECT 1 AS a", 2, "a column list after the view's name"),
        (f"{V} AS SELECT 1 AS a;\nSELECT 2", 2, "second statement"),
        (f"{V}\nSELECT 1", 2, "expected AS"),
        (f"{M} AS SELECT 1 AS a", 1, "CREATE MATERIALIZED VIEW in sql/views"),
    ],
)
def test_what_is_no_view_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(CatalogError, match=message) as refusal:
        parse_view(SqlText(PATH, text))
    assert refusal.value.location.line == line
