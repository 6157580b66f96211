"""Rules on queries: what breaks readers, costs for nothing or gives wrong answers without an error.

Limits of `division`: whether a denominator can be 0 needs the data, so only counts and sums of what an IF lets
through are reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.lint.scan import arguments, calls, closing, is_call, outermost, sequence
from catalog.model import MaterializedView, Routine
from catalog.references import referenced_name
from catalog.tokens import Token


@code_rule("view-select-star", "a view freezes * when it is made: columns added later never appear")
def view_select_star(code: Code) -> Iterator[Problem]:
    if not code.is_view:
        return
    for index in outermost(code.tokens):
        if code.tokens[index].is_("*") and code.tokens[index - 1].is_("SELECT", "DISTINCT", "ALL", ",", "."):
            yield Problem(code.tokens[index].line, "SELECT * in a view", "list the columns")


@code_rule("outer-order-by", "the order of a view or table function is not kept: the sort costs and promises nothing")
def outer_order_by(code: Code) -> Iterator[Problem]:
    if not (code.is_view or code.is_table_function):
        return
    outer = [code.tokens[index] for index in outermost(code.tokens)]
    limited = any(token.is_("LIMIT") for token in outer)
    for index in sequence(outer, "ORDER", "BY"):
        if not limited or isinstance(code.declared, MaterializedView):
            yield Problem(outer[index].line, "ORDER BY at the outermost level", "take it out and sort where it is read")


@code_rule("query-options", "a query takes no OPTIONS: BigQuery refuses it")
def query_options(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        if not statement.starts("SELECT") and not statement.starts("WITH"):
            continue
        for index in outermost(statement.tokens):
            if is_call(statement.tokens, index, "OPTIONS"):
                fix = "take it out; a view's OPTIONS stand before AS"
                yield Problem(statement.tokens[index].line, "OPTIONS at the end of a query", fix)


@code_rule("table-function-with", "the emulator refuses a table function whose body starts with WITH")
def table_function_with(code: Code) -> Iterator[Problem]:
    if code.is_table_function and code.tokens[0].is_("WITH"):
        fix = "wrap it: SELECT columns FROM (WITH ... SELECT ...)"
        yield Problem(code.tokens[0].line, "the table function's body starts with WITH", fix)


@code_rule("not-in-subquery", "NOT IN is never true once the subquery returns a null")
def not_in_subquery(code: Code) -> Iterator[Problem]:
    for word in ("SELECT", "WITH"):
        for index in sequence(code.tokens, "NOT", "IN", "(", word):
            yield Problem(code.tokens[index].line, "NOT IN (subquery)", "write NOT EXISTS")


@code_rule("approx-quantiles", "medians decide here, and approximate ones differ from run to run")
def approx_quantiles(code: Code) -> Iterator[Problem]:
    for name, _ in calls(code.tokens, "APPROX_QUANTILES"):
        yield Problem(name.line, "APPROX_QUANTILES", "use PERCENTILE_CONT")


@code_rule("rand-argument", "an argument is copied to each of its uses: RAND() would be drawn anew for each")
def rand_argument(code: Code) -> Iterator[Problem]:
    tokens = code.tokens
    for index, token in enumerate(tokens[:-1]):
        called = code.objects.get(referenced_name(token) or "")
        if isinstance(called, Routine) and called.kind == "SCALAR_FUNCTION" and tokens[index + 1].is_("("):
            given = arguments(tokens[index + 2 : closing(tokens, index + 1)])
            yield from _drawn_twice(called, given)


def _drawn_twice(called: Routine, given: Sequence[Sequence[Token]]) -> Iterator[Problem]:
    for argument, expression in zip(called.arguments, given, strict=False):
        uses = sum(token.text.lower() == argument.name.lower() for token in called.sql.tokens)
        draw = next(calls(expression, "RAND"), None)
        if draw and uses > 1:
            message = f"RAND() for {argument.name} of {called.name}, which uses it {uses} times"
            yield Problem(draw[0].line, message, "draw once in a subquery and pass the column")


@code_rule("division", "a division by zero aborts the whole query")
def division(code: Code) -> Iterator[Problem]:
    for index in sequence(code.tokens, "/"):
        after = code.tokens[index + 1 :]
        counted = bool(after) and is_call(after, 0, "COUNTIF")
        summed = len(after) > 2 and is_call(after, 0, "SUM") and is_call(after, 2, "IF")
        if counted or summed:
            yield Problem(after[0].line, f"division by {after[0].upper}, which can be 0", "use SAFE_DIVIDE")


QUERY_RULES: tuple[CodeRule, ...] = (
    view_select_star,
    outer_order_by,
    query_options,
    table_function_with,
    not_in_subquery,
    approx_quantiles,
    rand_argument,
    division,
)
