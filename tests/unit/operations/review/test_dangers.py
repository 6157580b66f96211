"""A preview's steps in words, and what is dangerous in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.review.dangers import Danger, broken, dangers
from operations.review.previewed import Plan
from policies.rules import Facts

TABLE, ROUTINE = "gcp:bigquery/table:Table", "gcp:bigquery/routine:Routine"
DATASET, BUCKET = "gcp:bigquery/dataset:Dataset", "gcp:storage/bucket:Bucket"
SCHEDULE = "gcp:bigquery/dataTransferConfig:DataTransferConfig"
POLICY, CHANNEL = "gcp:monitoring/alertPolicy:AlertPolicy", "gcp:monitoring/notificationChannel:NotificationChannel"
MEMBER, ROLE = "gcp:projects/iAMMember:IAMMember", "gcp:projects/iAMCustomRole:IAMCustomRole"
ID, NOTE = {"name": "id", "type": "INTEGER", "mode": "NULLABLE"}, {"name": "note", "type": "STRING", "mode": "NULLABLE"}


def entry(
    op: str, type_: str, before: dict[str, Any] | None, after: dict[str, Any] | None, *reasons: str
) -> dict[str, Any]:
    urn = f"urn:pulumi:prod::eros-platform::eros:platform:X${type_}::thing"
    states = {
        name: {"urn": urn, "custom": True, "type": type_, "inputs": inputs}
        for name, inputs in (("oldState", before), ("newState", after))
        if inputs is not None
    }
    return {"op": op, "urn": urn, **states, **({"diffReasons": list(reasons)} if reasons else {})}


def found(*entries: dict[str, Any]) -> list[Danger]:
    return list(dangers(Plan.read({"steps": list(entries)})))


def schema(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"schema": json.dumps(fields)}


@pytest.mark.parametrize(
    ("type_", "inputs", "kind"),
    [
        (TABLE, {}, "table"),
        (TABLE, {"view": {"query": "SELECT 1"}}, "view"),
        (TABLE, {"materializedView": {"query": "SELECT 1"}}, "materialized view"),
        (ROUTINE, {"routineType": "PROCEDURE"}, "procedure"),
        (ROUTINE, {"routineType": "TABLE_VALUED_FUNCTION"}, "table function"),
        (SCHEDULE, {}, "schedule"),
        (MEMBER, {}, "grant"),
        (ROLE, {}, "role"),
        ("gcp:bigquery/iamMember:IamMember", {}, "grant"),
    ],
)
def test_resources_are_called_what_they_are(type_: str, inputs: dict[str, Any], kind: str) -> None:
    (step,) = Plan.read({"steps": [entry("create", type_, None, inputs)]}).steps
    assert (step.op, step.kind, step.name) == ("create", kind, "thing")


def test_components_providers_and_what_stays_are_no_steps_and_a_replacement_is_one() -> None:
    component = {"op": "create", "urn": "a::b", "newState": {"custom": False, "type": "eros:platform:X"}}
    provider = {"op": "update", "urn": "a::c", "newState": {"custom": True, "type": "pulumi:providers:gcp"}}
    replacement = [entry(op, TABLE, {}, {}) for op in ("create-replacement", "replace", "delete-replaced")]
    plan = Plan.read({"steps": [component, provider, entry("same", TABLE, {}, {}), *replacement]})
    assert [step.op for step in plan.steps] == ["replace"]


def test_why_a_program_refuses_is_read_from_both_engines() -> None:
    cli = [
        {"severity": "error", "message": "error: nothing was changed:\nsql/x.sql:1: bad\n  fix: y\n"},
        {
            "severity": "error",
            "message": "error: an unhandled error occurred: program exited with non-zero exit code: 1",
        },
        {"severity": "warning", "message": "w"},
    ]
    embedded = [{"severity": "error", "message": "nothing was changed:\nsql/x.sql:1: bad\n  fix: y"}]
    for said in (cli, embedded):
        assert Plan.read({"diagnostics": said}).refusals == ("nothing was changed:\nsql/x.sql:1: bad\n  fix: y",)


@pytest.mark.parametrize(
    ("change", "level", "title"),
    [
        (entry("delete", TABLE, {}, None), "refused", "table thing would be deleted"),
        (entry("replace", TABLE, {}, {}, "schema"), "refused", "table thing would be replaced"),
        (entry("delete", TABLE, {"labels": {"lifecycle": "retired"}}, None), "care", "table thing would be deleted"),
        (entry("delete", DATASET, {}, None), "refused", "dataset thing would be deleted"),
        (entry("delete", BUCKET, {}, None), "refused", "bucket thing would be deleted"),
        (
            entry("update", TABLE, {"deletionProtection": True}, {"deletionProtection": False}, "deletionProtection"),
            "care",
            "thing loses its deletion protection",
        ),
        (
            entry("update", TABLE, schema(ID, NOTE), schema(ID), "schema"),
            "refused",
            "column note is in the table and not in the file",
        ),
        (
            entry("update", TABLE, schema(ID, {**NOTE, "description": "RETIRED: why"}), schema(ID), "schema"),
            "care",
            "column note is retired and dropped with its values",
        ),
        (
            entry("update", TABLE, schema(ID), schema({**ID, "type": "STRING"}), "schema"),
            "refused",
            "type of id from INT64 to STRING",
        ),
        (
            entry("create", MEMBER, None, {"member": "user:a@example.com", "role": "roles/bigquery.jobUser"}),
            "care",
            "user:a@example.com gets roles/bigquery.jobUser",
        ),
        (
            entry("replace", MEMBER, {"member": "user:a", "role": "x.one"}, {"member": "user:a", "role": "x.two"}),
            "care",
            "user:a gets x.two instead of x.one",
        ),
        (
            entry(
                "update",
                DATASET,
                {"accesses": [{"role": "READER", "groupByEmail": "g@example.com"}]},
                {
                    "accesses": [
                        {"role": "READER", "groupByEmail": "g@example.com"},
                        {"role": "OWNER", "userByEmail": "new@example.com"},
                    ]
                },
                "accesses",
            ),
            "care",
            "new@example.com gets OWNER",
        ),
        (
            entry("update", ROLE, {"permissions": ["a.b"]}, {"permissions": ["a.b", "c.d"]}, "permissions"),
            "care",
            "role thing gets 1 permissions more",
        ),
        (entry("delete", SCHEDULE, {}, None), "care", "schedule thing would be deleted"),
        (
            entry("update", SCHEDULE, {"disabled": False}, {"disabled": True}, "disabled"),
            "care",
            "schedule thing is disabled",
        ),
        (
            entry(
                "update",
                SCHEDULE,
                {"schedule": "every 6 hours from 00:23 to 23:59"},
                {"schedule": "every 12 hours from 00:23 to 23:59"},
                "schedule",
            ),
            "care",
            "schedule thing runs 14 instead of 28 times a week",
        ),
        (entry("delete", POLICY, {}, None), "care", "alert policy thing goes"),
        (entry("update", POLICY, {"enabled": True}, {"enabled": False}, "enabled"), "care", "thing is switched off"),
        (
            entry(
                "update", POLICY, {"notificationChannels": ["a"]}, {"notificationChannels": []}, "notificationChannels"
            ),
            "refused",
            "thing tells 0 channels instead of 1",
        ),
        (entry("replace", CHANNEL, {}, {}), "care", "channel thing would be replaced"),
        (
            entry(
                "update",
                BUCKET,
                {"lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"age": 30}}]},
                {"lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"age": 7}}]},
                "lifecycleRules",
            ),
            "care",
            "backups are kept 7 days instead of 30 days",
        ),
    ],
)
def test_each_danger_is_named_with_its_level(change: dict[str, Any], level: str, title: str) -> None:
    (danger,) = found(change)
    assert (danger.level, danger.title) == (level, title)
    assert danger.why


@pytest.mark.parametrize(
    "change",
    [
        entry("delete", TABLE, {"view": {"query": "SELECT 1"}}, None),
        entry("update", TABLE, schema(ID), schema(ID, NOTE), "schema"),
        entry("update", ROUTINE, {"routineType": "PROCEDURE"}, {"routineType": "PROCEDURE"}, "definitionBody"),
        entry("create", SCHEDULE, None, {"schedule": "every 1 hours from 00:41 to 23:59"}),
        entry(
            "update",
            SCHEDULE,
            {"schedule": "every 12 hours from 00:23 to 23:59"},
            {"schedule": "every 6 hours from 00:23 to 23:59"},
            "schedule",
        ),
        entry("create", POLICY, None, {"notificationChannels": ["a"]}),
        entry("update", DATASET, {"accesses": [{"role": "READER", "domain": "x"}]}, {"accesses": []}, "accesses"),
    ],
)
def test_what_loses_nothing_stops_nothing_and_lets_nobody_in_is_no_danger(change: dict[str, Any]) -> None:
    assert found(change) == []


def test_what_is_refused_comes_first() -> None:
    levels = [
        danger.level
        for danger in found(
            {**entry("delete", SCHEDULE, {}, None), "urn": "a::one"},
            {**entry("delete", TABLE, {}, None), "urn": "a::two"},
        )
    ]
    assert levels == ["refused", "care"]


def test_what_breaks_a_policy_is_refused_and_said_once() -> None:
    public = entry("create", MEMBER, None, {"member": "allUsers", "role": "roles/bigquery.dataViewer"})
    basic = entry("create", MEMBER, None, {"member": "user:a@example.com", "role": "roles/editor"})
    gone = entry("delete", MEMBER, {"member": "allUsers", "role": "roles/editor"}, None)
    refused: list[Danger] = []
    for step in (public, basic, gone):
        assert found(step) == []
        refused += broken(Plan.read({"steps": [step]}), Facts())
    assert [(danger.level, danger.title) for danger in refused] == [
        ("refused", "thing lets allUsers in: anybody on the internet"),
        ("refused", "thing grants the basic role roles/editor, which reaches everything in the project"),
    ]
    assert all(danger.way for danger in refused)


def test_protection_is_read_from_the_plan() -> None:
    labels = {"system": "a", "environment": "b", "owner": "c"}
    table = entry("update", TABLE, {"labels": labels}, {"labels": labels, "deletionProtection": True})
    (danger,) = broken(Plan.read({"steps": [table]}), Facts())
    assert danger.title == "thing holds data and is not protected"
    table["newState"]["protect"] = True
    assert broken(Plan.read({"steps": [table]}), Facts()) == ()
