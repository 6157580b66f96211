"""There is no LOAD DATA.

Fault: the statement does not parse.
Why it matters: it is how a script without a server reads what EXPORT DATA wrote, a backup.
The statement: https://cloud.google.com/bigquery/docs/reference/standard-sql/load-statements. Here it fills temporary
tables from Avro files and lines of JSON; what else it can is refused by name. Whether options take variables is not
documented, so constants are all that they take.
Drop it when upstream has the statement.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import fastavro
from local_bigquery.engine.database import quote
from local_bigquery.errors import BigQueryError, not_implemented
from local_bigquery.jobs import load
from local_bigquery.jobs.storage import literal
from local_bigquery.models import JobConfigurationLoad, JobStatistics2, TableFieldSchema
from local_bigquery.sql import script
from local_bigquery.sql.dialect import BigQueryDialect
from sqlglot import exp, parse_one
from sqlglot.errors import ParseError

from gcp_local.emulators.bigquery.patches import storage_jobs

KIND = "LOAD_DATA"
STATEMENT = re.compile(r"\s*LOAD\s+DATA\b", re.IGNORECASE)
TEMPORARY = ("TEMP", "TEMPORARY")
FORMATS = {"AVRO": "AVRO", "JSON": "NEWLINE_DELIMITED_JSON", "NEWLINE_DELIMITED_JSON": "NEWLINE_DELIMITED_JSON"}
OPTIONS = {
    "format": "sourceFormat",
    "uris": "sourceUris",
    "enable_logical_types": "useAvroLogicalTypes",
    "decimal_target_types": "decimalTargetTypes",
    "ignore_unknown_values": "ignoreUnknownValues",
}
SCALARS = ("STRING", "BOOL", "INT64", "FLOAT64", "DATE", "TIMESTAMP")


def apply() -> None:
    """Read the statement wherever a script may have one, in EXECUTE IMMEDIATE too."""
    statement, make, execute = script.Parser.statement, script.Interpreter.__init__, script.Interpreter.execute

    def parsed(self: Any) -> Any:
        if (self.word(), self.word(1)) == ("LOAD", "DATA"):
            return script.Statement(KIND, self.until())
        return statement(self)

    def made(self: Any, *arguments: Any) -> None:
        make(self, *arguments)
        self.handlers[KIND] = lambda loading: _run(self, loading.text)

    def executed(self: Any, immediate: Any) -> None:
        text = "" if immediate.names or immediate.items else str(self.evaluate(immediate.text))
        if STATEMENT.match(text):
            _run(self, text)
        else:
            execute(self, immediate)

    script.Parser.statement = parsed
    script.Interpreter.__init__, script.Interpreter.execute = made, executed


def _run(interpreter: Any, text: str) -> None:
    table, is_overwritten, columns, config = _read(text)
    held = table.casefold() in interpreter.context.temporary
    with storage_jobs.staging():
        source = _source(interpreter.cursor, columns, config)
        make = f"CREATE OR REPLACE TEMP TABLE {quote(table)} AS" if is_overwritten or not held else ""
        interpreter.cursor.execute(f"{make or f'INSERT INTO {quote(table)} BY NAME'} {source}")
    interpreter.context.temporary.add(table.casefold())
    interpreter.report(JobStatistics2(statementType=KIND))


def _read(text: str) -> tuple[str, bool, list[TableFieldSchema], JobConfigurationLoad]:
    """Table, whether it is overwritten, its stated columns, and the options as those of a load job."""
    parser = script.Parser(text)
    parser.take("LOAD")
    parser.take("DATA")
    mode = parser.word()
    parser.take("INTO" if mode == "INTO" else "OVERWRITE")
    if parser.word() not in TEMPORARY:
        raise not_implemented("LOAD DATA into a table that is not temporary")
    parser.i += 1
    parser.take("TABLE")
    table = parser.tokens[parser.i].text
    parser.i += 1
    columns = [_column(item) for item, _ in parser.arguments()] if parser.word() == "(" else []
    parser.take("FROM")
    parser.take("FILES")
    options = dict(_option(item) for item, _ in parser.arguments())
    if parser.word() is not None:
        raise not_implemented(f"LOAD DATA ... {parser.word()}")
    kind = FORMATS.get(str(options.pop("sourceFormat", "")).upper())
    if kind is None or not options.get("sourceUris"):
        raise BigQueryError("invalidQuery", "LOAD DATA needs the options format (here AVRO or JSON) and uris")
    return table, mode == "OVERWRITE", columns, JobConfigurationLoad.model_validate({"sourceFormat": kind} | options)


def _column(item: str) -> TableFieldSchema:
    name, _, kind = item.strip().partition(" ")
    if kind.strip().upper() not in SCALARS:
        raise not_implemented(f"A column {kind.strip()} in LOAD DATA")
    return TableFieldSchema(name=name.strip("`"), type=kind.strip().upper(), mode="NULLABLE")


def _option(item: str) -> tuple[str, Any]:
    name, _, value = item.partition("=")
    known = OPTIONS.get(name.strip().lower())
    if known is None:
        raise BigQueryError("invalidQuery", f"Unknown option: {name.strip()}")
    try:
        return known, _constant(parse_one(value, dialect=BigQueryDialect))
    except (ParseError, TypeError):
        raise BigQueryError("invalidQuery", f"Option '{name.strip()}' must be a constant.") from None


def _constant(node: Any) -> Any:
    if isinstance(node, exp.Array):
        return [_constant(item) for item in node.expressions]
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise TypeError(node)


def _source(cursor: Any, columns: list[TableFieldSchema], config: JobConfigurationLoad) -> str:
    """A query of the rows in the files."""
    locations: dict[str, str | None] = {}
    for uri in config.sourceUris or []:
        found = [path for path in load.paths(cursor, uri) if Path(path).is_file()]
        if not found:
            raise BigQueryError("notFound", f"Not found: Files {uri}")
        locations |= dict.fromkeys(found, uri)
    with load._reading(locations), _explaining():
        reader = load._reader(cursor, f"[{', '.join(map(literal, locations))}]", config, columns)
        present = cursor.sql(f"SELECT * FROM {reader} LIMIT 0").columns
        projection, bad = load._projection(config, columns, present)
        rejected = cursor.sql(f"SELECT count(*) FROM {reader} WHERE {bad}").fetchone()[0]
    if rejected:
        raise BigQueryError("invalid", f"Error while reading data, error message: {rejected} rows are not as stated")
    if config.sourceFormat == "AVRO" and not columns:
        projection = _with_json(next(iter(locations)))
    return f"SELECT {projection} FROM {reader}"


@contextlib.contextmanager
def _explaining() -> Iterator[None]:
    """A file that is cut or no such file at all makes the reader fail in many ways."""
    try:
        yield
    except (BigQueryError, duckdb.Error):
        raise
    except Exception as error:
        message = f"Error while reading data, error message: {type(error).__name__}: {error}"
        raise BigQueryError("invalid", message) from None


def _with_json(path: str) -> str:
    """All columns; text that the file marks as JSON becomes JSON."""
    with open(path, "rb") as file:
        schema: Any = fastavro.reader(file).writer_schema
    marked = [quote(field["name"]) for field in schema["fields"] if _is_json(field["type"])]
    return f"* REPLACE ({', '.join(f'CAST({name} AS JSON) AS {name}' for name in marked)})" if marked else "*"


def _is_json(avro: Any) -> bool:
    kinds = avro if isinstance(avro, list) else [avro]
    return any(isinstance(kind, dict) and kind.get("sqlType") == "JSON" for kind in kinds)
