"""The columns of a table as it is beside those that the file declares: what an update does to each, or why it must not.

Follows what the provider does (terraform-provider-google-beta, resource_bigquery_table.go): it knows columns by their
exact name (:50), replaces the table for a new REQUIRED column, another type, a tighter mode, a dropped nested field,
or drop and add together (:408-531), and with every update drops each live column that the program does not send
(:2689). To BigQuery a name is the same in upper and lower case
(https://cloud.google.com/bigquery/docs/schemas#column_names).
A drop in a table with row access policies, which the platform does not use, is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from catalog.retirement import is_retired_column
from catalog.type_changes import TypeChange, type_change, type_text

Fields: TypeAlias = Sequence[Mapping[str, Any]]
ChangeKind: TypeAlias = Literal["in_place", "loss", "refused"]

LOST = "BigQuery would replace the table and its rows would be lost"
RECREATE = (
    "in two releases: first a new table with the new layout, filled from this one; then readers and writers move to it"
    " and this one goes"
)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `column` is the dotted path, or '' for the table as a whole.

    `loss` is a change that was announced a release before and takes values along. `reason` and `way` (how to get there
    without losing rows) are set when `kind` is refused.
    """

    kind: ChangeKind
    column: str
    what: str
    reason: str = ""
    way: str = ""
    line: int = 0


def column_changes(old: Fields, new: Fields, fixed: Iterable[str] = ()) -> Iterator[Change]:
    """Changes from the live fields to the declared ones; `fixed` are columns that BigQuery cannot drop."""
    kept = {name.lower() for name in fixed}
    before, after = by_name(old), by_name(new)
    gone = [field for name, field in before.items() if name not in after]
    added = [field["name"] for name, field in after.items() if name not in before]
    yield from (change for name, field in after.items() for change in _declared(before.get(name), field, ""))
    yield from (_gone(field, is_fixed=field["name"].lower() in kept) for field in gone)
    if added and gone and all(is_retired_column(field) for field in gone):
        names, new_names = ", ".join(field["name"] for field in gone), ", ".join(added)
        way = f"in two releases: first take {names} out of the file; then add {new_names}"
        yield refused(added[0], f"drops {names} and adds {new_names} at once", f"to the provider a rename: {LOST}", way)


def by_name(fields: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Column names do not know upper and lower case."""
    return {str(field["name"]).lower(): field for field in fields}


def refused(column: str, what: str, reason: str, way: str) -> Change:
    """A change that must not be made."""
    return Change("refused", column, what, reason, way)


def _declared(
    old: Mapping[str, Any] | None, new: Mapping[str, Any], prefix: str, path_type: str = ""
) -> Iterator[Change]:
    path = prefix + new["name"]
    if old is None:
        yield _added(path, new, nested=bool(prefix))
        return
    if old["name"] != new["name"]:
        way = f"write {old['name']}; where the spelling counts, name it in a view"
        reason = f"one column to BigQuery, two to the provider, and {LOST}"
        yield refused(path, f"column {prefix}{old['name']} spelled {new['name']}", reason, way)
        return
    yield from _altered(path, old, new, path_type)


def _gone(field: Mapping[str, Any], *, is_fixed: bool) -> Change:
    name = field["name"]
    what = f"column {name} is in the table and not in the file"
    if is_fixed:
        reason = "BigQuery drops no column that a table is partitioned or clustered by or that is part of its key"
        return refused(name, what, reason, f"keep {name}; or {RECREATE}")
    if is_retired_column(field):
        return Change("loss", name, f"column {name} is retired and dropped with its values")
    declared = f"{name} {_declaration(field)}"
    way = (
        f"declare it ({declared}); or retire it in two releases: declare it as {declared} "
        f'OPTIONS(description="RETIRED: why") and deploy, then take it out of the file'
    )
    return refused(name, what, "the next update would drop it with its values", way)


def _declaration(field: Mapping[str, Any]) -> str:
    if _mode(field) == "REPEATED":
        return f"ARRAY<{type_text(field)}>"
    return type_text(field) + (" NOT NULL" if _mode(field) == "REQUIRED" else "")


def _added(path: str, field: Mapping[str, Any], *, nested: bool) -> Change:
    if _mode(field) != "REQUIRED":
        return Change("in_place", path, f"new column {path}")
    # https://cloud.google.com/bigquery/docs/default-values: a default belongs to a whole column.
    default = "" if nested else " (with a DEFAULT)"
    way = (
        f"in two releases: first add {path} without NOT NULL{default} and fill it in the rows that are there;"
        " then let readers rely on it. It stays NULLABLE: BigQuery makes no existing column REQUIRED"
    )
    return refused(path, f"new REQUIRED column {path}", f"existing rows have no value for it, and {LOST}", way)


def _altered(path: str, old: Mapping[str, Any], new: Mapping[str, Any], within: str) -> Iterator[Change]:
    kind = type_change(old, new)
    if kind is TypeChange.WIDER:
        yield Change("in_place", path, f"type of {path} from {type_text(old)} to {type_text(new)}")
    elif kind is not TypeChange.SAME:
        yield _type_refused(path, old, new, kind, within)
        return
    if _mode(old) != _mode(new):
        yield _mode_change(path, _mode(old), _mode(new))
    yield from _nested(path, old, new, within)
    for key, what in (("description", "description"), ("defaultValueExpression", "default")):
        if (old.get(key) or "") != (new.get(key) or ""):
            yield Change("in_place", path, f"{what} of {path}")


def _nested(path: str, old: Mapping[str, Any], new: Mapping[str, Any], within: str) -> Iterator[Change]:
    inside = "ARRAY" if "ARRAY" in (within, *(["ARRAY"] if _mode(old) == "REPEATED" else [])) else "STRUCT"
    before, after = by_name(old.get("fields") or []), by_name(new.get("fields") or [])
    for name, field in after.items():
        yield from _declared(before.get(name), field, f"{path}.", inside)
    for name, field in before.items():
        if name not in after:
            dropped = f"{path}.{field['name']}"
            way = f"keep {dropped} and stop using it; or {RECREATE}"
            # https://cloud.google.com/bigquery/docs/managing-table-schemas#delete_a_column
            yield refused(
                dropped, f"nested field {dropped} dropped", f"only whole columns can be dropped, else {LOST}", way
            )


def _type_refused(path: str, old: Mapping[str, Any], new: Mapping[str, Any], kind: TypeChange, within: str) -> Change:
    what = f"type of {path} from {type_text(old)} to {type_text(new)}"
    if kind is TypeChange.BY_STATEMENT and within != "ARRAY" and "REPEATED" not in (_mode(old), _mode(new)):
        column = path.split(".")[0]
        to = f"the whole new STRUCT, {path} as {type_text(new)}" if within else type_text(new)
        way = (
            f"before this release run ALTER TABLE ... ALTER COLUMN {column} SET DATA TYPE {to}, which keeps the rows;"
            " then eros refresh -s STACK"
        )
        return refused(path, what, f"BigQuery converts it by a statement, the provider not: {LOST}", way)
    way = (
        f"in two releases: first add a column of type {type_text(new)} under a new name, fill it, move readers and"
        f" writers to it and retire {path.split('.')[0]}; then take that out of the file"
    )
    reason = "BigQuery only widens parameters" if kind is TypeChange.NARROWER else LOST
    return refused(path, what, reason, way)


def _mode_change(path: str, old: str, new: str) -> Change:
    what = f"mode of {path} from {old} to {new}"
    # https://cloud.google.com/bigquery/docs/managing-table-schemas#change_a_columns_mode
    if (old, new) == ("REQUIRED", "NULLABLE"):
        return Change("in_place", path, what)
    if "REPEATED" in (old, new):
        way = f"in two releases: first add a column with the new mode, fill it and retire {path}; then drop {path}"
    else:
        way = f"leave {path} NULLABLE and hold it filled by a test of the data; or {RECREATE}"
    return refused(path, what, f"BigQuery only relaxes a mode, and {LOST}", way)


def _mode(field: Mapping[str, Any]) -> str:
    return str(field.get("mode") or "NULLABLE").upper()
