"""What a lint rule is, what it looks at and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeAlias, TypeVar

from catalog.cursor import Cursor
from catalog.lint.declarations import Declarations
from catalog.lint.trees import MAX_NESTING, Parsed, nesting, parsed
from catalog.model import Routine, Table, View
from catalog.references import LogicalSql
from catalog.script import Block, Node, Statement, parse_block, statements
from catalog.tokens import Token

PARSED_STARTS = ("SELECT", "WITH", "(", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE")
Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Problem:
    """A breach of a rule on `line`: what is wrong and how to mend it."""

    line: int
    message: str
    fix: str


@dataclass(frozen=True)
class Code:
    """The SQL of a view, a routine or a data check, with its structure.

    `declared` is None for a check; `objects` are all declared objects by name.
    """

    sql: LogicalSql
    declared: View | Routine | None
    objects: Declarations

    @property
    def tokens(self) -> Sequence[Token]:
        return self.sql.tokens

    @property
    def routine(self) -> Routine | None:
        return self.declared if isinstance(self.declared, Routine) else None

    @property
    def is_procedure(self) -> bool:
        return self.routine is not None and self.routine.kind == "PROCEDURE"

    @property
    def is_table_function(self) -> bool:
        return self.routine is not None and self.routine.kind == "TABLE_VALUED_FUNCTION"

    @property
    def is_view(self) -> bool:
        return isinstance(self.declared, View)

    @cached_property
    def block(self) -> Block | None:
        """The outermost block of a procedure, None for everything else."""
        return parse_block(Cursor(self.sql.source, self.tokens)) if self.is_procedure else None

    @cached_property
    def nodes(self) -> Sequence[Node]:
        """The structure: the one block of a procedure, or the one query or expression."""
        return [self.block] if self.block else [Statement(self.tokens)]

    @cached_property
    def statements(self) -> Sequence[Statement]:
        """All plain statements, conditions and loop queries, in the order written."""
        return list(statements(self.nodes))

    @cached_property
    def parsed(self) -> Sequence[Parsed]:
        """The statements that sqlglot is asked to parse, with their trees; none where brackets go too deep for it."""
        if (self.routine and self.routine.language != "SQL") or nesting(self.tokens)[0] > MAX_NESTING:
            return ()
        is_expression = self.routine is not None and self.routine.kind == "SCALAR_FUNCTION"
        wanted = [s for s in self.statements if is_expression or s.starts_with_any(*PARSED_STARTS)]
        text = self.sql.source.text
        prefix = "SELECT " if is_expression else ""
        return [parsed(text[s.tokens[0].start : s.tokens[-1].end], s, prefix) for s in wanted]


RuleCheck: TypeAlias = Callable[[Subject], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """A rule: its id as used in findings and allowances, why it exists, and its check."""

    id: str
    reason: str
    check: RuleCheck[Subject]


TableRule: TypeAlias = Rule[Table]
CodeRule: TypeAlias = Rule[Code]


def table_rule(rule_id: str, reason: str) -> Callable[[RuleCheck[Table]], TableRule]:
    """Make a rule on tables of a check."""
    return lambda check: Rule(rule_id, reason, check)


def code_rule(rule_id: str, reason: str) -> Callable[[RuleCheck[Code]], CodeRule]:
    """Make a rule on views, routines and checks of a check."""
    return lambda check: Rule(rule_id, reason, check)
