"""`sql/functions`, `sql/table_functions` and `sql/procedures`: header and body of a routine to a `Routine`."""

from __future__ import annotations

from catalog.cursor import Cursor
from catalog.header import Header, end_of_file, parse_header
from catalog.model import Argument, ArgumentMode, Routine
from catalog.options import description_option
from catalog.references import LogicalSql
from catalog.script import procedure_body
from catalog.sqltypes import Field, parse_fields, parse_type
from catalog.tokens import Kind, SqlText

OPTIONS_FIX = "put OPTIONS(description=...) before AS"


def parse_function(source: SqlText) -> Routine:
    """A scalar function: `CREATE OR REPLACE FUNCTION name(args) RETURNS type OPTIONS(...) AS (expression)`.

    Also `LANGUAGE js ... AS "code"`. Raises CatalogError.
    """
    cursor = Cursor(source)
    header = parse_header(cursor, "functions")
    arguments = _arguments(cursor, procedure=False)
    returns = parse_type(cursor) if cursor.accept("RETURNS") else None
    determinism = _determinism(cursor)
    javascript = _language(cursor)
    description = description_option(cursor)
    cursor.expect("AS", fix="RETURNS, OPTIONS(description=...) and AS (expression) follow the arguments")
    sql = _javascript(cursor) if javascript else _expression(cursor)
    _no_options_after(cursor)
    end_of_file(cursor)
    return Routine(
        name=header.name,
        path=source.path,
        line=header.line,
        kind="SCALAR_FUNCTION",
        description=description,
        arguments=arguments,
        sql=sql,
        return_sql_type=returns,
        determinism=determinism,
        language="JAVASCRIPT" if javascript else "SQL",
    )


def parse_table_function(source: SqlText) -> Routine:
    """`CREATE OR REPLACE TABLE FUNCTION name(args) RETURNS TABLE<...> OPTIONS(...) AS query`."""
    cursor = Cursor(source)
    header = parse_header(cursor, "table_functions")
    arguments = _arguments(cursor, procedure=False)
    columns = _returned_table(cursor)
    description = description_option(cursor)
    cursor.expect("AS", fix="RETURNS TABLE<...>, OPTIONS(description=...) and AS query follow the arguments")
    sql = query_body(cursor)
    end_of_file(cursor)
    return Routine(
        name=header.name,
        path=source.path,
        line=header.line,
        kind="TABLE_VALUED_FUNCTION",
        description=description,
        arguments=arguments,
        sql=sql,
        return_columns=columns,
    )


def parse_procedure(source: SqlText) -> Routine:
    """`CREATE OR REPLACE PROCEDURE name(args) OPTIONS(...) BEGIN ... END`."""
    cursor = Cursor(source)
    header = parse_header(cursor, "procedures")
    arguments = _arguments(cursor, procedure=True)
    description = description_option(cursor)
    sql = LogicalSql(source, procedure_body(cursor))
    end_of_file(cursor)
    return _procedure(source, header, arguments, description, sql)


def query_body(cursor: Cursor) -> LogicalSql:
    """A query up to the semicolon, without parentheses that enclose all of it."""
    begin = cursor.position
    tokens = cursor.until(";")
    if tokens and tokens[0].is_("("):
        inner = Cursor(cursor.source, tokens)
        enclosed = inner.bracketed()
        tokens = enclosed if inner.at_end else tokens
    if not tokens:
        raise cursor.error("there is no query after AS", fix="write the query", line=cursor.tokens[begin - 1].line)
    return LogicalSql(cursor.source, tokens)


def _procedure(
    source: SqlText, header: Header, arguments: tuple[Argument, ...], description: str, sql: LogicalSql
) -> Routine:
    return Routine(header.name, source.path, header.line, "PROCEDURE", description, arguments, sql)


def _arguments(cursor: Cursor, *, procedure: bool) -> tuple[Argument, ...]:
    cursor.expect("(", fix="list the arguments in parentheses, () when there are none")
    arguments: list[Argument] = []
    while not cursor.accept(")"):
        argument = _argument(cursor, procedure=procedure)
        if argument.name.lower() in {other.name.lower() for other in arguments}:
            fix = "give each its own name; upper and lower case are the same"
            raise cursor.error(f"argument {argument.name} is declared twice", fix=fix, line=argument.line)
        arguments.append(argument)
        if not cursor.sees(")"):
            cursor.expect(",")
    return tuple(arguments)


def _argument(cursor: Cursor, *, procedure: bool) -> Argument:
    mode = _mode(cursor) if procedure else None
    name = cursor.name("an argument")
    return Argument(name.text, parse_type(cursor), name.line, mode)


def _mode(cursor: Cursor) -> ArgumentMode:
    # An argument may itself be called `in`: then a type follows it, not a name and a type.
    following = cursor.peek(2)
    if following is not None and following.is_name:
        if cursor.accept("IN"):
            return "IN"
        if cursor.accept("OUT"):
            return "OUT"
        if cursor.accept("INOUT"):
            return "INOUT"
    return "IN"


def _returned_table(cursor: Cursor) -> tuple[Field, ...]:
    # Without it BigQuery infers the columns from the body: what is deployed would then differ from what is
    # declared, and a changed body could change the columns that readers rely on in silence.
    cursor.expect("RETURNS", "TABLE", fix="state the columns: RETURNS TABLE<name TYPE, ...>")
    return parse_fields(cursor)


def _determinism(cursor: Cursor) -> str | None:
    if cursor.accept("NOT", "DETERMINISTIC"):
        return "NOT_DETERMINISTIC"
    return "DETERMINISTIC" if cursor.accept("DETERMINISTIC") else None


def _language(cursor: Cursor) -> bool:
    """Whether the function is JavaScript."""
    if not cursor.accept("LANGUAGE"):
        return False
    language = cursor.take()
    if language.is_("JS"):
        return True
    fix = "take the LANGUAGE clause out: SQL is the default, and BigQuery refuses the word"
    raise cursor.error(f"LANGUAGE {language.text}", fix=fix, line=language.line, rule="language-clause")


def _expression(cursor: Cursor) -> LogicalSql:
    if not cursor.sees("("):
        raise cursor.error("the expression after AS is not in parentheses", fix="write AS (expression)")
    line = cursor.line
    tokens = cursor.bracketed()
    if not tokens:
        raise cursor.error("the function has no body", fix="write AS (expression)", line=line)
    if tokens[0].is_("SELECT", "WITH"):
        fix = "a query as expression takes parentheses of its own: AS ((SELECT ...))"
        raise cursor.error("a bare query in single parentheses", fix=fix, line=tokens[0].line)
    return LogicalSql(cursor.source, tokens)


def _javascript(cursor: Cursor) -> LogicalSql:
    token = cursor.take()
    if token.kind is not Kind.STRING:
        raise cursor.error("JavaScript code must be a string", fix='write AS r"""code"""', line=token.line)
    return LogicalSql(cursor.source, (token,))


def _no_options_after(cursor: Cursor) -> None:
    if cursor.sees("OPTIONS"):
        raise cursor.error("OPTIONS after the body", fix=OPTIONS_FIX)
