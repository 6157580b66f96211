"""The live routines, views and schedules behind recorded ones: read, compared, and put back one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from operations import google_api
from operations.rollback import definitions
from operations.rollback.definitions import Definition
from settings.endpoints import BIGQUERY, TRANSFER

PARALLEL = 8


@dataclass(frozen=True, slots=True)
class LiveDifference:
    """One object that is not as recorded, and what of it is not."""

    definition: Definition
    what: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.definition.kind} {self.definition.name}: {', '.join(self.what)}"


def differences(wanted: Iterable[Definition]) -> list[LiveDifference]:
    """Those of the recorded objects that are live otherwise, in their order. Errors: CloudError."""
    asked = list(wanted)
    with ThreadPoolExecutor(PARALLEL) as pool:
        found = [
            LiveDifference(one, tuple(definitions.differs(one, live)))
            for one, live in zip(asked, pool.map(_read, asked), strict=True)
        ]
    return [one for one in found if one.what]


def put(wanted: Definition) -> None:
    """Puts the recorded definition in the place of the live one. Errors: CloudError.

    `routines.update` takes a whole routine, `tables.patch` what differs
    (https://cloud.google.com/bigquery/docs/reference/rest/v2/routines/update, .../v2/tables/patch).
    """
    send = google_api.put if wanted.is_routine else google_api.merge
    send(BIGQUERY, wanted.id, definitions.body(wanted))


def compared(resources: Sequence[Mapping[str, Any]], stopped: Iterable[str]) -> tuple[list[str], list[str]]:
    """What is live otherwise than a state has recorded; and apart from it what was so before: schedules that stand
    still and are not among those that `stopped` names. Errors: CloudError.
    """
    started, found, before = set(stopped), list[str](), list[str]()
    for one in differences(definitions.definitions(resources, schedules=True).values()):
        is_paused = one.definition.kind == "schedule" and one.what == ("it stands still",)
        was_so = is_paused and one.definition.name not in started
        (before if was_so else found).append(str(one))
    return found, before


def _read(wanted: Definition) -> dict[str, Any] | None:
    return google_api.get(TRANSFER if wanted.kind == "schedule" else BIGQUERY, wanted.id)
