"""What a CREATE or DROP statement does to the catalog.

ALTER is not followed: tables here change in their own files, and scripts make temporary tables anew.
"""

from __future__ import annotations

from zetasql.wasi._pb2.zetasql.proto import function_pb2
from zetasql.wasi._pb2.zetasql.public import function_pb2 as public_function_pb2
from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_ast_enums_pb2

from googlesql_gate.catalog_builder import (
    FUNCTION,
    PROCEDURE,
    TABLE_FUNCTION,
    Catalog,
    Entry,
    Path,
    entry,
    table_entry,
)
from googlesql_gate.protos import Node, Proto
from googlesql_gate.sqltypes import INT64, SqlType

_TABLES = ("ResolvedCreateTableStmt", "ResolvedCreateTableAsSelectStmt", "ResolvedCreateExternalTableStmt")
_VIEWS = ("ResolvedCreateViewStmt", "ResolvedCreateMaterializedViewStmt")
_DROPS = ("ResolvedDropStmt", "ResolvedDropFunctionStmt", "ResolvedDropTableFunctionStmt")
_TEMPORARY = resolved_ast_enums_pb2.ResolvedCreateStatementEnums.CREATE_TEMP
_FIXED = public_function_pb2.ARG_TYPE_FIXED
_MODES = public_function_pb2.FunctionEnums


def apply(statement: Node, catalog: Catalog) -> None:
    """Enters what the resolved `statement` defines; forgets the temporary object that it drops."""
    if statement.kind in _DROPS:
        catalog.drop_temporary(name_path(statement))
    elif (new := defined(statement)) is not None:
        catalog.add(new, temporary=statement.number("create_scope") == _TEMPORARY)


def defined(statement: Node) -> Entry | None:
    """The object that a resolved CREATE statement defines; None for other statements."""
    if statement.kind in _TABLES:
        return table_entry(name_path(statement), _columns(statement.nodes("column_definition_list")))
    if statement.kind in _VIEWS:
        return table_entry(name_path(statement), output_columns(statement))
    makers = {
        "ResolvedCreateFunctionStmt": _function,
        "ResolvedCreateTableFunctionStmt": _table_function,
        "ResolvedCreateProcedureStmt": _procedure,
    }
    maker = makers.get(statement.kind)
    return maker(statement) if maker else None


def name_path(statement: Node) -> Path:
    """The name of what a resolved statement creates or drops."""
    return tuple(statement.texts("name_path"))


def output_columns(statement: Node) -> list[tuple[str, SqlType]]:
    """Names and types that a resolved query or view returns."""
    return [
        (column.text("name"), SqlType(column.require("column").raw("type")))
        for column in statement.nodes("output_column_list")
    ]


def argument_types(statement: Node) -> list[tuple[str, SqlType]] | None:
    """Names and types of a routine's arguments; None when one is ANY TYPE."""
    signature = statement.raw("signature")
    if any(argument.kind != _FIXED for argument in signature.argument):
        return None
    types = (SqlType(argument.type) for argument in signature.argument)
    return list(zip(statement.texts("argument_name_list"), types, strict=True))


def executable(statement: Node) -> Entry | None:
    """As `defined`, but for functions and table functions with the body, so that they can be run."""
    new = defined(statement)
    if new is None or new.kind not in (FUNCTION, TABLE_FUNCTION):
        return new
    names = statement.texts("argument_name_list")
    if new.kind == FUNCTION:
        _make_templated(new.proto, statement)
    else:
        new.proto.type = _MODES.TEMPLATED_SQL_TVF
        new.proto.argument_name.extend(names)
        _set_body(new.proto, statement)
    return entry(new.kind, new.path, new.proto)


def _columns(definitions: list[Node]) -> list[tuple[str, SqlType]]:
    return [(column.text("name"), SqlType(column.raw("type"))) for column in definitions]


def _function(statement: Node) -> Entry:
    path = name_path(statement)
    mode = _MODES.AGGREGATE if statement.number("is_aggregate") else _MODES.SCALAR
    proto = function_pb2.FunctionProto(name_path=path, group="UDF", mode=mode)
    proto.options.sql_name = ".".join(path)  # as error messages print it
    proto.options.uses_upper_case_sql_name = False
    proto.signature.append(_signature(statement))
    if argument_types(statement) is None:  # ANY TYPE: the body decides at each call
        _make_templated(proto, statement)
    return entry(FUNCTION, path, proto)


def _table_function(statement: Node) -> Entry:
    path = name_path(statement)
    proto = function_pb2.TableValuedFunctionProto(name_path=path, type=_MODES.FIXED_OUTPUT_SCHEMA_TVF)
    proto.signature.CopyFrom(_signature(statement))
    return entry(TABLE_FUNCTION, path, proto)


def _procedure(statement: Node) -> Entry:
    path = name_path(statement)
    proto = function_pb2.ProcedureProto(name_path=path)
    proto.signature.CopyFrom(_signature(statement))
    # The analyzer crashes on CALL when a procedure returns nothing, so it returns something that nobody reads.
    proto.signature.return_type.kind = _FIXED
    proto.signature.return_type.type.CopyFrom(INT64.proto)
    return entry(PROCEDURE, path, proto)


def _make_templated(proto: Proto, statement: Node) -> None:
    proto.group = "Templated_SQL_Function"
    proto.templated_sql_function_argument_name.extend(statement.texts("argument_name_list"))
    _set_body(proto, statement)


def _set_body(proto: Proto, statement: Node) -> None:
    place = proto.parse_resume_location
    place.input, place.byte_position, place.allow_resume = statement.text("code"), 0, False


def _signature(statement: Node) -> Proto:
    """The signature without positions in the file, which the catalog refuses."""
    signature = function_pb2.FunctionSignatureProto()
    signature.CopyFrom(statement.raw("signature"))
    for argument in (*signature.argument, signature.return_type):
        argument.options.ClearField("argument_name_parse_location")
        argument.options.ClearField("argument_type_parse_location")
    return signature
