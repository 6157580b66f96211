"""Rules on acceptance checks: a check looks and never touches, and says what it found in one column.

What a query can do is settled by its first word: functions and table functions of the platform only read, since the
deployment makes no others, and procedures cannot stand in a query.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp, parse_one
from sqlglot.errors import ParseError

from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.lint.scan import sequence
from catalog.script import Statement

QUERY_STARTS = ("SELECT", "WITH")
RESULT = "detail"


@code_rule("checks-readonly", "a check runs against production at any time and must never change it")
def checks_readonly(code: Code) -> Iterator[Problem]:
    if code.declared is not None:
        return
    statements = list(_statements_of_text(code))
    for number, statement in enumerate(statements):
        first = next((token for token in statement.tokens if not token.is_("(")), statement.tokens[0])
        if not first.is_(*QUERY_STARTS):
            yield Problem(first.line, f"{first.upper} in a check", "write one query that returns the offences")
        elif number:
            yield Problem(first.line, "a second query in a check", "join them by UNION ALL, or make it another check")
    for index in sequence(code.tokens, "|>"):
        yield Problem(code.tokens[index].line, "a pipe in a check", "write it as SELECT: pipes can also write")


@code_rule("check-result", "whoever runs the checks shows what each row says is wrong")
def check_result(code: Code) -> Iterator[Problem]:
    if code.declared is not None or len(statements := list(_statements_of_text(code))) != 1:
        return
    text = code.sql.source.text[code.tokens[0].start : statements[0].tokens[-1].end]
    try:
        query = parse_one(text, dialect="bigquery")
    except ParseError:  # the rule sql-syntax reports it
        return
    if isinstance(query, exp.Query) and query.named_selects != [RESULT]:
        columns = ", ".join(query.named_selects)
        fix = f"return one row an offence with one column: CONCAT(...) AS {RESULT}"
        yield Problem(code.tokens[0].line, f"the check returns {columns}", fix)


def _statements_of_text(code: Code) -> Iterator[Statement]:
    begin = 0
    for index in (*sequence(code.tokens, ";"), len(code.tokens)):
        if index > begin:
            yield Statement(code.tokens[begin:index])
        begin = index + 1


CHECK_RULES: tuple[CodeRule, ...] = (checks_readonly, check_result)
