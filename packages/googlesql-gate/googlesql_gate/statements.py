"""Walks scripts and procedure bodies and has every statement and expression in them analyzed.

The analyzer itself resolves one statement at a time and knows nothing of variables, blocks and handlers: those are
here. What BigQuery decides only when it runs (dynamic SQL that is not a literal) cannot be checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from zetasql.wasi._pb2.zetasql.public import function_pb2

from googlesql_gate import bigquery, definitions
from googlesql_gate.analyzer import Analyzer
from googlesql_gate.protos import Node
from googlesql_gate.report import Finding
from googlesql_gate.source import Position, Source
from googlesql_gate.sqltypes import BOOL, INT64, STRING, SqlType
from googlesql_gate.wasm import AnalyzerCrash, AnalyzerError

T = TypeVar("T")

_NOT_FOUND = re.compile(r"(?:Function|Table-valued function|Table|Procedure) not found: ([^;]+)")
_WRITABLE_ARGUMENTS = (function_pb2.FunctionEnums.OUT, function_pb2.FunctionEnums.INOUT)


@dataclass(frozen=True)
class _Scope:
    """What a statement sees. `variables` is keyed by lower-case name."""

    variables: dict[str, SqlType] = field(default_factory=dict)
    in_handler: bool = False


class ScriptChecker:
    """Checks one file; `findings` and `statements` (their number, blocks not counted) grow on the way."""

    def __init__(self, analyzer: Analyzer, source: Source) -> None:
        self.findings: list[Finding] = []
        self.statements = 0
        self._analyzer = analyzer
        self._source = source
        self._scope = _Scope()

    def check(self) -> None:
        """The whole file. What it defines stays in the catalog, save for what is temporary."""
        with self._analyzer.catalog.script():
            self._block(self._source.tree.require("statement_list_node"))

    # Blocks and scopes

    def _block(self, statements: Node | None) -> None:
        for node in statements.nodes("statement_list") if statements is not None else ():
            self._statement(node)

    def _statement(self, node: Node) -> None:
        self.statements += node.kind != "ASTBeginEndBlock"
        handler = _HANDLERS.get(node.kind)
        if handler is not None:
            handler(self, node)
        elif (resolved := self._try(node, lambda: self._resolve(node))) is not None:
            definitions.apply(resolved, self._analyzer.catalog)
            if resolved.kind == "ResolvedCreateProcedureStmt":
                self._procedure_body(node, resolved)

    def _procedure_body(self, node: Node, resolved: Node) -> None:
        body = node.node("body")
        arguments = definitions.argument_types(resolved)
        if body is None:  # another language than SQL
            return
        if arguments is None:
            self._find(node, "a procedure with an argument of ANY TYPE cannot be checked: state its type")
            return
        own = _Scope({name.lower(): data_type for name, data_type in arguments})
        with self._within(own), self._analyzer.catalog.script():
            self._block(body.node("statement_list_node"))

    @contextmanager
    def _within(self, scope: _Scope) -> Iterator[None]:
        outer, self._scope = self._scope, scope
        try:
            yield
        finally:
            self._scope = outer

    def _inner(self, *, in_handler: bool = False) -> _Scope:
        """A copy of the scope: what is declared in it ends with it."""
        return _Scope(dict(self._scope.variables), in_handler or self._scope.in_handler)

    def _begin_end(self, node: Node) -> None:
        with self._within(self._inner()):
            self._block(node.node("statement_list_node"))
        handlers = node.node("handler_list")
        if handlers is None:
            return
        for handler in handlers.nodes("exception_handler_list"):
            with self._within(self._inner(in_handler=True)):  # without the variables of the block that failed
                self._block(handler.node("statement_list"))

    # Variables

    def _declaration(self, node: Node) -> None:
        type_node, default = node.node("type"), node.node("default_value")
        data_type = self._type(type_node) if type_node is not None else None
        if default is not None:
            inferred = self._expression(default, data_type)
            data_type = data_type or inferred
        for name in node.require("variable_list").nodes("identifier_list"):
            # After an error in its type a variable is still declared, or each use would be a finding more.
            self._declare(name, data_type or INT64)

    def _declare(self, name: Node, data_type: SqlType) -> None:
        self._scope.variables[name.text("id_string").lower()] = data_type

    def _variable(self, name: Node) -> SqlType | None:
        data_type = self._scope.variables.get(name.text("id_string").lower())
        if data_type is None:
            self._find(name, f"Undeclared variable: {name.text('id_string')}")
        return data_type

    def _assignment(self, node: Node) -> None:
        self._expression(node.require("expression"), self._variable(node.require("variable")))

    def _struct_assignment(self, node: Node) -> None:
        types = [self._variable(name) for name in node.require("variables").nodes("identifier_list")]
        known = [("", data_type) for data_type in types if data_type is not None]
        target = SqlType.struct(known) if len(known) == len(types) else None
        self._expression(node.require("struct_expression"), target)

    # Control flow (that DECLARE, BREAK, CONTINUE and RAISE stand where they may is the parser's to see)

    def _if(self, node: Node) -> None:
        self._expression(node.require("condition"), BOOL)
        self._block(node.node("then_list"))
        clauses = node.node("elseif_clauses")
        for clause in clauses.nodes("elseif_clauses") if clauses is not None else ():
            self._expression(clause.require("condition"), BOOL)
            self._block(clause.node("body"))
        self._block(node.node("else_list"))

    def _case(self, node: Node) -> None:
        compared = node.node("expression")
        target = self._expression(compared) if compared is not None else BOOL
        for clause in node.require("when_then_clauses").nodes("when_then_clauses"):
            self._expression(clause.require("condition"), target)
            self._block(clause.node("body"))
        self._block(node.node("else_list"))

    def _loop(self, node: Node) -> None:
        """WHILE, LOOP (a WHILE without condition) and REPEAT."""
        condition = node.node("condition")
        if condition is not None:
            self._expression(condition, BOOL)
        self._block(node.node("body"))
        until = node.node("until_clause")
        if until is not None:
            self._expression(until.require("condition"), BOOL)

    def _for(self, node: Node) -> None:
        query = node.require("query")
        resolved = self._try(query, lambda: self._resolve_padded(query, ""))
        if resolved is None:
            return
        with self._within(self._inner()):
            self._declare(node.require("variable"), SqlType.struct(definitions.output_columns(resolved)))
            self._block(node.node("body"))

    def _raise(self, node: Node) -> None:
        message = node.node("message")
        if message is not None:
            self._expression(message, STRING)

    def _nothing(self, node: Node) -> None:
        """RETURN, BREAK, CONTINUE."""

    # Statements with more to them

    def _call(self, node: Node) -> None:
        resolved = self._try(node, lambda: self._resolve(node))
        if resolved is None:
            return
        for argument, declared in zip(node.nodes("arguments"), resolved.raw("signature").argument, strict=False):
            if declared.options.procedure_argument_mode in _WRITABLE_ARGUMENTS and not self._is_variable(argument):
                self._find(argument, "an OUT or INOUT argument must be a variable")

    def _is_variable(self, argument: Node) -> bool:
        expression = argument.node("expr")
        path = expression.path if expression is not None and expression.kind == "ASTPathExpression" else ()
        return len(path) == 1 and path[0].lower() in self._scope.variables

    def _execute_immediate(self, node: Node) -> None:
        resolved = self._try(node, lambda: self._resolve(node))
        into = node.node("into_clause")
        for name in into.require("identifiers").nodes("identifier_list") if into is not None else ():
            self._variable(name)
        sql = node.require("sql")
        if resolved is None or sql.kind != "ASTStringLiteral":
            return
        using = [
            (argument.text("name"), SqlType(argument.require("expression").raw("type")))
            for argument in resolved.nodes("using_argument_list")
        ]
        text, variables = sql.text("string_value"), self._scope.variables
        try:
            self._analyzer.analyze_dynamic(text, using, variables)
        except AnalyzerError as error:  # its position is one in the literal
            self._find(sql, error.message)

    # Analysis

    def _resolve(self, node: Node) -> Node:
        options = self._analyzer.options(in_handler=self._scope.in_handler)
        return self._analyzer.analyze_at(self._source.text, node.span, options, self._scope.variables)

    def _resolve_padded(self, node: Node, before: str, after: str = "", target: SqlType | None = None) -> Node:
        """`before`, a line of its own, then `node` at its column, then `after`."""
        options = self._analyzer.options(in_handler=self._scope.in_handler, target=target)
        text = f"{before}\n{self._source.padded(node)}{after}"
        try:
            return self._analyzer.analyze(text, options, self._scope.variables)
        except AnalyzerError as error:
            line, column = error.at or (1, 1)
            # Line 1 is ours: what is wrong with it is wrong with `node`.
            raise AnalyzerError(error.message, (line - 1, column) if line > 1 else None) from None

    def _expression(self, node: Node, target: SqlType | None = None) -> SqlType | None:
        """The type of an expression that must be assignable to `target`; None after a finding."""
        resolved = self._try(node, lambda: self._resolve_padded(node, "SELECT", target=target))
        return definitions.output_columns(resolved)[0][1] if resolved is not None else None

    def _type(self, node: Node) -> SqlType | None:
        resolved = self._try(node, lambda: self._resolve_padded(node, "SELECT CAST(NULL AS", ")"))
        return definitions.output_columns(resolved)[0][1] if resolved is not None else None

    # Findings

    def _try(self, node: Node, action: Callable[[], T]) -> T | None:
        """The result of `action` on `node`; None and a finding when the analyzer refuses it."""
        try:
            return action()
        except AnalyzerError as error:
            start = self._source.start(node)
            self._add(max(self._source.at(*error.at), start) if error.at else start, error.message)
        except AnalyzerCrash as error:
            self._find(node, f"cannot be analyzed: {error}")
        return None

    def _find(self, node: Node, message: str) -> None:
        self._add(self._source.start(node), message)

    def _add(self, position: Position, message: str) -> None:
        missing = _NOT_FOUND.match(message)
        if missing and bigquery.is_unknown_here(missing[1].replace("`", "")):
            message = f"this checker does not know {missing[1]}, which BigQuery may have: nothing here can try it"
        self.findings.append(Finding(self._source.path, position, message))


_HANDLERS: dict[str, Callable[[ScriptChecker, Node], None]] = {
    "ASTVariableDeclaration": ScriptChecker._declaration,
    "ASTSingleAssignment": ScriptChecker._assignment,
    "ASTAssignmentFromStruct": ScriptChecker._struct_assignment,
    "ASTIfStatement": ScriptChecker._if,
    "ASTCaseStatement": ScriptChecker._case,
    "ASTWhileStatement": ScriptChecker._loop,
    "ASTRepeatStatement": ScriptChecker._loop,
    "ASTForInStatement": ScriptChecker._for,
    "ASTBeginEndBlock": ScriptChecker._begin_end,
    "ASTBreakStatement": ScriptChecker._nothing,
    "ASTContinueStatement": ScriptChecker._nothing,
    "ASTReturnStatement": ScriptChecker._nothing,
    "ASTRaiseStatement": ScriptChecker._raise,
    "ASTCallStatement": ScriptChecker._call,
    "ASTExecuteImmediateStatement": ScriptChecker._execute_immediate,
}
