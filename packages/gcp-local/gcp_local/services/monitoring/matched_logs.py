"""Conditions that match log entries: which entries, with which labels extracted.

docs.cloud.google.com/logging/docs/alerting/log-based-alerts and .../log-based-incidents: an entry opens an incident
unless one of the same condition and labels is open; then it sends another notification of that one.
"""

from __future__ import annotations

import json

from gcp_local.services.errors import Json
from gcp_local.services.logs import extractors, query
from gcp_local.services.monitoring.incidents import Finding


def finding(condition: Json, entry: Json) -> Finding | None:
    """What the entry says to the condition; None when it does not match."""
    body = condition["conditionMatchedLog"]
    if not query.read(body["filter"])(entry):
        return None
    extracted = extractors.extract(body.get("labelExtractors", {}), entry)
    shown = ", ".join(f"{key}={value}" for key, value in entry["resource"]["labels"].items())
    return {
        "key": json.dumps(extracted, sort_keys=True),
        "resource": entry["resource"],
        "metric": {},
        "extracted": extracted,
        "summary": f"Log match condition fired for {entry['resource']['type']} with {{{shown}}}.",
        "value": "",
    }
