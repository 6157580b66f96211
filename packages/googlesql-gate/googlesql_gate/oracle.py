"""Runs queries, functions, table functions and views with Google's reference implementation.

It shares no line of code with the BigQuery emulator, so tests take expected values from it. It runs queries only: no
DML, no scripts, no procedures. It lacks APPROX_QUANTILES and the functions that `bigquery` adds, and its build
comes without Unicode's compatibility tables: NORMALIZE(.., NFKC) fails with U_FILE_ACCESS_ERROR. Its speed is that
of a reference: give it tens of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2
from zetasql.wasi._pb2.zetasql.proto import options_pb2

from googlesql_gate import definitions
from googlesql_gate.analyzer import Analyzer
from googlesql_gate.catalog_builder import TABLE
from googlesql_gate.protos import Node, Proto
from googlesql_gate.sqltypes import SqlType
from googlesql_gate.values import decode_row, encode, infer

Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class _Object:
    """A table, view or routine: what it refers to and, of a view, its query."""

    uses: tuple[str, ...]
    columns: tuple[tuple[str, SqlType], ...] = ()
    query: str = ""


class Oracle:
    """The objects below `root`/sql, each loaded when a query first refers to it.

    Names are written as in the files, `` `dataset.name` ``, and an object is looked for in the file of its name.
    """

    def __init__(self, root: Path, analyzer: Analyzer | None = None) -> None:
        self._analyzer = analyzer or Analyzer()
        self._files = {path.stem.lower(): path for path in sorted((root / "sql").rglob("*.sql"))}
        self._objects: dict[str, _Object] = {}

    def define(self, sql: str) -> None:
        """Takes a CREATE statement in place of the file of that object."""
        text = self._adapt(sql)
        tree = self._analyzer.parse(text)
        uses = self._load(tree)
        for statement in tree.require("statement_list_node").nodes("statement_list"):
            options = self._analyzer.options()
            resolved = self._analyzer.analyze_at(text, statement.span, options, {})
            new = definitions.executable(resolved)
            if new is None:
                raise ValueError(f"{statement.kind} defines nothing that can be run")
            self._analyzer.catalog.add(new)
            name = new.path[-1].lower()
            columns = (
                tuple((column.name, SqlType(column.type)) for column in new.proto.column) if new.kind == TABLE else ()
            )
            query = resolved.text("sql") if "View" in resolved.kind else ""
            self._objects[name] = _Object(tuple(used for used in uses if used != name), columns, query)

    def evaluate(
        self,
        sql: str,
        *,
        tables: Mapping[str, Rows] | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> list[dict[str, object]]:
        """The rows of a query.

        `tables`: rows by name without dataset; columns left out are NULL, tables left out are empty, views left out
        are computed. `parameters` are the values of `@name`. AnalyzerError when the query is refused or fails.
        """
        text = self._adapt(sql)
        uses = self._load(self._analyzer.parse(text))
        contents = self._contents(uses, tables or {})
        cells, columns = self._run(text, contents, parameters or {})
        return [decode_row(row, columns) for row in cells]

    def _load(self, tree: Node) -> tuple[str, ...]:
        """Defines what the tree refers to; the names of these objects."""
        names = dict.fromkeys(name for node in tree.walk() if (name := _dotted(node)))
        for name in names:
            path = self._files.get(name.rpartition(".")[2])
            if name not in self._objects and path is not None:
                self._objects[name] = _Object(())  # so that a file that names itself is not read again
                self.define(path.read_text(encoding="utf-8"))
        return tuple(names)

    def _contents(self, names: Sequence[str], given: Mapping[str, Rows]) -> dict[str, list[list[Proto]]]:
        """The rows of every table and view that `names` reach, those of a view after those it reads."""
        contents: dict[str, list[list[Proto]]] = {}
        reached = self._reached(names)
        known = {name.rpartition(".")[2]: name for name in reached if self._objects[name].columns}
        if unknown := set(given) - set(known):
            raise ValueError(f"the query reads no table {', '.join(sorted(unknown))}")
        for name in reached:
            item, short = self._objects[name], name.rpartition(".")[2]
            if not item.columns:
                continue
            if item.query and short not in given:
                contents[name], _ = self._run(self._adapt(item.query), contents, {})
            else:
                contents[name] = [_encode_row(row, item.columns) for row in given.get(short, ())]
        return contents

    def _reached(self, names: Sequence[str]) -> list[str]:
        """Everything that `names` refer to and, before it, what that refers to."""
        ordered: dict[str, None] = {}
        for name in names:
            if name in self._objects:
                ordered |= dict.fromkeys((*self._reached(self._objects[name].uses), name))
        return list(ordered)

    def _run(
        self, text: str, contents: Mapping[str, list[list[Proto]]], parameters: Mapping[str, Any]
    ) -> tuple[list[list[Proto]], list[tuple[str, SqlType]]]:
        """Rows of cells, and the columns."""
        options = options_pb2.AnalyzerOptionsProto(default_timezone="UTC")
        options.language_options.CopyFrom(self._analyzer.language)
        request = local_service_pb2.EvaluateQueryRequest(sql=text, options=options)
        request.simple_catalog.CopyFrom(self._analyzer.catalog.proto({}))
        for name, rows in contents.items():
            table = request.table_content[name].table_data
            table.SetInParent()
            for row in rows:
                table.row.add().cell.extend(row)
        for name, value in parameters.items():
            data_type = infer(value)
            request.options.query_parameters.add(name=name).type.CopyFrom(data_type.proto)
            request.params.add(name=name).value.CopyFrom(encode(value, data_type))
        answer = self._analyzer.service.call("EvaluateQuery", request, local_service_pb2.EvaluateQueryResponse)
        columns = [(column.name, SqlType(column.type)) for column in answer.prepared.columns]
        return [list(row.cell) for row in answer.content.table_data.row], columns

    def _adapt(self, sql: str) -> str:
        """Gives each table without alias the one that BigQuery gives it, its name without the dataset.

        The dotted names themselves stay whole: rows can be given to tables of the outermost catalog only.
        """
        raw, end = sql.encode(), 0
        pieces: list[str] = []
        for place, name in sorted(_without_alias(self._analyzer.parse(sql))):
            pieces += [raw[end:place].decode(), f" AS `{name}`"]
            end = place
        return "".join([*pieces, raw[end:].decode()])


def _encode_row(row: Mapping[str, object], columns: Sequence[tuple[str, SqlType]]) -> list[Proto]:
    if unknown := set(row) - {name for name, _ in columns}:
        raise ValueError(f"no column {', '.join(sorted(unknown))}")
    return [encode(row.get(name), data_type) for name, data_type in columns]


def _dotted(node: Node) -> str:
    """The lower-case name of a reference `` `dataset.name` ``; '' for other nodes."""
    path = node.path if node.kind == "ASTPathExpression" else ()
    return path[0].lower() if path and "." in path[0] else ""


def _without_alias(tree: Node) -> set[tuple[int, str]]:
    """Where (byte) a table is named without an alias, and its name without the dataset."""
    found = set()
    for node in tree.walk():
        path = node.node("path_expr") if node.kind == "ASTTablePathExpression" else None
        if path is not None and node.node("alias") is None and (name := _dotted(path)):
            found.add((path.span[1], name.rpartition(".")[2]))
    return found
