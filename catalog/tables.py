"""`sql/tables/*.sql`: one CREATE TABLE to a `Table`. Judging the declaration is left to `catalog.lint.table_rules`."""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog import personal
from catalog.cursor import Cursor
from catalog.header import Header, end_of_file, parse_header
from catalog.model import DAY_MS, Table
from catalog.options import (
    description_option,
    flag_option,
    labels_option,
    number_option,
    parse_options,
    text_option,
)
from catalog.partitions import parse_clustering, parse_partitioning, with_expiration
from catalog.schema import Column, Mode
from catalog.sqltypes import Field, SqlType, parse_type
from catalog.tokens import SqlText

TABLE_OPTIONS = frozenset({"description", "labels", "partition_expiration_days", "require_partition_filter"})
ABSENT = {
    "CHECK": "BigQuery has no CHECK constraints: put the rule into a test of the data",
    "FOREIGN": "foreign keys are not carried: join on the columns",
    "CONSTRAINT": "write PRIMARY KEY (...) NOT ENFORCED without a constraint name",
    "INDEX": "BigQuery has no such index: cluster the table by the column",
}


@dataclass(slots=True)
class _Elements:
    """What stands between the parentheses of CREATE TABLE."""

    columns: list[Column] = field(default_factory=list)
    primary_key: tuple[str, ...] = ()


def parse_table(source: SqlText) -> Table:
    """The table that the file declares. Raises CatalogError at the first thing that is no such declaration."""
    cursor = Cursor(source)
    header = parse_header(cursor, "tables")
    elements = _elements(cursor)
    _refuse_collation(cursor, "DEFAULT", "COLLATE")
    partitioning = parse_partitioning(cursor)
    clustering = parse_clustering(cursor)
    options = parse_options(cursor, TABLE_OPTIONS)
    days = number_option(cursor, options, "partition_expiration_days")
    if days is not None:
        line = options["partition_expiration_days"].line
        partitioning = with_expiration(cursor, partitioning, round(days * DAY_MS), line)
    end_of_file(cursor)
    columns = personal.declared(source, tuple(elements.columns))
    return Table(
        name=header.name,
        path=source.path,
        line=header.line,
        description=text_option(cursor, options, "description"),
        columns=columns,
        partitioning=partitioning,
        clustering=clustering,
        labels=labels_option(cursor, options) | personal.label(columns),
        primary_key=_checked_key(cursor, header, elements),
        require_partition_filter=flag_option(cursor, options, "require_partition_filter"),
    )


def _elements(cursor: Cursor) -> _Elements:
    elements = _Elements()
    cursor.expect("(", fix="list the columns in parentheses")
    while not cursor.accept(")"):
        _element(cursor, elements)
        if not cursor.sees(")"):
            cursor.expect(
                ",", fix="put a comma between columns; a column is NAME TYPE [DEFAULT x] [NOT NULL] [OPTIONS(...)]"
            )
    return elements


def _element(cursor: Cursor, elements: _Elements) -> None:
    first = cursor.peek()
    following = cursor.peek(1)
    if first and first.is_(*ABSENT) and following and (following.is_("(", "KEY") or first.is_("CONSTRAINT")):
        raise cursor.error(f"{first.upper} in CREATE TABLE", fix=ABSENT[first.upper], rule="unsupported-syntax")
    if cursor.accept("PRIMARY", "KEY"):
        elements.primary_key = _names(cursor)
        cursor.expect("NOT", "ENFORCED", fix="BigQuery enforces no keys: write PRIMARY KEY (...) NOT ENFORCED")
        return
    elements.columns.append(_column(cursor))


def _names(cursor: Cursor) -> tuple[str, ...]:
    cursor.expect("(")
    names = [cursor.name("a column").text]
    while cursor.accept(","):
        names.append(cursor.name("a column").text)
    cursor.expect(")")
    return tuple(names)


def _column(cursor: Cursor) -> Column:
    name = cursor.name("a column")
    data_type = parse_type(cursor, columns=True)
    _refuse_collation(cursor, "COLLATE")
    default = _default(cursor)
    required = cursor.accept("NOT", "NULL")
    if cursor.sees("DEFAULT"):
        raise cursor.error("NOT NULL before DEFAULT", fix="write DEFAULT first, then NOT NULL")
    if required and data_type.name == "ARRAY":
        raise cursor.error(
            "an ARRAY column takes no NOT NULL", fix="take it out: an absent array is empty", line=name.line
        )
    declared = Field(name.text, data_type, name.line, required, description_option(cursor))
    return _as_column(declared, default)


def _refuse_collation(cursor: Cursor, *clause: str) -> None:
    if cursor.sees(*clause):
        message = f"{' '.join(clause)} is valid in BigQuery but is not carried here: the local BigQuery ignores it"
        raise cursor.error(message, fix="compare LOWER(column) where case must not count", rule="unsupported-syntax")


def _default(cursor: Cursor) -> str | None:
    line = cursor.line
    if not cursor.accept("DEFAULT"):
        return None
    # An expression may hold NOT NULL only after IS, which no default value needs.
    expression = cursor.until(",", ")", "NOT", "OPTIONS")
    if not expression:
        raise cursor.error("DEFAULT without a value", fix="write for example DEFAULT 0", line=line)
    return cursor.text_of(expression)


def _as_column(declared: Field, default: str | None = None) -> Column:
    value = _element_type(declared.type)
    mode: Mode = "REQUIRED" if declared.required else "NULLABLE"
    return Column(
        name=declared.name,
        type=value.name,
        mode="REPEATED" if declared.type.name == "ARRAY" else mode,
        description=declared.description,
        line=declared.line,
        default=default,
        fields=tuple(_as_column(nested) for nested in value.fields),
        parameters=value.parameters,
        range_element=value.element.name if value.element else None,
        written_type=value.written,
    )


def _element_type(data_type: SqlType) -> SqlType:
    return data_type.element if data_type.name == "ARRAY" and data_type.element else data_type


def _checked_key(cursor: Cursor, header: Header, elements: _Elements) -> tuple[str, ...]:
    names = {column.name.lower(): column.name for column in elements.columns}
    key = elements.primary_key
    for column in key:
        known = names.get(column.lower())
        if known is None:
            message = f"PRIMARY KEY names {column}, which is no column"
            raise cursor.error(message, fix="name a column of the table", line=header.line, rule="primary-key")
        if known != column:
            message = f"PRIMARY KEY names {column}, a column that is declared as {known}"
            raise cursor.error(message, fix=f"write {known}", line=header.line, rule="primary-key")
    if len(set(key)) < len(key):
        raise cursor.error("PRIMARY KEY names a column twice", fix="keep one", line=header.line, rule="primary-key")
    return key
