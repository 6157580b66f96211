"""What is downstream of a change: columns whose values follow from it, objects whose rows may, and who reads them.

Followed through views, table functions and scalar functions, and through what procedures write, so also from table to
table. It errs on the side of too much: a variable of a script is made of everything that is ever assigned to it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from catalog.catalog import Catalog
from catalog.model import Routine
from catalog.reference.columns import Results
from catalog.reference.queries import ROWS, Name
from catalog.reference.written import written_columns

__all__ = ["ROWS", "Follower", "Impact", "Name"]

# In the place of a column of a procedure: that it reads something. Nothing follows from that but what it writes.
READS = "reads"


@dataclass(frozen=True, slots=True)
class Follower:
    """An object `distance` steps from the change, its `columns` that follow, and whether its rows may.

    A procedure that only reads what changed has neither.
    """

    name: str
    distance: int
    columns: tuple[str, ...]
    rows: bool


class Impact:
    """The ways from each object and column of a catalog to what follows from it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._results = Results(catalog)
        # Found as they are come to: the lineage of a whole catalog takes seconds, and most changes reach little of it.
        self._ways: dict[Name, dict[Name, tuple[int, int]]] = defaultdict(dict)
        self._known: set[str] = set()

    def of(self, changed: Iterable[Name]) -> tuple[Follower, ...]:
        """What follows from these (object, column) in other objects, nearest first.

        ROWS in the place of a column is which rows an object has; of a scalar function its result, of a procedure all
        that it writes.
        """
        start = {(owner, column.lower()) for owner, column in changed}
        themselves = {owner for owner, _ in start}
        columns: dict[str, list[str]] = defaultdict(list)
        distances: dict[str, int] = {}
        for (owner, column), distance in self._reached(start).items():
            if owner not in themselves:
                columns[owner].append(column)
                distances.setdefault(owner, distance)
        return tuple(
            Follower(name, distances[name], tuple(c for c in found if c not in (ROWS, READS)), ROWS in found)
            for name, found in columns.items()
        )

    def schedules(self, names: Collection[str]) -> tuple[str, ...]:
        """The schedules that run one of these objects, also through what their procedure calls."""
        return tuple(
            name
            for name, schedule in self._catalog.schedules.items()
            if not self._called(schedule.procedure).isdisjoint(names)
        )

    def _called(self, procedure: str) -> set[str]:
        seen = {procedure}
        waiting = [procedure]
        while waiting:
            new = self._catalog.usage(waiting.pop()).calls - seen
            seen |= new
            waiting += new
        return seen

    def _reached(self, start: Iterable[Name]) -> dict[Name, int]:
        """Everything that can be reached, with its distance, in the order of it."""
        distance = dict.fromkeys(start, 0)
        waiting = deque(distance)
        while waiting:
            place = waiting.popleft()
            for following in self._following(place):
                if following not in distance:
                    distance[following] = distance[place] + 1
                    waiting.append(following)
        return distance

    def _following(self, place: Name) -> list[Name]:
        """What follows from it at once, in the order of the objects that make it follow."""
        for name in (place[0], *self._named_by.get(place[0], ())):
            if name in self._catalog.objects and name not in self._known:
                self._known.add(name)
                for number, (made_of, to) in enumerate(self._leads(name)):
                    order = (self._order[name], number)
                    self._ways[made_of][to] = min(self._ways[made_of].get(to, order), order)
        ways = self._ways.get(place, {})
        return sorted(ways, key=ways.__getitem__)

    def _leads(self, name: str) -> Iterator[tuple[Name, Name]]:
        """What an object makes follow from what."""
        declared = self._catalog.objects[name]
        for column in self._results.of(name).values():
            yield from _each(column.inputs, (name, column.name.lower()))
        yield from _each(self._results.rows(name), (name, ROWS))
        if not isinstance(declared, Routine):
            return
        if declared.kind == "PROCEDURE":
            for (table, column_name), inputs in written_columns(self._results, declared).items():
                yield from _each([*inputs, (name, ROWS)], (table, column_name.lower()))
                yield from _each(inputs, (name, READS))
        elif declared.kind == "SCALAR_FUNCTION":
            yield from _each(((other, ROWS) for other in self._catalog.reads(name)), (name, ROWS))

    @cached_property
    def _named_by(self) -> Mapping[str, list[str]]:
        """By object those that name it."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in self._catalog.objects:
            for other in self._catalog.dependencies(name):
                found[other].append(name)
        return found

    @cached_property
    def _order(self) -> Mapping[str, int]:
        return {name: number for number, name in enumerate(self._catalog.objects)}


def _each(inputs: Iterable[Name], to: Name) -> Iterator[tuple[Name, Name]]:
    return (((owner, path.partition(".")[0].lower()), to) for owner, path in sorted(inputs))
