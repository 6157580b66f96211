"""What an authoritative access list would give and take: nobody loses access unseen.

Only where the program states a list; members that are granted one by one leave the others alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# A dataset spells its three oldest roles in a short form.
SHORT = {
    "roles/bigquery.dataOwner": "OWNER",
    "roles/bigquery.dataEditor": "WRITER",
    "roles/bigquery.dataViewer": "READER",
}
KEYS = ("userByEmail", "groupByEmail", "domain", "specialGroup", "iamMember", "view", "dataset", "routine")
PARTS = ("projectId", "datasetId", "tableId", "routineId")


def changes(inputs: Mapping[str, Any], live: Mapping[str, Any]) -> Iterator[str]:
    """A line for each entry that appears or goes."""
    stated = inputs.get("accesses")
    if not stated:
        return
    wanted, found = {_entry(one) for one in stated}, {_entry(one) for one in live.get("access") or ()}
    for entry in sorted(wanted - found):
        yield f"access: + {entry}"
    for entry in sorted(found - wanted):
        yield f"access: - {entry}"


def _entry(one: Mapping[str, Any]) -> str:
    """`READER user ann@example.com`, in one spelling."""
    role = SHORT.get(str(one.get("role")), str(one.get("role") or "authorised"))
    key = next((key for key in KEYS if one.get(key)), "")
    value = one.get(key)
    if isinstance(value, Mapping):
        reference = value.get("dataset") or value
        value = ".".join(str(reference[part]) for part in PARTS if part in reference)
        return f"{role} {key} {value}"
    return f"{role} {key} {str(value).lower()}"
