"""Rules on single statements of scripts: DML, DDL and what BigQuery does not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot.errors import ParseError

from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.lint.scan import outermost, sequence, split, without_parentheses
from catalog.lint.trees import MAX_NESTING, nesting
from catalog.script import Statement
from catalog.tokens import Kind, Token

CONSTANT_WORDS = ("TRUE", "FALSE", "NULL", "NOT", "IS", "AND", "OR", "IN", "BETWEEN", "LIKE")


@code_rule("nesting", "brackets this deep are a mistake or a plan that BigQuery refuses as too complex")
def too_deep(code: Code) -> Iterator[Problem]:
    depth, line = nesting(code.tokens)
    if depth > MAX_NESTING:
        message = f"brackets are nested {depth:,} deep, of at most {MAX_NESTING}"
        yield Problem(line, message, "split the expression: a WITH clause, a function or a loop over an array")


@code_rule("pipe-syntax", "the local BigQuery runs few pipe operators, so nothing here would have tried the statement")
def pipe_syntax(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        pipe = next((token for token in statement.tokens if token.is_("|>")), None)
        if pipe or statement.starts("FROM"):
            line = pipe.line if pipe else statement.line
            yield Problem(
                line, "pipe syntax, which is valid GoogleSQL but is not carried here", "write SELECT ... FROM"
            )


@code_rule("sql-syntax", "a statement that cannot be parsed fails at the apply, half way through a deployment")
def sql_syntax(code: Code) -> Iterator[Problem]:
    for parsed in code.parsed:
        # sqlglot knows few pipe operators; whether a pipe query is right is the analyzer's to say.
        if parsed.error and not any(token.is_("|>") for token in parsed.statement.tokens):
            yield _syntax_problem(parsed.statement, parsed.error)


def _syntax_problem(statement: Statement, error: ParseError) -> Problem:
    first = error.errors[0]
    line = statement.line + int(first.get("line") or 1) - 1
    near = str(first.get("highlight") or "").strip()
    message = str(first.get("description") or "cannot be parsed").split(" <Token")[0].rstrip(" .")
    return Problem(line, f"SQL syntax error: {message}" + (f" near {near!r}" if near else ""), "mend the statement")


@code_rule("json-path", "a JSON path that cannot be read fails when the statement runs, not when it is deployed")
def json_path(code: Code) -> Iterator[Problem]:
    for parsed in code.parsed:
        for warning in parsed.warnings:
            if "JSON path" in warning:
                yield Problem(parsed.statement.line, warning, "write for example '$.name' or '$[0].name'")


@code_rule("dml-predicate", "a DELETE or UPDATE without a real predicate changes every row")
def dml_predicate(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        if statement.starts_with_any("UPDATE", "DELETE"):
            where = next((i for i in outermost(statement.tokens) if statement.tokens[i].is_("WHERE")), None)
            if where is None or _always_true(statement.tokens[where + 1 :]):
                message = f"{statement.tokens[0].upper} without a real predicate"
                yield Problem(statement.line, message, "state which rows in WHERE")
        elif statement.starts("MERGE"):
            yield from _unbound_merge(statement)


def _unbound_merge(statement: Statement) -> Iterator[Problem]:
    tokens = statement.tokens
    outer = list(outermost(tokens))
    on = next((n for n, i in enumerate(outer) if tokens[i].is_("ON")), None)
    when = next((n for n, i in enumerate(outer) if tokens[i].is_("WHEN")), None)
    if on is None or when is None or not _is_constant(tokens[outer[on] + 1 : outer[when]]):
        return
    changes = [*sequence(tokens, "THEN", "DELETE"), *sequence(tokens, "THEN", "UPDATE")]
    if changes:
        yield Problem(statement.line, "MERGE that matches rows on a constant", "match on the key in ON")


def _always_true(predicate: Sequence[Token]) -> bool:
    """Whether any OR-part is nothing but constants and comparisons of a thing with itself."""
    parts = [without_parentheses(part) for part in split(without_parentheses(predicate), "OR")]
    if len(parts) > 1:
        return any(_always_true(part) for part in parts)
    conjuncts = [without_parentheses(part) for part in split(parts[0], "AND")]
    if len(conjuncts) > 1:
        return all(_always_true(part) for part in conjuncts)
    return _is_constant(conjuncts[0]) or _compares_itself(conjuncts[0])


def _is_constant(tokens: Sequence[Token]) -> bool:
    return not any(token.is_name and not token.is_(*CONSTANT_WORDS) for token in tokens)


def _compares_itself(tokens: Sequence[Token]) -> bool:
    sides = split(tokens, "=")
    return len(sides) == 2 and [t.text.lower() for t in sides[0]] == [t.text.lower() for t in sides[1]]


@code_rule("insert-columns", "an INSERT without column list breaks, or writes wrong columns, when one is added")
def insert_columns(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        starts = [0] if statement.starts("INSERT") else []
        starts += [index + 1 for index in sequence(statement.tokens, "THEN", "INSERT")]
        for start in starts:
            if not _lists_columns(statement.tokens[start + 1 :], merge=start > 0):
                fix = "name the columns in parentheses"
                yield Problem(statement.tokens[start].line, "INSERT without column list", fix)


def _lists_columns(tokens: Sequence[Token], *, merge: bool) -> bool:
    position = 0
    if not merge:
        position = 1 if tokens and tokens[0].is_("INTO") else 0
        position += 1
        while position < len(tokens) and tokens[position].is_("."):
            position += 2
    rest = tokens[position : position + 2]
    return len(rest) == 2 and rest[0].is_("(") and not rest[1].is_("SELECT", "WITH", "(")


@code_rule("drop-truncate", "data and objects are taken away by the deployment, never by a script")
def drop_truncate(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        if statement.starts_with_any("DROP", "TRUNCATE"):
            first = statement.tokens[0]
            yield Problem(first.line, f"{first.upper} in SQL", "take it out; OR REPLACE renews a temporary table")


@code_rule("ddl-in-procedure", "objects are made by the deployment only, so that what exists is what is declared")
def ddl_in_procedure(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        words = [token.upper for token in statement.tokens[:4] if token.upper not in ("OR", "REPLACE")]
        if words[0] == "ALTER" or (words[0] == "CREATE" and words[1:2] not in (["TEMP"], ["TEMPORARY"])):
            fix = "declare the object in a file below sql/, or make it TEMP"
            yield Problem(statement.line, f"{' '.join(words[:2])} in a script", fix)


@code_rule("temp-table-replace", "after an error the temporary table is still there and the next call fails")
def temp_table_replace(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        for word in ("TEMP", "TEMPORARY"):
            if statement.starts("CREATE", word, "TABLE"):
                fix = "write CREATE OR REPLACE TEMP TABLE"
                yield Problem(statement.line, "CREATE TEMP TABLE without OR REPLACE", fix)


@code_rule("with-before-dml", "BigQuery takes no WITH before MERGE, INSERT, UPDATE or DELETE")
def with_before_dml(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        if statement.starts("WITH"):
            outer = [statement.tokens[index] for index in outermost(statement.tokens)]
            verb = next((token for token in outer if token.is_("MERGE", "INSERT", "UPDATE", "DELETE")), None)
            if verb:
                fix = f"put the WITH inside: USING (WITH ...), INSERT ... WITH ..., or a subquery of {verb.upper}"
                yield Problem(statement.line, f"WITH before {verb.upper}", fix)


@code_rule("session-settings", "a setting of the session outlives the statement and differs between clouds")
def session_settings(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        sets = any(statement.starts("SET", *words) for words in (("@",), ("(", "@"), ("TIME", "ZONE")))
        reads = next(sequence(statement.tokens, "@", "@", "QUERY_TIMEOUT_MS"), None)
        if sets or reads is not None:
            fix = "give limits to the job that runs the statement, and zones to each expression"
            yield Problem(statement.line, "a session setting", fix)


@code_rule("unsupported-syntax", "other databases know it, BigQuery refuses it")
def unsupported_syntax(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        tokens = statement.tokens
        for words, fix in ABSENT_ANYWHERE.items():
            for index in sequence(tokens, *words):
                yield Problem(tokens[index].line, f"{' '.join(words)} does not exist in BigQuery", fix)
        if code.is_procedure:
            yield from _absent_statement(statement)


ABSENT_ANYWHERE = {
    ("ON", "CONFLICT"): "use MERGE",
    ("CREATE", "INDEX"): "cluster the table by the column",
    ("CREATE", "SCHEDULED", "QUERY"): "declare it in config/schedules.yaml",
    ("ADD", "CHECK"): "put the rule into a test of the data",
}
ABSENT_STATEMENTS = {
    "ELSIF": "write ELSEIF",
    "OPEN": "write FOR v_row IN (query) DO ... END FOR",
    "FETCH": "write FOR v_row IN (query) DO ... END FOR",
    "CLOSE": "write FOR v_row IN (query) DO ... END FOR",
}


def _absent_statement(statement: Statement) -> Iterator[Problem]:
    first = statement.tokens[0]
    if first.kind is Kind.WORD and first.upper in ABSENT_STATEMENTS:
        yield Problem(first.line, f"{first.upper} does not exist in BigQuery", ABSENT_STATEMENTS[first.upper])
    if statement.starts("NULL") and len(statement.tokens) == 1:
        yield Problem(first.line, "NULL is no statement", "take it out; a branch may be empty")
    if statement.starts("DECLARE") and any(token.is_("CURSOR") for token in statement.tokens[2:3]):
        yield Problem(first.line, "BigQuery has no cursors", "write FOR v_row IN (query) DO ... END FOR")


STATEMENT_RULES: tuple[CodeRule, ...] = (
    too_deep,
    pipe_syntax,
    sql_syntax,
    json_path,
    dml_predicate,
    insert_columns,
    drop_truncate,
    ddl_in_procedure,
    temp_table_replace,
    with_before_dml,
    session_settings,
    unsupported_syntax,
)
