"""Statements over one table that both exports have: its files, and its line of the manifest.

The form of folders, files and manifest is decision 20's.
"""

from __future__ import annotations

import json
from typing import Any

from catalog.model import Partitioning, Table, TimePartitioning
from catalog.references import LOGICAL_DATASET
from catalog.schema import Column

COLUMNS = (
    *("manifest_version", "backup_id", "snapshot_time", "stack", "project_id", "dataset_id", "table_name"),
    *("source_table", "row_count", "size_bytes", "checksum", "schema", "partitioning", "clustering", "files"),
)


def reference(table: Table) -> str:
    """The table as SQL names it."""
    return f"`{LOGICAL_DATASET}.{table.name}`"


def checksum(table: Table) -> str:
    """As operations/rows/fingerprint.py has it over all columns of a table called `source`."""
    row = "source"
    if any(column.mode == "REPEATED" for column in table.columns):
        row = f"STRUCT({', '.join(map(_value, table.columns))})"
    return f"COALESCE(CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING({row})) AS BIGNUMERIC)) AS STRING), '0')"


def _value(column: Column) -> str:
    value = f"source.{column.name}"
    return f"{f'IFNULL({value}, [])' if column.mode == 'REPEATED' else value} AS {column.name}"


def export(table: Table, where: str = "") -> str:
    """Files of the table's rows at p_now, below p_folder."""
    return f"""\
  EXPORT DATA OPTIONS (
    uri = CONCAT(p_folder, '{table.name}/*.avro'),
    format = 'AVRO',
    compression = 'SNAPPY',
    use_avro_logical_types = TRUE,
    overwrite = FALSE
  ) AS
  SELECT source.*
  FROM {reference(table)} AS source FOR SYSTEM_TIME AS OF p_now{where};
"""


def line(table: Table, manifest: str, where: str = "", more: tuple[tuple[str, str], ...] = ()) -> str:
    """The table's line of the manifest, which is a temporary table; `more` are further columns and their values."""
    names = ", ".join((*COLUMNS, *(name for name, _ in more)))
    further = "".join(f",\n    {value}" for _, value in more)
    return f"""\
  INSERT INTO {manifest}
    ({names})
  SELECT
    '1',
    v_id,
    FORMAT_TIMESTAMP('%FT%H:%M:%E6SZ', p_now, 'UTC'),
    v_stack,
    v_project,
    v_dataset,
    '{table.name}',
    {_address(table)},
    CAST(COUNT(*) AS STRING),
    CAST(COALESCE(SUM(BYTE_LENGTH(TO_JSON_STRING(source))), 0) AS STRING),
    {checksum(table)},
    {literal({"fields": [column.api_json() for column in table.columns]})},
    {literal(partitions(table.partitioning))},
    {literal(list(table.clustering))},
    CONCAT(p_folder, '{table.name}/*.avro'){further}
  FROM {reference(table)} AS source FOR SYSTEM_TIME AS OF p_now{where};
"""


def partitions(partitioning: Partitioning | None) -> dict[str, Any]:
    """As the API has them: timePartitioning or rangePartitioning, nothing without."""
    if partitioning is None:
        return {}
    if isinstance(partitioning, TimePartitioning):
        by_time = {"type": partitioning.type, "field": partitioning.field}
        if partitioning.expiration_ms is not None:
            by_time["expirationMs"] = str(partitioning.expiration_ms)
        return {"timePartitioning": by_time}
    bounds = {"start": partitioning.start, "end": partitioning.end, "interval": partitioning.interval}
    return {
        "rangePartitioning": {
            "field": partitioning.field,
            "range": {name: str(value) for name, value in bounds.items()},
        }
    }


def literal(value: Any) -> str:
    """JSON as a GoogleSQL string."""
    text = json.dumps(value, ensure_ascii=False).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def _address(table: Table) -> str:
    """Where the table is; the placement puts the parts in."""
    return f"'${{address:{table.name}}}'"


def head(name: str, purpose: str, description: str, arguments: str) -> str:
    """The beginning of the procedure, with what every statement uses."""
    return f"""\
-- {purpose}
-- Made from sql/tables: edit the module that makes it.
CREATE OR REPLACE PROCEDURE `{LOGICAL_DATASET}.{name}`({arguments})
OPTIONS(description="{description}")
BEGIN
  DECLARE v_id STRING DEFAULT FORMAT_TIMESTAMP('%F_%H%M%S', p_now, 'UTC');
  DECLARE v_stack STRING DEFAULT (SELECT stack.stack FROM `{LOGICAL_DATASET}.deployed_stack` AS stack);
  DECLARE v_project STRING DEFAULT (SELECT stack.project_id FROM `{LOGICAL_DATASET}.deployed_stack` AS stack);
  DECLARE v_dataset STRING DEFAULT (SELECT stack.dataset_id FROM `{LOGICAL_DATASET}.deployed_stack` AS stack);

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;

"""


def new_manifest(manifest: str, more: tuple[str, ...] = ()) -> str:
    """An empty temporary table for the lines."""
    columns = ",\n    ".join(f"{name} STRING" for name in (*COLUMNS, *more))
    return f"""\
  CREATE OR REPLACE TEMP TABLE {manifest} (
    {columns}
  );

"""


def write(manifest: str, more: tuple[str, ...] = ()) -> str:
    """The manifest as a file: written when everything else is there."""
    columns = ",\n    ".join(f"listed.{name}" for name in (*COLUMNS, *more))
    return f"""\
  EXPORT DATA OPTIONS (uri = CONCAT(p_folder, 'manifest-*.json'), format = 'JSON', overwrite = FALSE) AS
  SELECT
    {columns},
    TRUE AS backup_completed
  FROM {manifest} AS listed
  ORDER BY listed.table_name;
  SET p_rows = (SELECT COALESCE(SUM(CAST(listed.row_count AS INT64)), 0) FROM {manifest} AS listed);
"""
