"""A table between the provider's properties and BigQuery's JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from gcp_local.provider import labels
from gcp_local.provider.bodies import compact, given, pruned, texts
from gcp_local.provider.values import Bag

SITE: Final = "https://bigquery.googleapis.com/bigquery/v2/"
SAME_NAME: Final = (
    "description friendlyName maxStaleness biglakeConfiguration resourceTags externalCatalogTableOptions "
    "tableConstraints"
)
COUNTS: Final = "numBytes numLongTermBytes numRows"


def build(wanted: Mapping[str, Any]) -> Bag:
    """The body of tables.insert and tables.update."""
    reference = {"projectId": wanted["project"], "datasetId": wanted["datasetId"], "tableId": wanted["tableId"]}
    body: Bag = {
        "tableReference": reference,
        **pruned(given(wanted, SAME_NAME)),
        **texts(wanted, "expirationTime"),
        "labels": wanted["effectiveLabels"],
        **_layout(wanted),
    }
    is_view = bool(wanted.get("view") or wanted.get("materializedView"))
    if wanted.get("schema"):
        body["schema"] = {"fields": _fields(json.loads(wanted["schema"]), tagged=not is_view)}
    for name in ("view", "materializedView"):
        if wanted.get(name):
            body[name] = _numbers_as_text(wanted[name])
    if wanted.get("externalDataConfiguration"):
        body["externalDataConfiguration"] = _external(wanted["externalDataConfiguration"])
    if wanted.get("encryptionConfiguration"):
        body["encryptionConfiguration"] = given(wanted["encryptionConfiguration"], "kmsKeyName")
    return body


def _layout(wanted: Mapping[str, Any]) -> Bag:
    """Partitioning and clustering."""
    layout: Bag = {}
    if wanted.get("timePartitioning"):
        layout["timePartitioning"] = _numbers_as_text(wanted["timePartitioning"])
    if wanted.get("rangePartitioning"):
        spans = {name: str(value) for name, value in wanted["rangePartitioning"]["range"].items()}
        layout["rangePartitioning"] = {"field": wanted["rangePartitioning"]["field"], "range": spans}
    if wanted.get("clusterings"):
        layout["clustering"] = {"fields": wanted["clusterings"]}
    if wanted.get("requirePartitionFilter"):
        layout["requirePartitionFilter"] = True
    return layout


def _numbers_as_text(block: Mapping[str, Any]) -> Bag:
    """A block with its 64-bit numbers as text, and no empty parts. A zero number means absent here."""
    kept = {name: value for name, value in block.items() if value is False or value not in (None, "", [], 0)}
    return {name: str(value) if type(value) is int else value for name, value in kept.items()}


def _fields(fields: list[Bag], *, tagged: bool) -> list[Bag]:
    """Columns; a leaf of a table says that it has no policy tags, so that none stay behind."""
    return [_field(field, tagged=tagged) for field in fields]


def _field(field: Bag, *, tagged: bool) -> Bag:
    if field.get("fields"):
        return {**field, "fields": _fields(field["fields"], tagged=tagged)}
    return {"policyTags": {"names": []}, **field} if tagged else field


def _external(block: Mapping[str, Any]) -> Bag:
    body = pruned(dict(block))
    if "schema" in body:
        body["schema"] = {"fields": json.loads(body["schema"])}
    return dict(body)


def outputs(found: Mapping[str, Any], known: Mapping[str, Any]) -> Bag:
    """What BigQuery says of a table, under the provider's names; `known` are former outputs or inputs."""
    reference = found["tableReference"]
    path = f"projects/{reference['projectId']}/datasets/{reference['datasetId']}/tables/{reference['tableId']}"
    return {
        **given(found, f"{SAME_NAME} creationTime lastModifiedTime etag location type expirationTime"),
        **{name: int(found[name]) for name in COUNTS.split() if int(found.get(name) or 0)},
        **labels.flatten(found.get("labels") or {}, known.get("labels") or {}),
        **_layout_outputs(found, known),
        "schema": _schema_output(found),
        "selfLink": SITE + path,
        **given(found, "view materializedView encryptionConfiguration"),
        **_external_output(found, known),
    }


def _layout_outputs(found: Mapping[str, Any], known: Mapping[str, Any]) -> Bag:
    layout = given(found, "timePartitioning rangePartitioning")
    if found.get("clustering"):
        layout["clusterings"] = found["clustering"].get("fields")
    inner = (known.get("timePartitioning") or {}).get("requirePartitionFilter")
    if found.get("requirePartitionFilter") and not inner:
        layout["requirePartitionFilter"] = True
    if "timePartitioning" in layout:
        filtered = bool(inner and found.get("requirePartitionFilter"))
        layout["timePartitioning"] = {**layout["timePartitioning"], "requirePartitionFilter": filtered}
    return layout


def _schema_output(found: Mapping[str, Any]) -> str | None:
    fields = (found.get("schema") or {}).get("fields")
    return compact(fields) if fields else None


def _external_output(found: Mapping[str, Any], known: Mapping[str, Any]) -> Bag:
    block = found.get("externalDataConfiguration")
    if not block:
        return {}
    stated = (known.get("externalDataConfiguration") or {}).get("schema")
    return {"externalDataConfiguration": {**block, "schema": stated}}
