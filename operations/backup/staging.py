"""The files of one table loaded beside it and compared with what was recorded of them.

So a backup is proven when it is written, and so its rows come back: from a scratch table that everybody may look at.
The columns are those that the Avro files state; values that a load does not bring back as they were (BigQuery exports a
DATETIME as a string) are cast. Scratch tables go by themselves after a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import bigquery

from catalog.schema import SQL_NAMES
from operations.backup.backup_facts import BackupUnusable, Format, Json, TableBackup
from operations.clients import answering
from operations.rows.fingerprint import Fingerprint, fingerprint, own_columns, quoted

KEPT = timedelta(days=1)
CALL_SECONDS = 60.0
# 15 TB may be loaded in one job, and gigabytes take minutes; an hour leaves room for a busy service.
JOB_SECONDS = 3600.0
# From the type that a load makes of it to the type that was exported.
CASTS = {("STRING", "DATETIME"): "CAST({} AS DATETIME)", ("STRING", "JSON"): "PARSE_JSON({})"}
CASTS |= {("STRING", "GEOGRAPHY"): "ST_GEOGFROMTEXT({})", ("NUMERIC", "BIGNUMERIC"): "CAST({} AS BIGNUMERIC)"}


@dataclass(frozen=True, slots=True)
class Staged:
    """The loaded rows: `path` is project.dataset.name; `values` is GoogleSQL over `source` for each column of the
    backup, by name, and `types` what each of them is then.
    """

    path: str
    values: Mapping[str, str]
    types: Mapping[str, Json]
    found: Fingerprint


def stage(client: bigquery.Client, table: TableBackup, path: str, labels: Mapping[str, str]) -> Staged:
    """Loads a table's files into a new table `path` and compares counts and checksums.

    Errors: BackupUnusable when they are not those that were recorded, CloudError.
    """
    with answering(f"loading {table.pattern} into {path}"):
        client.delete_table(path, not_found_ok=True, timeout=CALL_SECONDS)
        _load(client, table, path)
        made = client.get_table(path, timeout=CALL_SECONDS)
        made.expires, made.labels = datetime.now(UTC) + KEPT, dict(labels)
        client.update_table(made, ["expires", "labels"], timeout=CALL_SECONDS)
    wanted = {str(field["name"]).lower(): field for field in table.fields}
    types = {field.name: wanted.get(field.name.lower(), field.to_api_repr()) for field in made.schema}
    values = own_columns(made.schema)
    values |= {field.name: _cast(field, types[field.name], values[field.name]) for field in made.schema}
    found = fingerprint(client, path, values)
    if found.rows != table.rows or (table.checksum and found.checksum != table.checksum):
        recorded = f"{table.rows:,} rows" + (f", checksum {table.checksum}" if table.checksum else "")
        raise BackupUnusable(
            f"{table.pattern} holds {found}, recorded were {recorded}: it is not what was backed up",
            fix="use another backup: eros backups",
        )
    return Staged(path, values, types, found)


def drop(client: bigquery.Client, path: str) -> None:
    """Drops a scratch table. Errors: CloudError."""
    with answering(f"dropping {path}"):
        client.delete_table(path, not_found_ok=True, timeout=CALL_SECONDS)


def loose(fields: Sequence[Json]) -> list[bigquery.SchemaField]:
    """The columns without what a load could fail on: none is required."""
    return [bigquery.SchemaField.from_api_repr(_loosened(field)) for field in fields]


def type_of(field: Json) -> Any:
    """What two columns must share so that the rows of one are rows of the other, spelt alike."""
    name = str(field["type"]).upper()
    inner = [(str(one["name"]).lower(), type_of(one)) for one in field.get("fields") or ()]
    return (SQL_NAMES.get(name, name), str(field.get("mode") or "").upper() == "REPEATED", inner)


def _loosened(field: Json) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if key not in ("defaultValueExpression", "policyTags", "mode")}
    if "fields" in kept:
        kept["fields"] = [_loosened(one) for one in kept["fields"]]
    return {**kept, "mode": "REPEATED" if field.get("mode") == "REPEATED" else "NULLABLE"}


def _load(client: bigquery.Client, table: TableBackup, path: str) -> None:
    if not table.rows and not table.files and table.format is Format.AVRO:
        client.create_table(bigquery.Table(path, loose(table.fields)), timeout=CALL_SECONDS)
        return
    config = bigquery.LoadJobConfig(source_format=table.format.value, write_disposition="WRITE_EMPTY")
    if table.format is Format.AVRO:
        config.use_avro_logical_types = True
        config.decimal_target_types = ["NUMERIC", "BIGNUMERIC"]
    else:
        config.schema = loose(table.fields)
    client.load_table_from_uri(table.pattern, path, job_config=config, timeout=CALL_SECONDS).result(timeout=JOB_SECONDS)


def _cast(field: bigquery.SchemaField, wanted: Json, value: str) -> str:
    (found, is_repeated, _), (there, _, _) = type_of(field.to_api_repr()), type_of(wanted)
    cast = CASTS.get((found, there))
    if cast is None:
        return value
    if not is_repeated:
        return cast.format(value)
    items = f"UNNEST(source.{quoted(field.name)}) AS item WITH OFFSET AS n"
    return f"ARRAY(SELECT {cast.format('item')} FROM {items} ORDER BY n)"
