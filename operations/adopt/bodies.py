"""The provider's inputs of a declared resource in the form of the REST API, to be held against the live body."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Inputs = Mapping[str, Any]

# What the provider puts onto everything that can carry labels (pulumi-gcp, default labels of the provider).
PROVISIONED = {"goog-pulumi-provisioned": "true"}


def labels(inputs: Inputs) -> dict[str, str]:
    """Declared labels, with the provider's own."""
    return {**PROVISIONED, **(inputs.get("labels") or {})}


def _some(inputs: Inputs, *names: str) -> dict[str, Any]:
    return {name: inputs.get(name) for name in names}


def dataset(inputs: Inputs) -> dict[str, Any]:
    """Without location, which cannot change, and access, which is compared as a whole."""
    stated = _some(inputs, "friendlyName", "description", "maxTimeTravelHours")
    # Unstated they are taken off: every table made later would be deleted by itself, or lose its partitions.
    defaults = _some(inputs, "defaultTableExpirationMs", "defaultPartitionExpirationMs")
    return {**defaults, **stated, "labels": labels(inputs)}


def table(inputs: Inputs) -> dict[str, Any]:
    """What is not columns, partitioning or clustering."""
    return {
        **_some(inputs, "description", "requirePartitionFilter", "tableConstraints"),
        "labels": labels(inputs),
    }


def view(inputs: Inputs) -> dict[str, Any]:
    """Of a view or a materialized view."""
    body = {"description": inputs.get("description"), "labels": labels(inputs)}
    for name in ("view", "materializedView"):
        if inputs.get(name):
            body[name] = dict(inputs[name])
    return body


def routine(inputs: Inputs) -> dict[str, Any]:
    """By content: arguments, types and body."""
    return {
        **_some(inputs, "language", "description", "definitionBody"),
        # Stated and unsaid are the same there.
        "determinismLevel": inputs.get("determinismLevel"),
        "arguments": [_argument(argument) for argument in inputs.get("arguments") or ()],
        "returnType": _parsed(inputs.get("returnType")),
        "returnTableType": _parsed(inputs.get("returnTableType")),
    }


def signature(arguments: Any) -> str:
    """`(a INT64, OUT b STRING)` of a routine's arguments as the API holds them."""
    return "(" + ", ".join(_described(argument) for argument in arguments or ()) + ")"


def _described(argument: Mapping[str, Any]) -> str:
    kind = (argument.get("dataType") or {}).get("typeKind") or argument.get("argumentKind") or ""
    mode = argument.get("mode") if argument.get("mode") not in (None, "IN", "MODE_UNSPECIFIED") else ""
    return " ".join(part for part in (mode, argument.get("name"), kind) if part)


def _argument(argument: Mapping[str, Any]) -> dict[str, Any]:
    kind = argument.get("argumentKind")
    return {
        "name": argument.get("name"),
        "mode": argument.get("mode"),
        "argumentKind": None if kind == "FIXED_TYPE" else kind,
        "dataType": _parsed(argument.get("dataType")),
    }


def config(inputs: Inputs) -> dict[str, Any]:
    """Of a transfer config; the account is its owner."""
    return {
        **_some(inputs, "dataSourceId", "schedule", "scheduleOptions", "params", "disabled"),
        "ownerInfo": {"email": inputs.get("serviceAccountName")},
    }


def bucket(inputs: Inputs) -> dict[str, Any]:
    """Without the location, which cannot change."""
    rules = [{"action": rule["action"], "condition": rule["condition"]} for rule in inputs.get("lifecycleRules") or ()]
    return {
        "labels": labels(inputs),
        "storageClass": inputs.get("storageClass"),
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": inputs.get("uniformBucketLevelAccess")},
            "publicAccessPrevention": inputs.get("publicAccessPrevention"),
        },
        "lifecycle": {"rule": rules},
        "softDeletePolicy": inputs.get("softDeletePolicy"),
        "versioning": inputs.get("versioning"),
    }


def account(inputs: Inputs) -> dict[str, Any]:
    """Of a service account."""
    return _some(inputs, "displayName", "description", "disabled")


def channel(inputs: Inputs) -> dict[str, Any]:
    """Of a notification channel."""
    return _some(inputs, "type", "labels", "userLabels", "enabled")


def policy(inputs: Inputs) -> dict[str, Any]:
    """Of an alert policy; the API's fields have the inputs' names."""
    local = ("project", "displayName", "deletionPolicy")
    return {name: value for name, value in inputs.items() if name not in local}


def _parsed(text: Any) -> Any:
    return json.loads(text) if isinstance(text, str) and text else text


BODIES: Mapping[str, Callable[[Inputs], dict[str, Any]]] = {
    "dataset": dataset,
    "table": table,
    "view": view,
    "materialized_view": view,
    "routine": routine,
    "transfer_config": config,
    "bucket": bucket,
    "account": account,
    "channel": channel,
    "policy": policy,
}
