"""What a changed table declaration does to the table that is there: in place, an announced loss, or refused.

Owns the layout of the table; its columns are `catalog.column_changes`. Follows the provider's own rule (another
partitioning: replacement, which throws the rows away) and adds what the provider lets through although BigQuery
refuses or ignores it: another partition granularity, a removed partition expiration.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalog.column_changes import LOST, RECREATE, Change, Fields, column_changes, refused
from catalog.model import DAY_MS, Partitioning, RangePartitioning, Table, TimePartitioning


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
        *column_changes(old_fields, new_fields, _fixed(old_partitioning, old_clustering, table)),
        *_partitioning(old_partitioning, table.partitioning),
        *_clustering(old_clustering, table.clustering),
    ]
    return tuple(replace(c, line=lines.get(c.column.split(".")[0].lower(), table.line)) for c in found)


def live_changes(table: Table, live: Mapping[str, Any]) -> tuple[Change, ...]:
    """The differences between a live table and its declaration.

    `live` is the table as the provider's getTable or the API returns it: `schema` as JSON text or as
    `{"fields": [...]}`, `timePartitioning(s)`, `rangePartitioning(s)`, `clustering(s)`.
    """
    return changes(_live_schema(live), _live_partitioning(live), _live_clustering(live), table)


def losses(table: Table, live: Mapping[str, Any]) -> list[str]:
    """What goes for good with this release, as messages `path:line: ...`: announced by a release before."""
    found = live_changes(table, live)
    return [f"{table.path}:{change.line}: {table.name}: {change.what}" for change in found if change.kind == "loss"]


def refusals(table: Table, live: Mapping[str, Any]) -> list[str]:
    """The refused changes as messages `path:line: ...`, one each; `live` as for `live_changes`."""
    found = live_changes(table, live)
    return [
        f"{table.path}:{change.line}: {table.name}: {change.what}: {change.reason}\n  fix: {change.way}"
        for change in found
        if change.kind == "refused"
    ]


def _partitioning(old: Partitioning | None, new: Partitioning | None) -> Iterator[Change]:
    if old == new:
        return
    if not (isinstance(old, TimePartitioning) and isinstance(new, TimePartitioning) and old.field == new.field):
        what = f"partitioning from {_layout(old)} to {_layout(new)}"
        yield refused("", what, f"partitioning is fixed when a table is made, and {LOST}", RECREATE)
        return
    if old.type != new.type:
        what = f"partition granularity from {old.type} to {new.type}"
        yield refused("", what, "the preview shows an update, but BigQuery refuses it", RECREATE)
    if old.expiration_ms is not None and new.expiration_ms is None:
        way = "set a number of days, or take it off the table with ALTER TABLE ... SET OPTIONS first"
        yield refused("", "partition expiration removed", "the provider does not see the removal", way)
    elif new.expiration_ms is not None and old.expiration_ms != new.expiration_ms:
        yield _expiration(old.expiration_ms, new.expiration_ms)


def _expiration(old: int | None, new: int) -> Change:
    """A longer life loses nothing; at the start of a shorter one BigQuery deletes every partition past it, at once
    (cloud.google.com/bigquery/docs/managing-partitioned-tables#partition-expiration).
    """
    what = f"partition expiration from {'none' if old is None else old} to {new} ms"
    if old is not None and new > old:
        return Change("in_place", "", what)
    way = (
        "copy the rows that are to stay, then set it yourself: ALTER TABLE ... SET OPTIONS (partition_expiration_days ="
        f" {new / DAY_MS:g}); the stack then sees no difference"
    )
    return refused("", what, "BigQuery deletes older partitions at once, with their rows", way)


def _clustering(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    if [name.lower() for name in old] != [name.lower() for name in new]:
        yield Change("in_place", "", f"clustering from {', '.join(old) or 'none'} to {', '.join(new) or 'none'}")


def _fixed(partitioning: Partitioning | None, clustering: Sequence[str], table: Table) -> list[str]:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#alter_table_drop_column."""
    return [*clustering, *table.primary_key, *([partitioning.field] if partitioning else [])]


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
