"""When a change of a table's columns means nothing, is made in place, or needs a new table.

Works on the JSON text of the API: a list of fields with name, type, mode, description and nested fields. Says what
the real provider does, whatever BigQuery could (terraform-provider-google-beta, services/bigquery/
resource_bigquery_table.go): `check` is validateBigQueryTableSchema (:635), `same` bigQueryTableSchemaDiffSuppress with
its override by key (:197, :263), `same_type` bigQueryTableTypeEq (:313), `in_place`
resourceBigQueryTableSchemaIsChangeable (:408), `undeclared` resourceBigQueryTableColumnDrop (:2689). Names are compared
letter by letter (:50), so another case is another column; maxLength, precision and scale change in place (:502).
"""

from __future__ import annotations

import json
from typing import Any

from gcp_local.table_rules import SPELLINGS, can_be_added, keeps_rows, mode_of

Field = dict[str, Any]


def check(value: Any) -> str | None:
    """Why a text is no schema: it must be a JSON list without null elements."""
    try:
        fields = json.loads(str(value))
    except ValueError as error:
        return f"contains invalid JSON: {error}."
    if not isinstance(fields, list):
        return "is not a JSON array of fields."
    return "contains a null element." if None in fields else None


def read(text: Any) -> list[Field]:
    """The fields of a schema; none for an absent or unreadable one."""
    try:
        fields = json.loads(text)
    except (TypeError, ValueError):
        return []
    return fields if isinstance(fields, list) else []


def same(old: Any, new: Any) -> bool:
    """Whether two schema texts mean the same: order of columns, defaults and spelling of types do not count."""
    return new is not None and _same_fields(read(old), read(new))


def _same_fields(old: list[Field], new: list[Field]) -> bool:
    if len(old) != len(new):
        return False
    if not all(isinstance(each, dict) and "name" in each for each in old + new):
        return False
    pairs = zip(sorted(old, key=_name), sorted(new, key=_name), strict=True)
    return all(_same_field(before, after) for before, after in pairs)


def _name(column: Field) -> str:
    return str(column["name"])


def _same_field(old: Field, new: Field) -> bool:
    return all(_same_value(key, old.get(key), new.get(key)) for key in {*old, *new})


def _same_value(key: str, old: Any, new: Any) -> bool:
    if key == "mode":
        return mode_of(old) == mode_of(new)
    if key == "type":
        return old is not None and new is not None and same_type(old, new)
    if key == "fields":
        return _same_fields(old or [], new or [])
    if key == "collation" and new is None:
        return True
    if key in ("description", "collation") and not old and not new:
        return True
    if key == "policyTags":
        return _tags(old) == _tags(new)
    return bool(old == new)


def _tags(tags: Any) -> list[str]:
    return list((tags or {}).get("names") or [])


def same_type(old: str, new: str) -> bool:
    """Whether two type names mean the same type; RECORD and STRUCT, NUMERIC and DECIMAL do not (to the provider)."""
    names = old.upper(), new.upper()
    return SPELLINGS.get(names[0], names[0]) == SPELLINGS.get(names[1], names[1])


def undeclared(live: list[Field], sent: list[Field]) -> list[str]:
    """Names of the live columns that an update drops: all that it does not send, whoever made them."""
    kept = {_name(column) for column in sent}
    return [_name(column) for column in live if _name(column) not in kept]


def in_place(old: Any, new: Any, *, external: bool = False) -> bool:
    """Whether an existing table can be changed from one schema text to the other."""
    return _fields_in_place(read(old), read(new), top=True, external=external)


def _fields_in_place(old: list[Field], new: list[Field], *, top: bool, external: bool) -> bool:
    before, after = ({_name(each): each for each in fields if "name" in each} for fields in (old, new))
    added = [column for name, column in after.items() if name not in before]
    dropped = [name for name in before if name not in after]
    if not all(can_be_added(column.get("mode")) for column in added):
        return False
    if dropped and (not top or external or added):
        return False
    return all(
        _field_in_place(column, after[name], external=external) for name, column in before.items() if name in after
    )


def _field_in_place(old: Field, new: Field, *, external: bool) -> bool:
    if not same_type(str(old.get("type")), str(new.get("type"))):
        return False
    if not keeps_rows(old.get("mode"), new.get("mode")):
        return False
    return _fields_in_place(old.get("fields") or [], new.get("fields") or [], top=False, external=external)
