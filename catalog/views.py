"""`sql/views` and `sql/materialized_views`: one view a file."""

from __future__ import annotations

from catalog.cursor import Cursor
from catalog.header import Header, end_of_file, parse_header
from catalog.model import MaterializedView, View
from catalog.options import flag_option, labels_option, number_option, parse_options, text_option
from catalog.partitions import parse_clustering, parse_partitioning
from catalog.routines import query_body
from catalog.tokens import SqlText

VIEW_OPTIONS = frozenset({"description", "labels"})
MATERIALIZED_OPTIONS = VIEW_OPTIONS | {
    "enable_refresh",
    "refresh_interval_minutes",
    "allow_non_incremental_definition",
    "max_staleness",
}


def parse_view(source: SqlText) -> View:
    """`CREATE OR REPLACE VIEW name OPTIONS(...) AS query`. Raises CatalogError."""
    cursor = Cursor(source)
    header = _header(cursor, "views")
    options = parse_options(cursor, VIEW_OPTIONS)
    cursor.expect("AS", fix="OPTIONS(description=...) and AS query follow the name")
    sql = query_body(cursor)
    end_of_file(cursor)
    return View(
        name=header.name,
        path=source.path,
        line=header.line,
        description=text_option(cursor, options, "description"),
        sql=sql,
        labels=labels_option(cursor, options),
    )


def parse_materialized_view(source: SqlText) -> MaterializedView:
    """`CREATE OR REPLACE MATERIALIZED VIEW name PARTITION BY .. CLUSTER BY .. OPTIONS(..) AS query`."""
    cursor = Cursor(source)
    header = _header(cursor, "materialized_views")
    partitioning = parse_partitioning(cursor)
    clustering = parse_clustering(cursor)
    options = parse_options(cursor, MATERIALIZED_OPTIONS)
    cursor.expect("AS", fix="OPTIONS(description=...) and AS query follow the name")
    sql = query_body(cursor)
    end_of_file(cursor)
    return MaterializedView(
        name=header.name,
        path=source.path,
        line=header.line,
        description=text_option(cursor, options, "description"),
        sql=sql,
        labels=labels_option(cursor, options),
        partitioning=partitioning,
        clustering=clustering,
        enable_refresh=flag_option(cursor, options, "enable_refresh", default=True),
        refresh_interval_minutes=number_option(cursor, options, "refresh_interval_minutes"),
        allow_non_incremental_definition=flag_option(cursor, options, "allow_non_incremental_definition"),
        max_staleness=text_option(cursor, options, "max_staleness"),
    )


def _header(cursor: Cursor, folder: str) -> Header:
    header = parse_header(cursor, folder)
    if cursor.sees("("):
        # The API takes no schema together with a view's query, so the names must come from the query.
        raise cursor.error("a column list after the view's name", fix="name the columns in the query")
    return header
