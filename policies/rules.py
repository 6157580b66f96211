"""The rules, each a function of one resource's inputs: what is wrong with it, and what to type instead.

A policy pack is shown what a program declares, never what an update would do with it (Pulumi's Analyzer protocol has no
steps). Replacing or deleting what holds data is therefore stopped in two places: here by protection, which makes every
engine refuse such a step, and in `operations.review.dangers`, which sees the steps of a preview.
"""

# Each rule is given the facts, whether it asks for them or not.
# ruff: noqa: ARG001

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Stands for what is known only after an update: pulumi sdk/go/common/resource/plugin/rpc.go, UnknownStringValue.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
PUBLIC = ("allUsers", "allAuthenticatedUsers")
# Those of before IAM, and their successors: docs.cloud.google.com/iam/docs/roles-overview#basic
BASIC_ROLES = ("roles/owner", "roles/editor", "roles/viewer", "roles/admin", "roles/writer", "roles/reader")
BACKUP_DAYS = 30
# cloud.google.com/kms/docs/locations; log buckets and identity pools lie nowhere in particular.
KMS_PLACES, EVERYWHERE = {"europe": "EU"}, "global"
# Programs lie in one region of a multi-region, with its data near by.
REGIONS = {"US": "us-", "EU": "europe-"}
LABELS = ("system", "environment", "owner")
DATASET, TABLE, BUCKET = "gcp:bigquery/dataset:Dataset", "gcp:bigquery/table:Table", "gcp:storage/bucket:Bucket"
TRANSFER = "gcp:bigquery/dataTransferConfig:DataTransferConfig"
JOB, INVOKER = "gcp:cloudrunv2/job:Job", "gcp:cloudrunv2/jobIamMember:JobIamMember"
COMPUTING = (JOB, INVOKER)
ALERT, CHANNEL = (
    "gcp:monitoring/alertPolicy:AlertPolicy",
    "gcp:monitoring/notificationChannel:NotificationChannel",
)
LABELLED = {
    **dict.fromkeys((DATASET, TABLE, BUCKET, JOB, "gcp:pubsub/topic:Topic"), "labels"),
    **dict.fromkeys((ALERT, CHANNEL), "userLabels"),
}
# What each type must say, beside the engine's own protection, so that Google keeps the data, too.
KEPT = {
    DATASET: ("deleteContentsOnDestroy", False),
    TABLE: ("deletionProtection", True),
    BUCKET: ("forceDestroy", False),
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as a program declares it: plain inputs in the provider's camelCase."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    protect: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the stack's configuration says: where it lies ('' when that is not known), and whether it keeps its data."""

    location: str = ""
    protects: bool = True


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with a resource and how to mend it."""

    policy: str
    says: str
    resource: str
    message: str
    fix: str


Found = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule: its name, what it says, and what finds (what is wrong, fix) in a resource."""

    name: str
    says: str
    find: Callable[[Resource, Facts], Found]


def violations(resource: Resource, facts: Facts) -> list[Violation]:
    """Everything that is wrong with a resource."""
    return [
        Violation(policy.name, policy.says, resource.name, message, fix)
        for policy in POLICIES
        for message, fix in policy.find(resource, facts)
    ]


def _protected(resource: Resource, facts: Facts) -> Found:
    if not facts.protects or resource.type not in KEPT or _is_view(resource):
        return
    if not resource.protect and (_is_retired(resource) or _holds_views_only(resource)):
        return
    if not resource.protect:
        yield f"{resource.name} holds data and is not protected", "protect=True in its ResourceOptions"
    key, value = KEPT[resource.type]
    if resource.inputs.get(key, value) is not value:
        yield f"{resource.name} has {key}: {json.dumps(not value)}", f"set it to {json.dumps(value)}"


def _backups(resource: Resource, facts: Facts) -> Found:
    if resource.type != BUCKET or _map(resource, "labels").get("component") != "backup":
        return
    ages = [
        rule["condition"]["age"]
        for rule in resource.inputs.get("lifecycleRules") or ()
        if rule.get("action", {}).get("type") == "Delete" and "age" in rule.get("condition", {})
    ]
    fix = f"one lifecycle rule that deletes after {BACKUP_DAYS} days or more (backupRetentionDays)"
    if not ages:
        yield f"{resource.name} keeps backups for ever", fix
    elif UNKNOWN not in ages and min(ages) < BACKUP_DAYS:
        yield f"{resource.name} keeps backups {min(ages):g} days only", fix


def _public(resource: Resource, facts: Facts) -> Found:
    if resource.type == BUCKET and resource.inputs.get("publicAccessPrevention") not in ("enforced", UNKNOWN):
        yield f"{resource.name} may be made public", 'public_access_prevention="enforced"'
    for member in sorted({text for text in _texts(resource.inputs) if text in PUBLIC}):
        yield f"{resource.name} lets {member} in: anybody on the internet", "name a group or an account"


def _basic_roles(resource: Resource, facts: Facts) -> Found:
    for role in sorted({text for text in _texts(resource.inputs) if text in BASIC_ROLES}):
        message = f"{resource.name} grants the basic role {role}, which reaches everything in the project"
        yield message, "grant a role of the one service that is needed"


def _schedules(resource: Resource, facts: Facts) -> Found:
    account = str(resource.inputs.get("serviceAccountName") or "")
    if resource.type == TRANSFER and account != UNKNOWN and not account.endswith(".iam.gserviceaccount.com"):
        yield f"{resource.name} runs as the person who deploys it", "service_account_name=the run account"


def _alerts(resource: Resource, facts: Facts) -> Found:
    if resource.type != ALERT:
        return
    if not resource.inputs.get("notificationChannels"):
        yield f"{resource.name} tells nobody", "give it a notification channel"
    documentation = resource.inputs.get("documentation") or {}
    if documentation != UNKNOWN and not str(documentation.get("content") or "").strip():
        yield f"{resource.name} does not say what to do", "write it into documentation"


def _labels(resource: Resource, facts: Facts) -> Found:
    if resource.type in LABELLED:
        key = LABELLED[resource.type]
        missing = [label for label in LABELS if not _map(resource, key).get(label)]
        if missing and resource.inputs.get(key) != UNKNOWN:
            yield f"{resource.name} has no label {', '.join(missing)}", "pass settings.labels"


def _location(resource: Resource, facts: Facts) -> Found:
    place = str(resource.inputs.get("location") or "")
    place = KMS_PLACES.get(place, place)
    if resource.type in COMPUTING and place.startswith(REGIONS.get(facts.location, facts.location)):
        return
    if facts.location and place not in ("", UNKNOWN, EVERYWHERE) and place.upper() != facts.location.upper():
        yield f"{resource.name} lies in {place}, the stack in {facts.location}", "location=settings.location"


POLICIES: Sequence[Policy] = (
    Policy("data-is-protected", "What holds data can be neither deleted nor replaced", _protected),
    Policy("backups-last", f"Backups are kept {BACKUP_DAYS} days or more, and not for ever", _backups),
    Policy("nothing-is-public", "Nothing is open to everybody", _public),
    Policy("no-basic-role", "Nobody is granted a role over the whole project", _basic_roles),
    Policy("schedules-have-an-account", "Scheduled queries run as an account, never as a person", _schedules),
    Policy("alerts-are-heard", "An alert tells somebody, and what to do", _alerts),
    Policy("everything-is-labelled", "What can carry labels names system, environment and owner", _labels),
    Policy("one-location", "Everything lies where the stack says", _location),
)


def _is_view(resource: Resource) -> bool:
    return "view" in resource.inputs or "materializedView" in resource.inputs


def _is_retired(resource: Resource) -> bool:
    # Loads the SQL parser, which a pack that finds nothing does without.
    from catalog.retirement import is_retired_table

    return resource.type == TABLE and is_retired_table(_map(resource, "labels"))


def _holds_views_only(resource: Resource) -> bool:
    from catalog.views_only import holds_views_only

    return resource.type == DATASET and holds_views_only(_map(resource, "labels"))


def _map(resource: Resource, key: str) -> Mapping[str, Any]:
    found = resource.inputs.get(key)
    return found if isinstance(found, Mapping) else {}


def _texts(value: Any, key: str = "") -> Iterator[str]:
    """Every text in the inputs, those of a whole IAM policy included, which is JSON in one text."""
    if isinstance(value, str):
        yield value
        if key == "policyData" and value.startswith("{"):
            yield from _texts(json.loads(value))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner, key)
