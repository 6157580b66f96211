"""A snapshot or clone with options cannot be made, and one that is made has lost its table's layout.

Fault: `CREATE SNAPSHOT TABLE x CLONE y OPTIONS(...)` is a syntax error and a copy job's expiration is not looked at, so
a snapshot never expires; its columns are all NULLABLE and without description, its partitioning and clustering gone.
Why it matters: a snapshot before a risky operation is kept for a week, and a table is restored from it.
A snapshot keeps the layout but not the partition expiration
(https://cloud.google.com/bigquery/docs/table-snapshots-intro#limitations).
Drop it when upstream parses the options and copies the layout.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local_bigquery.catalog import ddl as catalog_ddl
from local_bigquery.catalog import names, tables
from local_bigquery.engine import database, types
from local_bigquery.engine.database import quote
from local_bigquery.jobs import copy, runner
from local_bigquery.models import Table, TableFieldSchema
from local_bigquery.sql.dialect import BigQueryDialect
from local_bigquery.sql.rules import ddl
from sqlglot import exp
from sqlglot.tokenizer_core import Token

LAYOUT = ("schema", "timePartitioning", "rangePartitioning", "clustering", "description")


def apply() -> None:
    """Put the options where the parser takes them, and the layout onto what was made."""
    normalise, record, run_copy = ddl.normalise, catalog_ddl.apply, copy.run

    def normalise_clones(tree: exp.Expression) -> exp.Expression:
        if isinstance(tree, exp.Command):
            tree = _with_options_first(tree)
        normalised: exp.Expression = normalise(tree)
        return normalised

    def record_layout(tree: exp.Expression, project_id: str, dataset_id: str, evaluate: Any) -> None:
        record(tree, project_id, dataset_id, evaluate)
        clone = tree.args.get("clone") if isinstance(tree, exp.Create) else None
        if clone:
            source = names.reference(clone.this, project_id, dataset_id)
            made = names.reference(tree.find(exp.Table), project_id, dataset_id)
            _lay_out(source, made, is_snapshot=bool(tree.meta.get("snapshot")))

    def run_with_expiry(cur: Any, config: Any, upload: str | None) -> Any:
        statistics = run_copy(cur, config, upload)
        if config.destinationExpirationTime:
            milliseconds = int(datetime.fromisoformat(config.destinationExpirationTime).timestamp() * 1000)
            tables.annotate(tables.reference(config.destinationTable), Table(expirationTime=str(milliseconds)))
        return statistics

    ddl.normalise = normalise_clones
    catalog_ddl.apply = record_layout
    copy.run = runner.HANDLERS["copy"] = run_with_expiry


def _with_options_first(tree: exp.Command) -> exp.Expression:
    """`CREATE ... TABLE x CLONE y OPTIONS(...)` with its options before CLONE; any other command as it is."""
    text = tree.sql(dialect=BigQueryDialect).strip()
    tokens = BigQueryDialect().tokenize(text)
    clone, options = _position(tokens, "CLONE"), _position(tokens, "OPTIONS")
    if not (tokens and tokens[0].text.upper() == "CREATE" and clone and options and clone.start < options.start):
        return tree
    moved = f"{text[: clone.start]}{text[options.start :]} {text[clone.start : options.start]}"
    name, _, rest = moved.partition(" ")
    return exp.Command(this=name, expression=rest)


def _position(tokens: list[Token], word: str) -> Token | None:
    return next((token for token in tokens if token.text.upper() == word), None)


def _lay_out(source: tuple[str, str, str], made: tuple[str, str, str], *, is_snapshot: bool) -> None:
    base = tables.load(*source)
    layout = {key: value for key, value in base.dump().items() if key in LAYOUT}
    if is_snapshot:
        layout.get("timePartitioning", {}).pop("expirationMs", None)
    stated = tables.load(*made).dump()
    kept = {key: value for key, value in layout.items() if key == "schema" or key not in stated}
    tables.annotate(made, Table.model_validate(kept))
    _require(made, tables.fields(base))


def _require(made: tuple[str, str, str], fields: list[TableFieldSchema]) -> None:
    """The table's REQUIRED columns are so here too; an empty one is made anew, since its columns cannot be changed."""
    required = [field for field in fields if field.mode == "REQUIRED"]
    name = tables.name(*made)
    if required and not database.fetch(f"SELECT 1 FROM {name} LIMIT 1"):
        columns = ", ".join(types.column(field) for field in fields)
        database.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
        return
    for field in required:
        database.execute(f"ALTER TABLE {name} ALTER COLUMN {quote(field.name)} SET NOT NULL")
