"""Rules on what BigQuery makes of a statement: how large its plan gets and whether it prunes partitions.

Readings are counted by `catalog.plan`; sources and the reason of the bound are in docs/decisions/0008.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.errors import ParseError

from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.model import DeclaredObject, Routine
from catalog.plan import PlannedStatement, Read, object_reads, planned_statements, query_reads
from catalog.references import LOGICAL_DATASET
from catalog.sqltree import parsed, statement_tree

MOST_READS = 5
SHOWN_CHAINS = 2
COMPARISONS = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)


@code_rule(
    "plan-size",
    "BigQuery plans a view, table function or CTE anew at each mention and refuses plans that grow too large",
)
def plan_size(code: Code) -> Iterator[Problem]:
    for statement in _statements(code):
        for table, count in statement.counts.items():
            if count > MOST_READS:
                chains = [str(read) for read in statement.reads if read.table == table]
                message = f"{table} is read {count} times in one statement, {MOST_READS} are allowed: {_some(chains)}"
                fix = "read it once and aggregate, or stage it in a temporary table; python -m catalog plan shows all"
                yield Problem(statement.line, message, fix)


@code_rule(
    "table-function-argument", "BigQuery documents constants, parameters and variables as arguments of a table function"
)
def table_function_argument(code: Code) -> Iterator[Problem]:
    for line, tree in _trees(code):
        for node in tree.find_all(exp.Table):
            if isinstance(node.this, exp.Anonymous) and any(value.find(exp.Query) for value in node.this.expressions):
                name = node.this.name.removeprefix(f"{LOGICAL_DATASET}.")
                fix = "set a variable to it first, or join its result"
                yield Problem(_line_of(code, name, line), f"a subquery as argument of {name}", fix)


@code_rule(
    "partition-bound",
    "a bound that is a subquery or a function of the dataset may leave every partition to be read and billed",
)
def partition_bound(code: Code) -> Iterator[Problem]:
    partitions = code.objects.partitions
    for line, tree in _trees(code):
        for comparison in tree.find_all(*COMPARISONS):
            column, bounds = _sides(comparison, partitions)
            for bound in bounds if column else ():
                if found := _unpruned(bound, code.objects):
                    fix = "write the expression itself, for example DATE(p_now, 'America/Los_Angeles'), or a variable"
                    yield Problem(_line_of(code, column, line), f"{column} is compared with {found}", fix)


def _statements(code: Code) -> tuple[PlannedStatement, ...]:
    try:
        if code.routine and code.is_procedure:
            return planned_statements(code.objects, code.routine)
        if code.routine and code.routine.kind == "SCALAR_FUNCTION":
            return ()
        line = code.tokens[0].line
        if code.declared is not None:
            return (PlannedStatement(code.declared.name, line, object_reads(code.objects, code.declared.name)),)
        return (PlannedStatement("", line, _reads_of_text(code)),)
    # The rules sql-syntax and nesting, and the search for circles, report these here or where they are declared.
    except (ParseError, RecursionError):
        return ()


def _reads_of_text(code: Code) -> tuple[Read, ...]:
    return tuple(read for _, tree in _trees(code) for read in query_reads(code.objects, tree))


def _trees(code: Code) -> Iterator[tuple[int, exp.Expr]]:
    """Each statement that can be parsed, with its line."""
    if code.routine and code.routine.language != "SQL":
        return
    is_expression = code.routine is not None and code.routine.kind == "SCALAR_FUNCTION"
    for statement in code.statements:
        tokens = [token for token in statement.tokens if not token.is_(";")]
        try:
            if code.routine and code.is_procedure:
                tree = statement_tree(code.routine, statement)
            else:
                text = code.sql.source.text[tokens[0].start : tokens[-1].end]
                tree = parsed(f"SELECT {text}" if is_expression else text)
        except (ParseError, RecursionError):
            continue
        if tree is not None:
            yield statement.line, tree


def _some(chains: list[str]) -> str:
    more = f" and {len(chains) - SHOWN_CHAINS} more" if len(chains) > SHOWN_CHAINS else ""
    return "; ".join(chains[:SHOWN_CHAINS]) + more


def _sides(comparison: exp.Expr, partitions: frozenset[str]) -> tuple[str, list[exp.Expr]]:
    """The partition column that is compared, '' for none, and what it is compared with."""
    if isinstance(comparison, exp.Between):
        sides = [comparison.this, comparison.args["low"], comparison.args["high"]]
    else:
        sides = [comparison.args["this"], comparison.args["expression"]]
    for index, side in enumerate(sides):
        if isinstance(side, exp.Column) and side.table and side.name in partitions:
            return side.name, sides[:index] + sides[index + 1 :]
    return "", []


def _unpruned(bound: exp.Expr, objects: Mapping[str, DeclaredObject]) -> str:
    """What in a bound may keep BigQuery from pruning by it, in words; '' for nothing."""
    if bound.find(exp.Query):
        return "a subquery"
    for call in bound.find_all(exp.Anonymous):
        name = call.name.removeprefix(f"{LOGICAL_DATASET}.")
        if isinstance(objects.get(name), Routine):
            return f"{name}(), a function of the dataset"
    return ""


def _line_of(code: Code, name: str, first_line: int) -> int:
    """The first line from `first_line` on that names this; the tree itself knows no lines."""
    lines = (t.line for t in code.tokens if t.line >= first_line and t.text.split(".")[-1] == name)
    return next(lines, first_line)


PLAN_RULES: tuple[CodeRule, ...] = (plan_size, table_function_argument, partition_bound)
