"""Each rule of the policy pack, broken once; and what it lets pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from policies.rules import ALERT, BUCKET, CHANNEL, DATASET, POLICIES, TABLE, TRANSFER, UNKNOWN, Facts, Resource
from policies.rules import violations as found

FACTS = Facts("US", True)
LABELS = {"system": "eros", "environment": "prod", "owner": "data-platform"}
AGE_30 = [{"action": {"type": "Delete"}, "condition": {"age": 30.0}}]
SOUND: Mapping[str, Mapping[str, Any]] = {
    DATASET: {"location": "us", "labels": LABELS, "deleteContentsOnDestroy": False},
    TABLE: {"labels": LABELS, "deletionProtection": True, "schema": "[]"},
    BUCKET: {
        "location": "US",
        "labels": {**LABELS, "component": "backup"},
        "forceDestroy": False,
        "publicAccessPrevention": "enforced",
        "lifecycleRules": AGE_30,
    },
    TRANSFER: {"location": "us", "serviceAccountName": "eros-run@p.iam.gserviceaccount.com"},
    ALERT: {"userLabels": LABELS, "notificationChannels": [UNKNOWN], "documentation": {"content": "Look at it."}},
    CHANNEL: {"userLabels": LABELS},
    "gcp:projects/iAMMember:IAMMember": {"member": "group:a@example.com", "role": "roles/bigquery.jobUser"},
    "gcp:projects/iAMPolicy:IAMPolicy": {"policyData": '{"bindings": []}'},
}
MEMBER, POLICY = "gcp:projects/iAMMember:IAMMember", "gcp:projects/iAMPolicy:IAMPolicy"


def broken(type_: str, change: Mapping[str, Any], protect: bool = True, facts: Facts = FACTS) -> list[tuple[str, str]]:
    resource = Resource(type_, "thing", {**SOUND[type_], **change}, protect)
    return [(violation.policy, violation.message) for violation in found(resource, facts)]


@pytest.mark.parametrize("type_", SOUND)
def test_what_is_sound_breaks_nothing(type_: str) -> None:
    assert broken(type_, {}) == []


BREAKS: list[tuple[str, str, Mapping[str, Any], str]] = [
    ("data-is-protected", TABLE, {"deletionProtection": False}, "thing has deletionProtection: false"),
    ("data-is-protected", DATASET, {"deleteContentsOnDestroy": True}, "thing has deleteContentsOnDestroy: true"),
    ("data-is-protected", BUCKET, {"forceDestroy": True}, "thing has forceDestroy: true"),
    ("backups-last", BUCKET, {"lifecycleRules": []}, "thing keeps backups for ever"),
    (
        "backups-last",
        BUCKET,
        {"lifecycleRules": [*AGE_30, {"action": {"type": "Delete"}, "condition": {"age": 7}}]},
        "thing keeps backups 7 days only",
    ),
    ("nothing-is-public", MEMBER, {"member": "allUsers"}, "thing lets allUsers in: anybody on the internet"),
    (
        "nothing-is-public",
        DATASET,
        {"accesses": [{"role": "READER", "specialGroup": "allAuthenticatedUsers"}]},
        "thing lets allAuthenticatedUsers in: anybody on the internet",
    ),
    (
        "nothing-is-public",
        POLICY,
        {"policyData": json.dumps({"bindings": [{"role": "roles/x.y", "members": ["allUsers"]}]})},
        "thing lets allUsers in: anybody on the internet",
    ),
    ("nothing-is-public", BUCKET, {"publicAccessPrevention": "inherited"}, "thing may be made public"),
    *(
        (
            "no-basic-role",
            MEMBER,
            {"role": f"roles/{role}"},
            f"thing grants the basic role roles/{role}, which reaches everything in the project",
        )
        for role in ("owner", "editor", "viewer", "admin", "writer", "reader")
    ),
    ("schedules-have-an-account", TRANSFER, {"serviceAccountName": None}, "thing runs as the person who deploys it"),
    ("schedules-have-an-account", TRANSFER, {"serviceAccountName": "a@b.com"}, "thing runs as the person who deploys"),
    ("alerts-are-heard", ALERT, {"notificationChannels": []}, "thing tells nobody"),
    ("alerts-are-heard", ALERT, {"documentation": {"content": " "}}, "thing does not say what to do"),
    ("everything-is-labelled", TABLE, {"labels": {"system": "eros"}}, "thing has no label environment, owner"),
    ("everything-is-labelled", CHANNEL, {"userLabels": {}}, "thing has no label system, environment, owner"),
    ("one-location", TRANSFER, {"location": "europe-west1"}, "thing lies in europe-west1, the stack in US"),
]


@pytest.mark.parametrize(("policy", "type_", "change", "message"), BREAKS)
def test_what_breaks_a_rule_is_named_and_nothing_else_is(
    policy: str, type_: str, change: Mapping[str, Any], message: str
) -> None:
    ((name, said),) = broken(type_, change)
    assert (name, message in said) == (policy, True), said


def test_every_rule_is_broken_somewhere_above_and_says_what_to_type() -> None:
    assert {policy for policy, *_ in BREAKS} == {policy.name for policy in POLICIES}
    for _, type_, change, _ in BREAKS:
        for violation in found(Resource(type_, "thing", {**SOUND[type_], **change}, True), FACTS):
            assert violation.fix
            assert violation.says


@pytest.mark.parametrize("type_", [TABLE, DATASET, BUCKET])
def test_what_holds_data_wants_the_engines_protection_too(type_: str) -> None:
    assert broken(type_, {}, protect=False) == [("data-is-protected", "thing holds data and is not protected")]


@pytest.mark.parametrize("query", ["view", "materializedView"])
def test_a_view_holds_nothing(query: str) -> None:
    assert broken(TABLE, {query: {"query": "SELECT 1"}, "deletionProtection": False}, protect=False) == []


def test_a_table_that_was_announced_as_retired_may_go() -> None:
    retired = {"labels": {**LABELS, "lifecycle": "retired"}, "deletionProtection": False}
    assert broken(TABLE, retired, protect=False) == []
    bucket = {"labels": {**LABELS, "lifecycle": "retired"}}
    assert broken(BUCKET, bucket, protect=False) == [("data-is-protected", "thing holds data and is not protected")]


def test_a_throw_away_stack_protects_nothing_and_keeps_to_the_rest() -> None:
    throw_away = Facts("US", protects=False)
    assert broken(BUCKET, {"forceDestroy": True}, protect=False, facts=throw_away) == []
    assert broken(BUCKET, {"location": "EU"}, protect=False, facts=throw_away) == [
        ("one-location", "thing lies in EU, the stack in US")
    ]


@pytest.mark.parametrize(
    ("type_", "change"),
    [
        (TRANSFER, {"serviceAccountName": UNKNOWN, "location": UNKNOWN}),
        (ALERT, {"documentation": UNKNOWN, "notificationChannels": UNKNOWN, "userLabels": UNKNOWN}),
        (BUCKET, {"publicAccessPrevention": UNKNOWN, "labels": UNKNOWN}),
    ],
)
def test_what_is_known_only_after_the_update_is_looked_at_then(type_: str, change: Mapping[str, Any]) -> None:
    assert broken(type_, change) == []
