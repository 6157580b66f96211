"""A bucket between the provider's properties and Cloud Storage's JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gcp_local.provider import labels
from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.values import Bag

SITE: Final = "https://www.googleapis.com/storage/v1/b/"
SAME_NAME: Final = (
    "location storageClass versioning website cors logging encryption autoclass defaultEventBasedHold "
    "customPlacementConfig hierarchicalNamespace rpo ipFilter"
)
NUMBERS: Final = "age numNewerVersions daysSinceNoncurrentTime daysSinceCustomTime sizeAboveBytes sizeBelowBytes"
#: Conditions that mean something at zero, and the property that says that zero is meant.
ZERO_FLAGS: Final = {
    "age": "sendAgeIfZero",
    "numNewerVersions": "sendNumNewerVersionsIfZero",
    "daysSinceNoncurrentTime": "sendDaysSinceNoncurrentTimeIfZero",
    "daysSinceCustomTime": "sendDaysSinceCustomTimeIfZero",
}
LISTS: Final = {
    "matchesStorageClasses": "matchesStorageClass",
    "matchesPrefixes": "matchesPrefix",
    "matchesSuffixes": "matchesSuffix",
}
TIMES: Final = "createdBefore customTimeBefore noncurrentTimeBefore"


def build(wanted: Mapping[str, Any]) -> Bag:
    """The body of buckets.insert."""
    body: Bag = {"name": wanted["name"], "labels": wanted["effectiveLabels"], **pruned(given(wanted, SAME_NAME))}
    for name, (there, convert) in RENAMED.items():
        if wanted.get(name) not in (None, "", [], {}):
            body[there] = convert(wanted[name])
    access = _access(wanted)
    if access:
        body["iamConfiguration"] = access
    return body


def changes(wanted: Mapping[str, Any], former: Mapping[str, Any], changed: set[str]) -> Bag:
    """The body of buckets.patch: null takes a setting away."""
    body: Bag = {}
    for name in changed & set(SAME_NAME.split()):
        body[name] = pruned(wanted.get(name)) or None
    for name in changed & set(RENAMED):
        there, convert = RENAMED[name]
        value = wanted.get(name)
        body[there] = None if value in (None, "", [], {}) else convert(value)
    if changed & {"uniformBucketLevelAccess", "publicAccessPrevention"}:
        body["iamConfiguration"] = _access(wanted)
    if changed & {"labels", "effectiveLabels"}:
        gone = {key: None for key in former.get("effectiveLabels") or {} if key not in wanted["effectiveLabels"]}
        body["labels"] = {**wanted["effectiveLabels"], **gone}
    return body


def _access(wanted: Mapping[str, Any]) -> Bag:
    access: Bag = {}
    if wanted.get("uniformBucketLevelAccess") is not None:
        access["uniformBucketLevelAccess"] = {"enabled": wanted["uniformBucketLevelAccess"]}
    if wanted.get("publicAccessPrevention"):
        access["publicAccessPrevention"] = wanted["publicAccessPrevention"]
    return access


def _lifecycle(rules: list[Bag]) -> Bag:
    return {"rule": [{"action": pruned(rule["action"]), "condition": _condition(rule["condition"])} for rule in rules]}


def _condition(condition: Mapping[str, Any]) -> Bag:
    body = given(condition, TIMES)
    for name in NUMBERS.split():
        if condition.get(name) or (name in ZERO_FLAGS and condition.get(ZERO_FLAGS[name])):
            body[name] = condition.get(name) or 0
    body.update({there: condition[here] for here, there in LISTS.items() if condition.get(here)})
    if condition.get("withState") in ("LIVE", "ARCHIVED"):
        body["isLive"] = condition["withState"] == "LIVE"
    return body


def _retention(policy: Mapping[str, Any]) -> Bag:
    return {"retentionPeriod": policy["retentionPeriod"]}


def _soft_delete(policy: Mapping[str, Any]) -> Bag:
    return {"retentionDurationSeconds": str(policy.get("retentionDurationSeconds") or 0)}


RENAMED: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "lifecycleRules": ("lifecycle", _lifecycle),
    "retentionPolicy": ("retentionPolicy", _retention),
    "softDeletePolicy": ("softDeletePolicy", _soft_delete),
    "requesterPays": ("billing", lambda pays: {"requesterPays": pays}),
    "enableObjectRetention": ("objectRetention", lambda on: {"mode": "Enabled"} if on else None),
}


def outputs(found: Mapping[str, Any], known: Mapping[str, Any]) -> Bag:
    """What Cloud Storage says of a bucket, under the provider's names; `known` are former outputs or inputs."""
    access = found.get("iamConfiguration") or {}
    rules = (found.get("lifecycle") or {}).get("rule") or []
    known_rules = known.get("lifecycleRules") or []
    return {
        **given(found, f"{SAME_NAME} timeCreated updated projectNumber softDeletePolicy retentionPolicy"),
        **labels.flatten(found.get("labels") or {}, known.get("labels") or {}),
        "name": found["name"],
        "lifecycleRules": [_rule(rule, _at(known_rules, i)) for i, rule in enumerate(rules)],
        "uniformBucketLevelAccess": (access.get("uniformBucketLevelAccess") or {}).get("enabled", False),
        "publicAccessPrevention": access.get("publicAccessPrevention"),
        "requesterPays": (found.get("billing") or {}).get("requesterPays", False),
        "enableObjectRetention": (found.get("objectRetention") or {}).get("mode") == "Enabled",
        "hierarchicalNamespace": found.get("hierarchicalNamespace") or {"enabled": False},
        "selfLink": SITE + found["name"],
        "url": f"gs://{found['name']}",
    }


def _at(rules: list[Bag], position: int) -> Bag:
    return (rules[position].get("condition") or {}) if position < len(rules) else {}


def _rule(rule: Mapping[str, Any], known: Mapping[str, Any]) -> Bag:
    """A lifecycle rule; the flags for zeros are the program's, the cloud does not know them."""
    condition = rule.get("condition") or {}
    # 64-bit numbers are text in the API and numbers in outputs (resource_storage_bucket.go:1973).
    found = given(condition, TIMES) | {name: int(value) for name, value in given(condition, NUMBERS).items()}
    found.update({here: condition[there] for here, there in LISTS.items() if condition.get(there)})
    found.update({flag: known[flag] for flag in ZERO_FLAGS.values() if known.get(flag)})
    live = condition.get("isLive")
    found["withState"] = "ANY" if live is None else "LIVE" if live else "ARCHIVED"
    return {"action": rule.get("action"), "condition": found}
