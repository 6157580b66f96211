"""What must hold for every stack, as sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
import yaml

from tests.stack.conftest import Program, Registered

TABLE, ROUTINE = "gcp:bigquery/table:Table", "gcp:bigquery/routine:Routine"
POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
DATASET, TRANSFER = "gcp:bigquery/dataset:Dataset", "gcp:bigquery/dataTransferConfig:DataTransferConfig"
BUCKET, SERVICE = "gcp:storage/bucket:Bucket", "gcp:projects/service:Service"
LOGICAL = re.compile(r"`eros_scheduling_brain\.\w+`")


def stateful(program: Program) -> dict[str, Registered]:
    """Tables with rows of their own: no views."""
    return {
        name: item
        for name, item in program.of(TABLE).items()
        if "view" not in item.inputs and "materializedView" not in item.inputs
    }


def test_everything_that_holds_data_is_protected_twice(prod: Program) -> None:
    assert stateful(prod)
    for item in stateful(prod).values():
        assert item.protect, item.name
        assert item.inputs["deletionProtection"] is True, item.name
    assert prod.dataset.protect
    assert prod.dataset.inputs["deleteContentsOnDestroy"] is False
    for bucket in prod.of(BUCKET).values():
        assert bucket.protect
        assert bucket.inputs["forceDestroy"] is False


def test_protect_false_lifts_both_protections_everywhere(run_program: Callable[..., Program]) -> None:
    program = run_program("prod", protect="false")
    assert not [item.name for item in program.resources if item.protect]
    assert not [item.name for item in stateful(program).values() if item.inputs["deletionProtection"]]
    assert {bucket.inputs["forceDestroy"] for bucket in program.of(BUCKET).values()} == {True}


def test_nothing_that_can_be_computed_again_is_protected(prod: Program) -> None:
    views = prod.of(TABLE).keys() - stateful(prod).keys()
    assert views
    assert not [name for name in (*views, *prod.of(ROUTINE)) if {**prod.of(TABLE), **prod.of(ROUTINE)}[name].protect]


def of_google(program: Program) -> list[Registered]:
    """What lies in Google Cloud: everything but the provider and the components."""
    found = [item for item in program.resources if item.type.startswith("gcp:")]
    others = {item.type.split(":")[0] for item in program.resources if item not in found}
    assert (len(found) > 150, others) == (True, {"pulumi", "eros"})
    return found


def test_every_child_lies_in_a_component_and_uses_the_explicit_provider(prod: Program) -> None:
    (google,) = prod.of("pulumi:providers:gcp").values()
    for item in of_google(prod):
        assert "eros:platform:" in item.parent, item.urn
        assert item.provider.startswith(f"{google.urn}::"), item.urn


def test_every_resource_of_the_project_names_it(prod: Program) -> None:
    # They name the account with its project, and a bucket, whose name is global.
    without = {"gcp:serviceaccount/iAMMember:IAMMember", "gcp:storage/bucketIAMMember:BucketIAMMember"}
    named = [item for item in of_google(prod) if item.type not in without]
    assert len(named) == len(of_google(prod)) - 7
    for item in named:
        assert item.inputs["project"] == "of-scheduler-proj", item.urn


def test_sources_are_created_only_when_the_stack_manages_them(
    run_program: Callable[..., Program], prod: Program
) -> None:
    managed = run_program("prod", manageSources="true")
    added = stateful(managed).keys() - stateful(prod).keys()
    assert added == {
        "mass_messages", "caption_bank", "captions", "creator_content_inventory", "active_creators", "import_history",
    }  # fmt: skip


def test_source_tables_that_are_missing_stop_the_program_before_it_registers_anything(
    run_program: Callable[..., Program],
) -> None:
    with pytest.raises(
        pulumi.RunError, match=r"sql/tables/mass_messages\.sql: source table mass_messages does not exist"
    ):
        run_program("prod", live={}, manageSources="false")


def test_a_renamed_object_is_declared_read_and_exported_under_its_physical_name(
    run_program: Callable[..., Program],
) -> None:
    names = {"platform_mutex": "mutex_v2", "la_hour": "hour_v2", "sweep_expired_caption_locks": "sweep_v2"}
    program = run_program("prod", manageSources="true", objectNames=json.dumps(names))
    assert program.of(TABLE)["platform_mutex"].inputs["tableId"] == "mutex_v2"
    assert program.of(ROUTINE)["la_hour"].inputs["routineId"] == "hour_v2"
    assert program.outputs["objectNames"] == names
    texts = [item.inputs["definitionBody"] for item in program.of(ROUTINE).values()]
    texts += [item.inputs["params"]["query"] for item in program.of(TRANSFER).values()]
    texts += [item.inputs["view"]["query"] for item in program.of(TABLE).values() if "view" in item.inputs]
    dataset = "of-scheduler-proj.eros_scheduling_brain"
    for logical, physical in names.items():
        assert any(f"`{dataset}.{physical}`" in text for text in texts), physical
        assert not [text for text in texts if f"`{dataset}.{logical}`" in text], logical


def test_sources_of_another_dataset_are_read_there_and_nowhere_else(run_program: Callable[..., Program]) -> None:
    program = run_program("prod", sourceDataset="etl_data")
    read = {(call["datasetId"], call["tableId"]) for call in program.reads if "tableId" in call}
    assert {table for dataset, table in read if dataset == "etl_data"} >= {"mass_messages", "caption_bank"}
    queries = [item.inputs["view"]["query"] for item in program.of(TABLE).values() if "view" in item.inputs]
    assert any("`of-scheduler-proj.etl_data.caption_bank`" in query for query in queries)
    assert not [query for query in queries if "eros_scheduling_brain.caption_bank`" in query]
    assert program.outputs["sourceDataset"] == "etl_data"


def test_an_unknown_logical_name_stops_the_program(run_program: Callable[..., Program]) -> None:
    with pytest.raises(pulumi.RunError, match=r"objectNames\.captoins: no file below sql/ declares captoins"):
        run_program("prod", objectNames='{"captoins": "x"}')


def test_outputs_of_an_older_release_are_enough_for_operations(prod: Program) -> None:
    from operations.placement import placement
    from outputs import StackOutputs

    older = {key: value for key, value in prod.outputs.items() if key not in ("sourceDataset", "objectNames")}
    place = placement(StackOutputs.read("prod", older))
    assert str(place.address("captions")) == "of-scheduler-proj.eros_scheduling_brain.captions"


def test_labels_say_system_environment_and_owner(prod: Program) -> None:
    for item in (prod.dataset, *prod.of(BUCKET).values(), *prod.of(TABLE).values()):
        assert (
            item.inputs["labels"].items() >= {"system": "eros", "environment": "prod", "owner": "data-platform"}.items()
        )
        assert all(re.fullmatch(r"[a-z0-9_-]*", value) for value in item.inputs["labels"].values())


def test_services_are_never_disabled_with_the_stack(prod: Program) -> None:
    assert prod.of(SERVICE)
    assert all(item.inputs["disableOnDestroy"] is False for item in prod.of(SERVICE).values())


def test_deployed_sql_names_project_and_physical_dataset(run_program: Callable[..., Program]) -> None:
    program = run_program("prod", manageSources="true", dataset="eros_two")
    texts = [item.inputs["definitionBody"] for item in program.of(ROUTINE).values()]
    texts += [item.inputs["view"]["query"] for item in program.of(TABLE).values() if "view" in item.inputs]
    texts += [item.inputs["params"]["query"] for item in program.of(TRANSFER).values()]
    assert any("`of-scheduler-proj.eros_two." in text for text in texts)
    for text in texts:
        assert not LOGICAL.search(text)
        assert "eros_scheduling_brain" not in text
        assert text == text.strip()


def test_views_say_that_they_are_standard_sql(prod: Program) -> None:
    views = [item.inputs["view"] for item in prod.of(TABLE).values() if "view" in item.inputs]
    assert views
    assert all(view["useLegacySql"] is False for view in views)


def code(sql: str) -> str:
    """SQL without comments and string literals: what is named there is read by nobody."""
    return re.sub(r"--[^\n]*|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", " ", sql)


def test_an_object_waits_for_every_object_that_it_names(run_program: Callable[..., Program]) -> None:
    program = run_program("prod", manageSources="true")
    objects = {**program.of(TABLE), **program.of(ROUTINE)}
    named = re.compile(r"`of-scheduler-proj\.eros_scheduling_brain\.(\w+)`")
    edges = [(item, name) for item in objects.values() for name in set(named.findall(code(sql_of(item)))) - {item.name}]
    assert len(edges) > 200
    early = [(item.name, name) for item, name in edges if not waits(item, objects[name], objects)]
    assert early == []


def sql_of(item: Registered) -> str:
    inner = item.inputs.get("view") or item.inputs.get("materializedView") or {}
    return str(item.inputs.get("definitionBody") or inner.get("query") or "")


def waits(item: Registered, other: Registered, objects: dict[str, Registered]) -> bool:
    """Whether the engine makes `other` first: it is depended on, at once or through others."""
    by_urn = {each.urn: each for each in objects.values()}
    seen: set[str] = set()
    waiting = [item]
    while waiting:
        for urn in waiting.pop().depends_on - seen:
            seen.add(urn)
            if urn in by_urn:
                waiting.append(by_urn[urn])
    return other.urn in seen


def test_transfers_run_as_the_account_and_after_everything_that_they_need(prod: Program) -> None:
    transfers = prod.of(TRANSFER)
    assert {item.inputs["dataSourceId"] for item in transfers.values()} == {"scheduled_query"}
    grants = {item.urn for item in prod.resources if item.type.rsplit(":", 1)[-1].lower() == "iammember"}
    assert len(grants) >= 20
    for item in transfers.values():
        assert item.inputs["location"] == prod.dataset.inputs["location"]
        assert "destinationDatasetId" not in item.inputs
        assert set(item.inputs["params"]) == {"query"}
        assert grants <= item.depends_on, item.name
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:[0-5]\d:00Z", item.inputs["scheduleOptions"]["startTime"])
        assert item.inputs["scheduleOptions"]["startTime"][14:16] != "00", "off the hour: on it, runs may fire twice"


@pytest.mark.parametrize(
    ("name", "days", "storage_class"), [("backups-bucket", 30, "STANDARD"), ("backups-archive", 730, "ARCHIVE")]
)
def test_backups_go_after_thirty_days_archives_after_two_years_and_both_are_private(
    prod: Program, name: str, days: int, storage_class: str
) -> None:
    bucket = prod.of(BUCKET)[name].inputs
    assert bucket["lifecycleRules"] == [{"action": {"type": "Delete"}, "condition": {"age": days}}]
    assert bucket["softDeletePolicy"] == {"retentionDurationSeconds": 0}
    assert bucket["versioning"] == {"enabled": False}
    assert bucket["uniformBucketLevelAccess"] is True
    assert bucket["publicAccessPrevention"] == "enforced"
    assert bucket["storageClass"] == storage_class


def test_the_archive_has_a_retention_of_its_own(run_program: Callable[..., Program]) -> None:
    buckets = run_program("prod", backupRetentionDays="7", archiveRetentionDays="3650", archiveBucket="cellar").of(
        BUCKET
    )
    ages = {name: bucket.inputs["lifecycleRules"][0]["condition"]["age"] for name, bucket in buckets.items()}
    assert ages == {"backups-bucket": 7, "backups-archive": 3650}
    assert buckets["backups-archive"].inputs["name"] == "cellar"


def test_a_failed_run_reaches_the_recipients_of_its_schedule_with_its_severity(
    run_program: Callable[..., Program],
) -> None:
    devops, data = "ops@example.com", "data@example.com"
    program = run_program("prod", alertRecipients=json.dumps({"devops": devops, "data-team": data}))
    addresses = {
        f"projects/p/notificationChannels/{name}": item.inputs["labels"]["email_address"]
        for name, item in program.of("gcp:monitoring/notificationChannel:NotificationChannel").items()
    }
    own = program.of("gcp:monitoring/notificationChannel:NotificationChannel")["monitoring-email"]
    told = {}
    failed = [item for name, item in program.of(POLICY).items() if name.endswith("-failed")]
    for policy in failed:
        (condition,) = policy.inputs["conditions"]
        threshold = condition["conditionThreshold"]
        name = threshold["filter"].rsplit('config_id = "schedules-', 1)[-1].rstrip('"')
        assert 'resource.type = "bigquery_dts_config"' in threshold["filter"]
        assert 'completion_state = "FAILED"' in threshold["filter"]
        assert threshold["trigger"] == {"count": 1}
        assert policy.inputs["alertStrategy"] == {"autoClose": "1800s", "notificationPrompts": ["OPENED", "CLOSED"]}
        assert f"eros schedules -s prod run {name}" in policy.inputs["documentation"]["content"]
        told[name] = (
            policy.inputs["severity"],
            sorted(addresses[each] for each in policy.inputs["notificationChannels"]),
        )
    assert told == {
        "update_caption_performance": ("ERROR", [data, devops]),
        "sweep_expired_caption_locks": ("WARNING", [devops]),
        "daily_automation": ("CRITICAL", sorted([devops, own.inputs["labels"]["email_address"]])),
        "cost_report": ("WARNING", [devops]),
        "pool_health_daily": ("WARNING", [data]),
        "backup_export": ("CRITICAL", [devops]),
        "health_check": ("ERROR", [devops]),
    }


def test_recipients_without_an_address_share_the_stacks_own(prod: Program) -> None:
    assert list(prod.of("gcp:monitoring/notificationChannel:NotificationChannel")) == ["monitoring-email"]
    for policy in prod.of("gcp:monitoring/alertPolicy:AlertPolicy").values():
        assert policy.inputs["notificationChannels"] == ["projects/p/notificationChannels/monitoring-email"]


def test_an_address_for_a_name_that_nobody_alerts_is_refused(run_program: Callable[..., Program]) -> None:
    with pytest.raises(pulumi.RunError, match="no schedule alerts devop\\n  fix: name one of data-team, devops"):
        run_program("prod", alertRecipients=json.dumps({"devop": "ops@example.com"}))


def test_reference_data_is_in_views_and_nothing_is_a_job(prod: Program) -> None:
    """A job's id stays taken for months, and nobody looks at how the job ended."""
    assert not [item.name for item in prod.resources if item.type == "gcp:bigquery/job:Job"]
    held = {name: item.inputs["view"]["query"] for name, item in prod.of(TABLE).items() if "view" in item.inputs}
    assert "'Christmas Day'" in held["declared_holidays"]
    assert "'caption_restrictions_enabled'" in held["declared_flags"]


def test_outputs_name_everything_that_operations_need(prod: Program) -> None:
    from outputs import StackOutputs

    outputs = StackOutputs.read("prod", prod.outputs)
    assert outputs.dataset == "eros_scheduling_brain"
    assert set(outputs.schedules) == {name.removeprefix("schedules-") for name in prod.of(TRANSFER)}
    assert set(outputs.routines) == set(prod.of(ROUTINE))
    assert set(outputs.tables) == set(stateful(prod))
    policies = outputs.alert_policies.keys()
    assert policies >= {*(outputs.schedules.keys() - {"alert_evaluation"}), "daily_cost CRITICAL", "evaluator silent"}


def live_schema(prod: Program, table: str, change: Callable[[list[Any]], object]) -> dict[str, Any]:
    item = prod.of(TABLE)[table].inputs
    columns = json.loads(item["schema"])
    change(columns)
    partitioning = item.get("timePartitioning")
    return {
        table: {
            "schema": json.dumps(columns),
            "clusterings": item.get("clusterings", []),
            "timePartitionings": [partitioning] if partitioning else [],
            "rangePartitionings": [],
        }
    }


def test_a_column_that_is_new_and_required_is_refused_with_the_two_release_way(
    run_program: Callable[..., Program],
) -> None:
    prod = run_program("prod", manageSources="true")
    live = live_schema(prod, "caption_bandit_stats", lambda columns: columns.pop(0))
    with pytest.raises(pulumi.RunError, match=r"(?s)nothing was changed.*caption_bandit_stats.*caption_id.*release"):
        run_program("prod", live=live, manageSources="true")


def test_a_nullable_column_may_be_added(run_program: Callable[..., Program]) -> None:
    prod = run_program("prod", manageSources="true")
    live = live_schema(prod, "caption_bandit_stats", lambda columns: columns.pop(-1))
    assert run_program("prod", live=live, manageSources="true").resources


def test_the_committed_stack_files_state_only_known_keys() -> None:
    from operations.project import find_root

    root = find_root()
    known = yaml.safe_load((root / "Pulumi.yaml").read_text())["config"].keys()
    stated_in = sorted(root.glob("Pulumi.*.yaml"))
    assert [path.name for path in stated_in] == ["Pulumi.local.yaml", "Pulumi.prod.yaml", "Pulumi.staging.yaml"]
    for path in stated_in:
        stated = yaml.safe_load(path.read_text())["config"]
        assert {key.removeprefix("eros-platform:") for key in stated if key.startswith("eros-platform:")} <= set(known)
