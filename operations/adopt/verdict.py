"""What is to become of one object: the one form that everything in this package hands on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Judgement(StrEnum):
    """The kinds of verdict."""

    MANAGED = "managed"
    """In the stack's state already."""
    SAME = "same"
    """Adopted as it is."""
    CHANGE = "change"
    """Adopted, then changed in place by the next update; `changes` says how."""
    MIGRATE = "migrate"
    """Another layout: `steps` move its rows into a new table, and the old one stays as NAME_legacy."""
    FOREIGN = "foreign"
    """Somebody else's under the same name; `steps` are the ways out."""
    WRITES = "writes"
    """Not declared: of the old system, and it still writes into the dataset."""


ADOPTED = (Judgement.SAME, Judgement.CHANGE)
OPEN = (Judgement.MIGRATE, Judgement.FOREIGN)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`urn` and `id` are those of the engine, empty for what the program does not declare."""

    name: str
    kind: str
    verdict: Judgement
    changes: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    urn: str = ""
    id: str = ""

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "name": self.name,
            "kind": self.kind,
            "verdict": self.verdict.value,
            "changes": list(self.changes),
            "steps": list(self.steps),
        }
