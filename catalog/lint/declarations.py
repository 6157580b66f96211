"""All declared objects as rules see them: by name, with a note of the names that were asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from catalog.model import DeclaredObject, Table, TimePartitioning


class Declarations(Mapping[str, DeclaredObject]):
    """Objects by name. What a rule needs of all of them is handed to it, so that it depends on nothing else."""

    def __init__(self, objects: Mapping[str, DeclaredObject]) -> None:
        self.asked: set[str] = set()
        parts = (one.partitioning for one in objects.values() if isinstance(one, Table))
        self.partitions = frozenset(part.field for part in parts if isinstance(part, TimePartitioning))
        """Columns by which a table is partitioned in time; views pass them on under their own names."""
        self._objects = objects

    def __getitem__(self, name: str) -> DeclaredObject:
        self.asked.add(name)
        return self._objects[name]

    def __iter__(self) -> Iterator[str]:
        raise TypeError(
            "a rule that goes through all objects depends on all of them: add what it needs to Declarations"
        )

    def __len__(self) -> int:
        return len(self._objects)
