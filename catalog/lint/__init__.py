"""Lint: rules that neither the provider nor the analyzer knows, each with an id and its reason.

Owns running the rules over all files and applying allowances. A rule reports only what is certainly wrong; what
tokens cannot decide is left to the GoogleSQL analyzer, to tests and to review.
"""

from __future__ import annotations

from collections.abc import Iterator

from catalog.errors import CatalogError, finding
from catalog.lint import allowances
from catalog.lint.check_rules import CHECK_RULES
from catalog.lint.clock import CLOCK_RULES
from catalog.lint.declarations import Declarations
from catalog.lint.defaults import DEFAULT_RULES
from catalog.lint.materialized import MATERIALIZED_RULES
from catalog.lint.names import NAME_RULES
from catalog.lint.planner import PLANNER_RULES
from catalog.lint.plans import PLAN_RULES
from catalog.lint.query_rules import QUERY_RULES
from catalog.lint.rule import Code, CodeRule, Problem, TableRule
from catalog.lint.scripts import SCRIPT_RULES
from catalog.lint.statement_rules import STATEMENT_RULES
from catalog.lint.table_rules import TABLE_RULES
from catalog.lint.transactions import TRANSACTION_RULES
from catalog.lint.wrappers import WRAPPER_RULES
from catalog.model import DeclaredObject, Table
from catalog.references import LogicalSql
from catalog.tokens import SqlText

CODE_RULES: tuple[CodeRule, ...] = (
    *NAME_RULES,
    *CLOCK_RULES,
    *STATEMENT_RULES,
    *SCRIPT_RULES,
    *TRANSACTION_RULES,
    *QUERY_RULES,
    *PLANNER_RULES,
    *MATERIALIZED_RULES,
    *CHECK_RULES,
    *PLAN_RULES,
    *WRAPPER_RULES,
)
DECLARATION_RULES: tuple[TableRule, ...] = (*TABLE_RULES, *DEFAULT_RULES)
RULE_IDS = frozenset([rule.id for rule in DECLARATION_RULES] + [rule.id for rule in CODE_RULES])


def lint_object(source: SqlText, declared: DeclaredObject, objects: Declarations) -> Iterator[CatalogError]:
    """The findings in the file of a declared object; `objects` are all of them."""
    if isinstance(declared, Table):
        found = [(rule.id, problem) for rule in DECLARATION_RULES for problem in rule.check(declared)]
    else:
        found = _code_problems(Code(declared.sql, declared, objects))
    yield from _after_allowances(source, found)


def lint_check(source: SqlText, objects: Declarations) -> Iterator[CatalogError]:
    """The findings in a file of sql/checks."""
    yield from _after_allowances(source, _code_problems(Code(LogicalSql(source, source.tokens), None, objects)))


def _code_problems(code: Code) -> list[tuple[str, Problem]]:
    return [(rule.id, problem) for rule in CODE_RULES for problem in rule.check(code)]


def _after_allowances(source: SqlText, found: list[tuple[str, Problem]]) -> Iterator[CatalogError]:
    allowed = allowances.read(source)
    covered = {(allowance.rule, allowance.covers) for allowance in allowed}
    broken = {(rule_id, problem.line) for rule_id, problem in found}
    comments = [*allowances.malformed(source, RULE_IDS), *allowances.unused(allowed, broken)]
    found = [(rule_id, problem) for rule_id, problem in found if (rule_id, problem.line) not in covered]
    for rule_id, problem in [*found, *((allowances.RULE_ID, problem) for problem in comments)]:
        yield finding(source.path, problem.line, problem.message, fix=problem.fix, rule=rule_id)
