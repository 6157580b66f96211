"""The analyzer's catalog: tables, routines and variables in the form it takes them.

Every object enters as it is defined. Temporary objects and variables come and go with the scripts that own them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from zetasql.wasi._pb2.zetasql.proto import function_pb2, simple_catalog_pb2
from zetasql.wasi._pb2.zetasql.public import function_pb2 as public_function_pb2
from zetasql.wasi._pb2.zetasql.public import simple_table_pb2

from googlesql_gate import bigquery
from googlesql_gate.protos import Proto
from googlesql_gate.sqltypes import INT64, SqlType

Path = tuple[str, ...]
Columns = Iterable[tuple[str, SqlType]]

TABLE, FUNCTION, TABLE_FUNCTION, PROCEDURE = "table", "custom_function", "custom_tvf", "procedure"
"""Kinds of objects, named as the fields of the catalog that hold them."""
PROTOS = {
    TABLE: simple_table_pb2.SimpleTableProto,
    FUNCTION: function_pb2.FunctionProto,
    TABLE_FUNCTION: function_pb2.TableValuedFunctionProto,
    PROCEDURE: function_pb2.ProcedureProto,
}
"""What describes an object of each kind."""

_MODES = public_function_pb2.FunctionEnums


@dataclass(frozen=True, slots=True)
class Entry:
    """An object of the catalog; `key` is equal for equal definitions."""

    kind: str
    path: Path
    proto: Proto
    key: bytes

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.kind, *(part.lower() for part in self.path))

    @property
    def body(self) -> str:
        """The SQL that is analyzed anew wherever the object is used; empty when its signature says all."""
        has_body = self.kind in (FUNCTION, TABLE_FUNCTION)
        return str(self.proto.parse_resume_location.input) if has_body else ""


def entry(kind: str, path: Path, proto: Proto) -> Entry:
    return Entry(kind, path, proto, proto.SerializeToString())


def table_entry(path: Path, columns: Columns) -> Entry:
    """A table or view with `columns`, each of which may be written."""
    table = simple_table_pb2.SimpleTableProto(name=path[-1], full_name=".".join(path))
    for name, data_type in columns:
        table.column.add(name=name, is_writable_column=True).type.CopyFrom(data_type.proto)
    return entry(TABLE, path, table)


class Catalog:
    """All objects known so far."""

    def __init__(self, language: Proto) -> None:
        self._language = language
        self._lasting: dict[tuple[str, ...], Entry] = {}
        self._added: list[Entry] = []
        self._temporary: dict[tuple[str, ...], Entry] = {}

    def add(self, new: Entry, *, temporary: bool = False) -> None:
        """Adds an object; one of the same kind and name is replaced."""
        (self._temporary if temporary else self._lasting)[new.identity] = new
        if not temporary:
            self._added.append(new)

    def drop_temporary(self, path: Path) -> None:
        """Forgets the temporary objects of this name; those that last are the catalog's whatever a script drops."""
        for kind in (TABLE, FUNCTION, TABLE_FUNCTION, PROCEDURE):
            self._temporary.pop((kind, *(part.lower() for part in path)), None)

    @contextmanager
    def script(self) -> Iterator[None]:
        """A script or a procedure's body: begins without temporary objects and loses those it makes."""
        outer, self._temporary = self._temporary, {}
        try:
            yield
        finally:
            self._temporary = outer

    def added(self) -> tuple[Entry, ...]:
        """The objects that last and came since this was last asked."""
        added, self._added = tuple(self._added), []
        return added

    def entries(self) -> list[Entry]:
        return [*self._lasting.values(), *self._temporary.values()]

    def proto(self, variables: Mapping[str, SqlType]) -> Proto:
        """The whole as one message. Variables are constants: as in BigQuery, a column of the same name wins."""
        root = simple_catalog_pb2.SimpleCatalogProto(name="bigquery")
        root.builtin_function_options.language_options.CopyFrom(self._language)
        for alias in bigquery.TYPE_ALIASES:
            root.named_type.add(name=alias).type.CopyFrom(INT64.proto)
        for function in bigquery.FUNCTIONS:
            root.custom_function.append(_builtin(function))
        folders: dict[Path, Proto] = {(): root}
        for item in self.entries():
            folder = _folder(folders, item.path[:-1])
            getattr(folder, item.kind).append(item.proto)
        for name, data_type in variables.items():
            root.constant.add(name_path=[name]).type.CopyFrom(data_type.proto)
        return root


def _folder(folders: dict[Path, Proto], path: Path) -> Proto:
    """The nested catalog at `path`, made when it is not there; names are the same in any case."""
    key = tuple(part.lower() for part in path)
    if key not in folders:
        folders[key] = _folder(folders, path[:-1]).catalog.add(name=path[-1])
    return folders[key]


def _builtin(function: bigquery.BuiltinFunction) -> Proto:
    mode = _MODES.AGGREGATE if function.is_aggregate else _MODES.SCALAR
    proto = function_pb2.FunctionProto(name_path=[function.name], group="BigQuery", mode=mode)
    signature = proto.signature.add(context_id=0)
    for name in function.arguments:
        _fill(signature.argument.add(num_occurrences=1), name)
    _fill(signature.return_type, function.result)
    return proto


def _fill(argument: Proto, name: str) -> None:
    kinds = {"ANY": public_function_pb2.ARG_TYPE_ARBITRARY, "T": public_function_pb2.ARG_TYPE_ANY_1}
    argument.kind = kinds.get(name, public_function_pb2.ARG_TYPE_FIXED)
    if name not in kinds:
        argument.type.CopyFrom(SqlType.simple(name).proto)
