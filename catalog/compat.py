"""What a changed table declaration does to the table that is there: in place, or refused with the way to do it.

Follows the provider's own rule (a new REQUIRED column, another type, a tighter mode, a dropped nested field, drop
and add together, another partitioning: replacement, which throws the rows away) and adds what the provider lets
through although BigQuery refuses or ignores it: another partition granularity, a removed partition expiration.
A drop in a table with row access policies, which the platform does not use, is not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from catalog.model import Partitioning, RangePartitioning, Table, TimePartitioning
from catalog.schema import LEGACY_NAMES

Fields: TypeAlias = Sequence[Mapping[str, Any]]

SPELLINGS = {**LEGACY_NAMES, "DECIMAL": "NUMERIC", "BIGDECIMAL": "BIGNUMERIC"}
LOST = "BigQuery would replace the table and its rows would be lost"
RECREATE = (
    "in two releases: first a new table with the new layout, filled from this one; then readers and writers move to it"
    " and this one goes"
)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `column` is the dotted path, or '' for the table as a whole.

    `reason` and `way` (how to get there without losing rows) are set when `kind` is refused.
    """

    kind: Literal["in_place", "refused"]
    column: str
    what: str
    reason: str = ""
    way: str = ""
    line: int = 0


def changes(
    old_schema_json: str,
    old_partitioning: Partitioning | None,
    old_clustering: Sequence[str],
    table: Table,
) -> tuple[Change, ...]:
    """The differences between a table as it is (schema as the API returns it) and as it is declared now."""
    old_fields: Fields = json.loads(old_schema_json)
    new_fields = [column.api_json() for column in table.columns]
    lines = {column.name.lower(): column.line for column in table.columns}
    found = [
        *_schema(old_fields, new_fields),
        *_partitioning(old_partitioning, table.partitioning),
        *_clustering(old_clustering, table.clustering),
    ]
    return tuple(replace(c, line=lines.get(c.column.split(".")[0].lower(), table.line)) for c in found)


def refusals(table: Table, live: Mapping[str, Any]) -> list[str]:
    """The refused changes as messages `path:line: ...`, one each.

    `live` is the table as the provider's getTable or the API returns it: `schema` as JSON text or as
    `{"fields": [...]}`, `timePartitioning(s)`, `rangePartitioning(s)`, `clustering(s)`.
    """
    found = changes(_live_schema(live), _live_partitioning(live), _live_clustering(live), table)
    return [
        f"{table.path}:{change.line}: {table.name}: {change.what}: {change.reason}\n  fix: {change.way}"
        for change in found
        if change.kind == "refused"
    ]


def _schema(old: Fields, new: Fields) -> Iterator[Change]:
    yield from _fields(old, new, "")
    dropped = [field["name"] for field in old if field["name"].lower() not in _by_name(new)]
    added = [field["name"] for field in new if field["name"].lower() not in _by_name(old)]
    if dropped and added:
        what = f"drops {', '.join(dropped)} and adds {', '.join(added)} at once"
        way = f"in two releases: first add {', '.join(added)} and copy the values; then drop {', '.join(dropped)}"
        yield _refused(added[0], what, f"this may be a rename, and {LOST}", way)


def _fields(old: Fields, new: Fields, prefix: str) -> Iterator[Change]:
    before, after = _by_name(old), _by_name(new)
    for name in [*after, *(name for name in before if name not in after)]:
        path = prefix + (after.get(name) or before[name])["name"]
        if name not in before:
            yield _added(path, after[name])
        elif name not in after:
            yield _dropped(path, nested=bool(prefix))
        else:
            yield from _altered(path, before[name], after[name])


def _added(path: str, field: Mapping[str, Any]) -> Change:
    if _mode(field) != "REQUIRED":
        return Change("in_place", path, f"new column {path}")
    way = (
        f"in two releases: first add {path} without NOT NULL (with a DEFAULT) and fill it in the rows that are there;"
        " then let readers rely on it. It stays NULLABLE: BigQuery makes no existing column REQUIRED"
    )
    return _refused(path, f"new REQUIRED column {path}", f"existing rows have no value for it, and {LOST}", way)


def _dropped(path: str, *, nested: bool) -> Change:
    if not nested:
        return Change("in_place", path, f"column {path} dropped with its values")
    way = f"keep {path} and stop using it; or {RECREATE}"
    return _refused(path, f"nested field {path} dropped", f"only whole columns can be dropped, else {LOST}", way)


def _altered(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    if _type(old) != _type(new):
        way = (
            f"in two releases: first add a column of type {_type(new)} under a new name, fill it and move readers and"
            f" writers to it; then drop {path}"
        )
        yield _refused(path, f"type of {path} from {_type(old)} to {_type(new)}", LOST, way)
        return
    if _mode(old) != _mode(new):
        yield _mode_change(path, _mode(old), _mode(new))
    yield from _fields(old.get("fields") or [], new.get("fields") or [], f"{path}.")
    for key, what in (("description", "description"), ("defaultValueExpression", "default")):
        if (old.get(key) or "") != (new.get(key) or ""):
            yield Change("in_place", path, f"{what} of {path}")


def _mode_change(path: str, old: str, new: str) -> Change:
    what = f"mode of {path} from {old} to {new}"
    if (old, new) == ("REQUIRED", "NULLABLE"):
        return Change("in_place", path, what)
    if "REPEATED" in (old, new):
        way = f"in two releases: first add a column with the new mode and fill it; then drop {path}"
    else:
        way = f"leave {path} NULLABLE and hold it filled by a test of the data; or {RECREATE}"
    return _refused(path, what, f"BigQuery only relaxes a mode, and {LOST}", way)


def _partitioning(old: Partitioning | None, new: Partitioning | None) -> Iterator[Change]:
    if old == new:
        return
    if not (isinstance(old, TimePartitioning) and isinstance(new, TimePartitioning) and old.field == new.field):
        what = f"partitioning from {_layout(old)} to {_layout(new)}"
        yield _refused("", what, f"partitioning is fixed when a table is made, and {LOST}", RECREATE)
        return
    if old.type != new.type:
        what = f"partition granularity from {old.type} to {new.type}"
        yield _refused("", what, "the preview shows an update, but BigQuery refuses it", RECREATE)
    if old.expiration_ms is not None and new.expiration_ms is None:
        way = "set a number of days, or take it off the table with ALTER TABLE ... SET OPTIONS first"
        yield _refused("", "partition expiration removed", "the provider does not see the removal", way)
    elif old.expiration_ms != new.expiration_ms:
        yield Change("in_place", "", f"partition expiration from {old.expiration_ms} to {new.expiration_ms} ms")


def _clustering(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    if tuple(old) != tuple(new):
        yield Change("in_place", "", f"clustering from {', '.join(old) or 'none'} to {', '.join(new) or 'none'}")


def _refused(column: str, what: str, reason: str, way: str) -> Change:
    return Change("refused", column, what, reason, way)


def _by_name(fields: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Column names do not know upper and lower case."""
    return {str(field["name"]).lower(): field for field in fields}


def _type(field: Mapping[str, Any]) -> str:
    name = str(field["type"]).upper()
    parameters = [str(field[key]) for key in ("maxLength", "precision", "scale") if field.get(key)]
    return SPELLINGS.get(name, name) + (f"({', '.join(parameters)})" if parameters else "")


def _mode(field: Mapping[str, Any]) -> str:
    return str(field.get("mode") or "NULLABLE").upper()


def _layout(partitioning: Partitioning | None) -> str:
    if partitioning is None:
        return "none"
    kind = partitioning.type if isinstance(partitioning, TimePartitioning) else "range"
    return f"{kind} of {partitioning.field or 'ingestion time'}"


def _live_schema(live: Mapping[str, Any]) -> str:
    schema = live.get("schema") or []
    if isinstance(schema, str):
        return schema
    return json.dumps(schema["fields"] if isinstance(schema, Mapping) else schema)


def _live_partitioning(live: Mapping[str, Any]) -> Partitioning | None:
    time = _first(live, "timePartitioning")
    if time:
        expiration = time.get("expirationMs")
        return TimePartitioning(
            str(time["type"]), str(time.get("field") or ""), int(expiration) if expiration else None
        )
    ranges = _first(live, "rangePartitioning")
    if ranges:
        bounds = _first(ranges, "range")
        return RangePartitioning(str(ranges["field"]), *(int(bounds[key]) for key in ("start", "end", "interval")))
    return None


def _live_clustering(live: Mapping[str, Any]) -> Sequence[str]:
    value = live.get("clusterings") or live.get("clustering") or []
    return list(value["fields"]) if isinstance(value, Mapping) else list(value)


def _first(live: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A nested object, which the provider wraps into a list under the plural name."""
    value = live.get(name) or live.get(f"{name}s") or {}
    return value[0] if isinstance(value, list) else value
