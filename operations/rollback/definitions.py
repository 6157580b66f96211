"""What a state has recorded of routines, views and schedules, and how what is live differs from it.

Definitions are taken as the engine recorded them, so that they can be put back byte for byte without the program that
made them. Everything is told by the program's name of a resource; a difference names what differs, never a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from operations.protection import name_of
from operations.review.previewed import PREFIXES, ROUTINE, TABLE, kind

SCHEDULE = "gcp:bigquery/dataTransferConfig:DataTransferConfig"
# Field of a routine in the state -> in the API; those that hold JSON as text in the state are parsed.
PLAIN = {
    "definitionBody": "text",
    "description": "description",
    "language": "language",
    "determinismLevel": "determinism",
}
TYPES = {"returnType": "type that it returns", "returnTableType": "columns that it returns"}
Bag = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Definition:
    """One routine, view or schedule of a state. `id` is its path in the API."""

    urn: str
    name: str
    kind: str
    id: str
    inputs: Bag

    @property
    def is_routine(self) -> bool:
        return "routineType" in self.inputs


def definitions(resources: Iterable[Bag], *, schedules: bool = False) -> dict[str, Definition]:
    """Routines and views of a state by URN, on what is needed first; `schedules` are asked for where wanted."""
    found = {}
    for one in resources:
        inputs = one.get("inputs") or {}
        is_view = one.get("type") == TABLE and ("view" in inputs or "materializedView" in inputs)
        is_wanted = is_view or one.get("type") == ROUTINE or (schedules and one.get("type") == SCHEDULE)
        if is_wanted and one.get("id") and not one.get("delete"):
            what = kind(str(one["type"]), inputs)
            name = name_of(one).removeprefix(PREFIXES.get(what, ""))
            found[str(one["urn"])] = Definition(str(one["urn"]), name, what, str(one["id"]), inputs)
    return found


def body(wanted: Definition) -> dict[str, Any]:
    """What the API takes to make a routine or view what is recorded: a routine whole, of a view what differs."""
    inputs = wanted.inputs
    if not wanted.is_routine:
        return {"view": {"query": _query(inputs), "useLegacySql": False}, "description": inputs.get("description")}
    project, dataset, routine = wanted.id.split("/")[1::2]
    made = {
        "routineReference": {"projectId": project, "datasetId": dataset, "routineId": routine},
        "routineType": inputs["routineType"],
        "arguments": _arguments(inputs),
        **{name: inputs.get(name) for name in PLAIN},
        **{name: _parsed(inputs.get(name)) for name in TYPES},
    }
    return {name: value for name, value in made.items() if value not in (None, "", [])}


def differs(wanted: Definition, live: Bag | None) -> Iterator[str]:
    """What of the live object is not as recorded; `live` is the API's answer, None where there is no such object."""
    if live is None:
        yield "is not there"
    elif wanted.is_routine:
        yield from _routine_differs(wanted.inputs, live)
    elif wanted.kind == "schedule":
        yield from _schedule_differs(wanted.inputs, live)
    else:
        shown = live.get("view") or live.get("materializedView") or {}
        if _text(shown.get("query")) != _text(_query(wanted.inputs)):
            yield "its text differs"
        if (live.get("description") or "") != (wanted.inputs.get("description") or ""):
            yield "its description differs"


def _routine_differs(inputs: Bag, live: Bag) -> Iterator[str]:
    if live.get("routineType") != inputs["routineType"]:
        yield "it is a routine of another kind"
    for name, title in PLAIN.items():
        if _text(live.get(name)) != _text(inputs.get(name)):
            yield f"its {title} differs"
    if _argument_list(live.get("arguments")) != _argument_list(_arguments(inputs)):
        yield "its arguments differ"
    for name, title in TYPES.items():
        # What the cloud found out by itself of a function that does not state it is no difference.
        if inputs.get(name) and _typed(_parsed(inputs[name])) != _typed(live.get(name)):
            yield f"the {title} differs"


def _schedule_differs(inputs: Bag, live: Bag) -> Iterator[str]:
    stated, there = inputs.get("params") or {}, live.get("params") or {}
    if _text(stated.get("query")) != _text(there.get("query")):
        yield "its statement differs"
    if (inputs.get("schedule") or "") != (live.get("schedule") or ""):
        yield "when it runs differs"
    if bool(inputs.get("disabled")) != bool(live.get("disabled")):
        yield "it stands still" if live.get("disabled") else "it runs, and is declared not to"


def _query(inputs: Bag) -> str:
    shown = inputs.get("view") or inputs.get("materializedView") or {}
    return str(shown.get("query") or "")


def _arguments(inputs: Bag) -> list[dict[str, Any]]:
    made = []
    for one in inputs.get("arguments") or ():
        argument = {name: one.get(name) for name in ("name", "argumentKind", "mode")}
        argument["dataType"] = _parsed(one.get("dataType"))
        made.append({name: value for name, value in argument.items() if value})
    return made


def _argument_list(arguments: Iterable[Bag] | None) -> list[Any]:
    """Of each argument what makes it another one; FIXED_TYPE and IN are what is not stated."""
    return [
        (
            one.get("name"),
            one.get("argumentKind") or "FIXED_TYPE",
            one.get("mode") or "IN",
            _typed(one.get("dataType")),
        )
        for one in arguments or ()
    ]


def _typed(value: Any) -> Any:
    """A type without what is empty in it, so that both spellings of it are the same."""
    if isinstance(value, Mapping):
        return {key: _typed(one) for key, one in sorted(value.items()) if one not in (None, {}, [])}
    return [_typed(one) for one in value] if isinstance(value, list) else value


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value


def _text(value: Any) -> str:
    """Blanks at either end are nobody's change."""
    return str(value or "").strip()
