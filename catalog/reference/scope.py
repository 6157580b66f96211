"""What the names in a query stand for: columns, rows and fields of structs, and the relations that offer them.

Owns looking up a name as GoogleSQL does. What a query makes of its relations is left to `queries`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as with_
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a result. `type` is '' when unknown.

    A column that is passed on unchanged has as `source` the (object, column) that the query reads it from, and
    as `origin` the (table, column) at the end of that chain, when a table is there. One that is computed has its
    `expression` in place of a source. `inputs` are all the (object, column) that its value is made of, one for a column
    that is passed on; what only decides which rows there are is none. `description` is that of the source, until the
    object states its own. `fields` are those of a struct, by their lower-case names, as far as they are known.
    """

    name: str
    type: str
    source: tuple[str, str] | None = None
    origin: tuple[str, str] | None = None
    expression: str = ""
    description: str = ""
    fields: Mapping[str, ResultColumn] = with_(default_factory=dict)
    inputs: frozenset[tuple[str, str]] = frozenset()


# Columns by their lower-case names: upper and lower case are the same in GoogleSQL.
Relation: TypeAlias = Mapping[str, ResultColumn]


def relation_of(columns: Sequence[ResultColumn]) -> Relation:
    """The columns by name; of two with one name the first."""
    found: dict[str, ResultColumn] = {}
    for column in columns:
        found.setdefault(column.name.lower(), column)
    return found


@dataclass(frozen=True, slots=True)
class Scope:
    """What FROM and the joins offer, by lower-case alias, and around it what an outer query offers.

    `merged` are the columns that JOIN ... USING made one of two.
    """

    relations: Mapping[str, Relation] = with_(default_factory=dict)
    merged: frozenset[str] = frozenset()
    outer: Scope | None = None

    def with_relation(self, alias: str, relation: Relation, merged: Sequence[str] = ()) -> Scope:
        """The scope with one relation more."""
        relations = {**self.relations, alias.lower(): relation}
        return Scope(relations, self.merged | {name.lower() for name in merged}, self.outer)

    def resolved(self, path: Sequence[str]) -> ResultColumn | None:
        """What `column`, `alias.column`, `alias` (the whole row), or any of them with `.field` behind stands for.

        None when it is none of the known relations' or of several.
        """
        first, *rest = (name.lower() for name in path)
        # The name of a table stands for its row, also where a column has it.
        if first in self.relations:
            row = self.relations[first]
            inputs = frozenset(source for field in row.values() for source in field.inputs)
            column: ResultColumn | None = ResultColumn(path[0], "", expression=path[0], fields=row, inputs=inputs)
        else:
            column = self._column(first)
        if column is None:
            return self.outer.resolved(path) if self.outer else None
        for name in rest:
            if (column := column.fields.get(name)) is None:
                return None
        return column

    def star(self, alias: str = "") -> list[ResultColumn]:
        """The columns of `alias.*`, or of `*`: one of each that USING merged."""
        if alias:
            row = self.resolved([alias])
            return list(row.fields.values()) if row else []
        columns: list[ResultColumn] = []
        for relation in self.relations.values():
            known = {column.name.lower() for column in columns}
            columns += [column for name, column in relation.items() if name not in known or name not in self.merged]
        return columns

    def _column(self, name: str) -> ResultColumn | None:
        found = [relation[name] for relation in self.relations.values() if name in relation]
        return found[0] if len(found) == 1 or (found and name in self.merged) else None
