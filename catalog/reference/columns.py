"""The columns that a view or table function returns: name, type, where each comes from and what it means.

The catalog knows the columns of tables and what table functions declare; `queries` follows those of a query. A column
that is passed on keeps its description; what the file itself says of a column (`notes`) goes before it. Tests hold
names and types against GoogleSQL's own analyzer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from catalog.catalog import Catalog
from catalog.model import Routine, Table, View
from catalog.reference.notes import ColumnNotes, notes_of
from catalog.reference.queries import QueryColumns
from catalog.reference.scope import Relation, ResultColumn, relation_of
from catalog.schema import Column
from catalog.sqltree import deep_enough, parsed


class Results:
    """The result columns of the objects of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._known: dict[str, Relation] = {}
        self._derived: dict[str, Relation] = {}

    def of(self, name: str) -> Relation:
        """The columns of a table, view or table function by lower-case name, in order; none for anything else."""
        if name not in self._known:
            notes = self.notes(name).texts
            self._known[name] = {
                key: replace(column, description=notes[key].text) if key in notes else column
                for key, column in self.derived(name).items()
            }
        return self._known[name]

    def derived(self, name: str) -> Relation:
        """The same with what each column means where it comes from, whatever the object's own file says of it."""
        if name not in self._derived:
            self._derived[name] = self._columns(name)
        return self._derived[name]

    def notes(self, name: str) -> ColumnNotes:
        """What the object's file says of its columns."""
        declared = self.catalog.objects.get(name)
        return ColumnNotes() if declared is None or isinstance(declared, Table) else notes_of(declared)

    def returned(self, name: str) -> str:
        """The type that a scalar function states, '' when it is inferred."""
        routine = self.catalog.routines.get(name)
        return routine.return_sql_type.text if routine and routine.return_sql_type else ""

    def _columns(self, name: str) -> Relation:
        declared = self.catalog.objects.get(name)
        if isinstance(declared, Table):
            return relation_of([_of_table(name, column, column.name) for column in declared.columns])
        if isinstance(declared, View):
            return relation_of(self._of_query(declared, {}))
        if declared is None or declared.kind != "TABLE_VALUED_FUNCTION":
            return {}
        arguments = {argument.name: argument.type.text for argument in declared.arguments}
        return relation_of(_as_declared(declared, self._of_query(declared, arguments)))

    def rows(self, name: str) -> frozenset[tuple[str, str]]:
        """What decides which rows a view or table function returns (`QueryColumns.rows`); nothing for anything else."""
        declared = self.catalog.objects.get(name)
        if declared is None or isinstance(declared, Table):
            return frozenset()
        if isinstance(declared, Routine) and declared.kind != "TABLE_VALUED_FUNCTION":
            return frozenset()
        with deep_enough():
            return QueryColumns(self, {}).rows(parsed(declared.sql.text))

    def _of_query(self, declared: View | Routine, arguments: Mapping[str, str]) -> list[ResultColumn]:
        with deep_enough():
            return QueryColumns(self, arguments).columns(parsed(declared.sql.text))


def column_type(column: Column) -> str:
    """The type of a table's column as GoogleSQL writes it."""
    if column.type == "STRUCT":
        inner = f"STRUCT<{', '.join(f'{field.name} {column_type(field)}' for field in column.fields)}>"
    else:
        inner = column.written_type or column.type
    return f"ARRAY<{inner}>" if column.mode == "REPEATED" else inner


def _of_table(table: str, column: Column, path: str) -> ResultColumn:
    fields = relation_of([_of_table(table, field, f"{path}.{field.name}") for field in column.fields])
    origin = (table, path)
    return ResultColumn(column.name, column_type(column), origin=origin, description=column.description, fields=fields)


def _as_declared(routine: Routine, found: list[ResultColumn]) -> list[ResultColumn]:
    """The declared names and types, with what is found out about the query's columns at the same place."""
    known = found if len(found) == len(routine.return_columns) else [ResultColumn("", "")] * len(routine.return_columns)
    return [
        replace(column, name=field.name, type=field.type.text)
        for column, field in zip(known, routine.return_columns, strict=True)
    ]
