"""What holds data and is protected from deletion, as the engine has recorded it.

The program decides what is protected (`components/`); this module reads the state, where a teardown that ended early
shows on every machine.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from catalog.views_only import holds_views_only

HOLD_DATA = ("gcp:bigquery/dataset:Dataset", "gcp:bigquery/table:Table", "gcp:storage/bucket:Bucket")
# A view is a table to the provider, and holds nothing that its query cannot give back.
QUERIES = ("view", "materializedView")
NAMED = 3
UNPROTECTED = {"deletionProtection": False, "forceDestroy": True, "forceDelete": True}


def unprotected(resources: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names of the resources of a state that hold data and can be deleted."""
    return [name_of(resource) for resource in resources if holds_data(resource) and not resource.get("protect")]


def lifted(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state in which nothing is protected: what an update with protect: false would have recorded.

    The engine's flag, and those by which the provider refuses a deletion; none of them exists in the cloud
    (terraform-provider-google-beta, virtual fields: deletion_protection, force_destroy, force_delete).
    """
    changed: dict[str, Any] = copy.deepcopy(dict(state))
    for resource in (changed.get("deployment") or {}).get("resources") or ():
        resource.pop("protect", None)
        for bag in (resource.get("inputs") or {}, resource.get("outputs") or {}):
            bag.update({key: value for key, value in UNPROTECTED.items() if key in bag})
    return changed


def holds_data(resource: Mapping[str, Any]) -> bool:
    inputs = resource.get("inputs") or {}
    if any(inputs.get(key) for key in QUERIES) or holds_views_only(inputs.get("labels")):
        return False
    return resource.get("type") in HOLD_DATA


def name_of(resource: Mapping[str, Any]) -> str:
    """A resource's name in the program."""
    return str(resource.get("urn", "")).rpartition("::")[2]


def warning(stack: str, names: list[str]) -> str:
    """What is said of a stack that an earlier command left without protection."""
    listed = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return (
        f"warning: stack {stack} is unprotected: {len(names)} resources that hold data can be deleted ({listed})\n"
        f"  fix: eros up -s {stack} protects them again; eros destroy -s {stack} goes on destroying"
    )
