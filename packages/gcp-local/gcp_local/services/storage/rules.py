"""What Google refuses in a bucket, beyond the shape: name, location, class, lifecycle, labels, soft delete."""

from __future__ import annotations

import re
from datetime import date

from gcp_local.services.errors import ApiError, Json

MULTI_REGIONS = ("US", "EU", "ASIA")
DUAL_REGIONS = ("NAM4", "EUR4", "EUR5", "EUR7", "EUR8", "ASIA1")
REGION = re.compile(
    r"(US-(CENTRAL1|EAST1|EAST4|EAST5|SOUTH1|WEST1|WEST2|WEST3|WEST4)"
    r"|NORTHAMERICA-(NORTHEAST1|NORTHEAST2|SOUTH1)|SOUTHAMERICA-(EAST1|WEST1)"
    r"|EUROPE-(CENTRAL2|NORTH1|NORTH2|SOUTHWEST1|WEST1|WEST2|WEST3|WEST4|WEST6|WEST8|WEST9|WEST10|WEST12)"
    r"|ASIA-(EAST1|EAST2|NORTHEAST1|NORTHEAST2|NORTHEAST3|SOUTH1|SOUTH2|SOUTHEAST1|SOUTHEAST2)"
    r"|AUSTRALIA-SOUTHEAST[12]|ME-(CENTRAL1|CENTRAL2|WEST1)|AFRICA-SOUTH1)"
)
CLASSES = (
    "STANDARD",
    "NEARLINE",
    "COLDLINE",
    "ARCHIVE",
    "MULTI_REGIONAL",
    "REGIONAL",
    "DURABLE_REDUCED_AVAILABILITY",
)
ACTIONS = ("Delete", "SetStorageClass", "AbortIncompleteMultipartUpload")
DAY = 24 * 60 * 60


def refuse(message: str, reason: str = "invalid") -> ApiError:
    """400 as the storage API words it."""
    return ApiError(400, message, reason=reason)


def check_name(name: str) -> None:
    """Raise 400 unless a bucket can have this name."""
    if not name:
        raise refuse("Required parameter: name", "required")
    longest = 222 if "." in name else 63
    parts = name.split(".")
    if (
        not 3 <= len(name) <= longest
        or not re.fullmatch(r"[a-z0-9][a-z0-9._-]*[a-z0-9]", name)
        or any(not part or len(part) > 63 for part in parts)
        or re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", name)
    ):
        raise refuse(f"Invalid bucket name: '{name}'")
    if name.startswith("goog") or "google" in name:
        raise refuse(f"Invalid bucket name: '{name}' (it must not contain 'google' or begin with 'goog')")
    if "." in name:
        raise ApiError(403, "The bucket you tried to create is a domain name owned by another user.")


def location_type(location: str) -> str:
    """`multi-region`, `dual-region` or `region`; raises 400 for an unknown location (upper case)."""
    if location in MULTI_REGIONS:
        return "multi-region"
    if location in DUAL_REGIONS:
        return "dual-region"
    if REGION.fullmatch(location):
        return "region"
    raise refuse(f"The specified location constraint is not valid: {location}")


def check_bucket(bucket: Json) -> None:
    """Raise 400 for the first value that Google does not take."""
    _one_of(bucket.get("storageClass", "STANDARD"), CLASSES, "storage class")
    access = bucket.get("iamConfiguration", {})
    _one_of(
        access.get("publicAccessPrevention", "inherited"),
        ("inherited", "enforced", "unspecified"),
        "public access prevention",
    )
    _one_of(bucket.get("rpo", "DEFAULT"), ("DEFAULT", "ASYNC_TURBO"), "rpo")
    _check_soft_delete(bucket)
    _check_labels(bucket.get("labels", {}))
    rules = bucket.get("lifecycle", {}).get("rule", [])
    if len(rules) > 100:
        raise refuse("A lifecycle configuration can have at most 100 rules.")
    for rule in rules:
        _check_rule(rule)


def _one_of(value: str, allowed: tuple[str, ...], what: str) -> None:
    if value not in allowed:
        raise refuse(f"Invalid {what}: '{value}'. Allowed: {', '.join(allowed)}.")


def _check_soft_delete(bucket: Json) -> None:
    if "softDeletePolicy" not in bucket:
        return
    seconds = int(bucket["softDeletePolicy"].get("retentionDurationSeconds", 0))
    if seconds != 0 and not 7 * DAY <= seconds <= 90 * DAY:
        raise refuse("Soft delete policy retention duration must be 0 or between 604800 and 7776000 seconds.")


def _check_labels(labels: dict[str, str]) -> None:
    if len(labels) > 64:
        raise refuse("A bucket can have at most 64 labels.")
    for key, value in labels.items():
        if not re.fullmatch(r"[^\W\dA-Z_][^\WA-Z]*(?:[-][^\WA-Z]*)*", key) or len(key) > 63:
            raise refuse(f"Invalid label key: '{key}'")
        if not re.fullmatch(r"(?:[^\WA-Z]|-){0,63}", value):
            raise refuse(f"Invalid label value: '{value}'")


def _check_rule(rule: Json) -> None:
    action, condition = rule.get("action", {}), rule.get("condition", {})
    _one_of(action.get("type", ""), ACTIONS, "lifecycle action")
    if action["type"] == "SetStorageClass":
        _one_of(action.get("storageClass", ""), CLASSES, "storage class of a lifecycle action")
    elif "storageClass" in action:
        raise refuse(f"A lifecycle action of type {action['type']} takes no storage class.")
    if not condition:
        raise refuse("At least one condition must be specified in a lifecycle rule.")
    for name, value in condition.items():
        if isinstance(value, int) and not isinstance(value, bool) and value < 0:
            raise refuse(f"Lifecycle condition {name} must not be negative.")
        if name.endswith("Before"):
            _check_date(name, value)


def _check_date(name: str, value: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise refuse(f"Lifecycle condition {name} must be a date: '{value}'") from None
