"""Names of the logical dataset in SQL text: finding them and putting in where the objects are.

A reference is a backticked `` `eros_scheduling_brain.NAME` `` outside comments and strings. Names of other
datasets and names without backticks are judged by `catalog.lint`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from catalog.addresses import Placement
from catalog.tokens import Kind, SqlText, Token

LOGICAL_DATASET = "eros_scheduling_brain"
INFORMATION_SCHEMA = "INFORMATION_SCHEMA"


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
        """The text with `` `project.dataset.name` `` for every reference; comments and strings are untouched."""
        parts, at = [], self.tokens[0].start if self.tokens else 0
        for token in self.tokens:
            name = referenced_name(token)
            if name is not None:
                parts += [self.source.text[at : token.start], place.relation(name)]
                at = token.end
        end = self.tokens[-1].end if self.tokens else 0
        return "".join([*parts, self.source.text[at:end]])


def referenced_name(token: Token) -> str | None:
    """NAME of a backticked `` `eros_scheduling_brain.NAME` ``, else None."""
    if token.kind is not Kind.QUOTED:
        return None
    dataset, dot, name = token.text.partition(".")
    return name if dot and dataset == LOGICAL_DATASET else None
