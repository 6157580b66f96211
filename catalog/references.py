"""Names of the logical dataset in SQL text: finding them and putting in where the objects are.

A reference is a backticked `` `eros_scheduling_brain.NAME` `` outside comments and strings. In the same way `region-us`
in backticks stands for the stack's region, a string that is `'${NAME}'` and nothing else for a fact about it, and
`'${address:NAME}'` for where an object is.
Names of other datasets and names without backticks are judged by `catalog.lint`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from catalog.addresses import LOGICAL_REGION, Placement
from catalog.tokens import Kind, SqlText, Token

LOGICAL_DATASET = "eros_scheduling_brain"
INFORMATION_SCHEMA = "INFORMATION_SCHEMA"
FACT = re.compile(r"'\$\{(\w+)\}'")
ADDRESS = re.compile(r"'\$\{address:(\w+)\}'")


@dataclass(frozen=True, slots=True)
class Reference:
    """The use of a declared object, or of the dataset's own INFORMATION_SCHEMA, on `line` of its file."""

    name: str
    line: int

    @property
    def is_information_schema(self) -> bool:
        return self.name.split(".")[0].upper() == INFORMATION_SCHEMA


@dataclass(frozen=True)
class LogicalSql:
    """A part of a file: a query, an expression or a script that names objects logically."""

    source: SqlText
    tokens: Sequence[Token]

    @property
    def path(self) -> Path:
        return self.source.path

    @property
    def line(self) -> int:
        return self.tokens[0].line if self.tokens else 1

    @property
    def text(self) -> str:
        """As written, from the first to the last token."""
        return self.source.text[self.tokens[0].start : self.tokens[-1].end] if self.tokens else ""

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        return tuple(
            Reference(name, token.line) for token in self.tokens if (name := referenced_name(token)) is not None
        )

    def qualified(self, place: Placement) -> str:
        """What is deployed: `` `project.dataset.name` `` for every reference, and no notes on columns.

        Other comments and strings are untouched.
        """
        if not self.tokens:
            return ""
        begin, end = self.tokens[0].start, self.tokens[-1].end
        named = [(t.start, t.end, text) for t in self.tokens if (text := _placed(t, place)) is not None]
        notes = [(note.start, note.end, "") for note in self.source.notes if begin < note.start < end]
        parts = []
        at = begin
        for start, stop, text in sorted([*named, *notes]):
            parts += [self.source.text[at:start], text]
            at = stop
        return "".join([*parts, self.source.text[at:end]])


def referenced_name(token: Token) -> str | None:
    """NAME of a backticked `` `eros_scheduling_brain.NAME` ``, else None."""
    if token.kind is not Kind.QUOTED:
        return None
    dataset, dot, name = token.text.partition(".")
    return name if dot and dataset == LOGICAL_DATASET else None


def stated_fact(token: Token) -> str | None:
    """NAME of a string that is `'${NAME}'`, else None."""
    found = FACT.fullmatch(token.text) if token.kind is Kind.STRING else None
    return found[1] if found else None


def names_region(token: Token) -> bool:
    """Whether a quoted name is that of the region, or begins with it."""
    return token.kind is Kind.QUOTED and token.text.split(".")[0].lower() == LOGICAL_REGION


def _placed(token: Token, place: Placement) -> str | None:
    """What is deployed instead of a token; None for the token itself."""
    if (name := referenced_name(token)) is not None:
        return place.relation(name)
    if names_region(token):
        return f"`{place.region}{token.text[len(LOGICAL_REGION) :]}`"
    if (fact := stated_fact(token)) is not None:
        return f"'{place.fact(fact)}'"
    if token.kind is Kind.STRING and (found := ADDRESS.fullmatch(token.text)):
        return f"'{place.address(found[1])}'"
    return None
