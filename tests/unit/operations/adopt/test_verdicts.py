"""Verdicts, one live object at a time: the declared side is the real program's."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog import load_cached as load_catalog
from operations.adopt import access_lists, cutover
from operations.adopt.cutover import MARK, still_writing
from operations.adopt.declared import Declared, declared
from operations.adopt.hands import Hand
from operations.adopt.importing import ImportRefused, refuse_unprepared
from operations.adopt.inventory import CHANNEL, CONFIG, Inventory
from operations.adopt.matching import matches
from operations.adopt.verdict import Judgement, Verdict
from operations.adopt.verdicts import Judge
from operations.project import stack_settings
from settings.errors import ErosError
from settings.load import redirections

ROOT = Path(__file__).resolve().parents[4]
STACK, PROJECT, DATASET = "prod", "of-scheduler-proj", "eros_scheduling_brain"
OURS = {"datasetReference": {"datasetId": DATASET}}
NOTHING = Inventory(None, {}, {}, (), (), (), {}, {})
CATALOG = load_catalog(ROOT)
OWN = {"goog-pulumi-provisioned": "true", "system": "eros", "environment": STACK, "owner": "data-platform"}


@pytest.fixture(scope="module")
def program() -> Iterator[list[Declared]]:
    patch = pytest.MonkeyPatch()
    for name in redirections(os.environ):
        patch.delenv(name)
    yield declared(ROOT, STACK, {})
    patch.undo()


def of(program: list[Declared], name: str) -> Declared:
    (found,) = [resource for resource in program if resource.name == name]
    return found


def judge(program: list[Declared], live: Inventory, recorded: frozenset[str] = frozenset()) -> dict[str, Verdict]:
    judging = Judge(stack_settings(ROOT, STACK), CATALOG, recorded, lambda table, name: (f"move {name}",))
    return {verdict.name: verdict for verdict in judging.all(matches(program, live))}


def one(program: list[Declared], live: Inventory, recorded: frozenset[str] = frozenset()) -> Verdict:
    (verdict,) = judge(program, live, recorded).values()
    return verdict


def live_table(name: str, **changes: Any) -> dict[str, Any]:
    """A table as BigQuery shows one that is exactly as declared."""
    table = CATALOG.tables[name]
    body: dict[str, Any] = {
        "type": "TABLE",
        "description": table.description,
        "labels": {**OWN, **table.labels},
        "schema": {"fields": [column.api_json() for column in table.columns]},
    }
    if table.primary_key:
        body["tableConstraints"] = {"primaryKey": {"columns": list(table.primary_key)}}
    if table.clustering:
        body["clustering"] = {"fields": list(table.clustering)}
    return {**body, **changes}


def with_tables(**tables: dict[str, Any]) -> Inventory:
    lying = {name: {"tableReference": {"datasetId": DATASET}, **body} for name, body in tables.items()}
    return Inventory(None, lying, {}, (), (), (), {}, {})


def test_nothing_there_is_nothing_to_say(program: list[Declared]) -> None:
    assert judge(program, NOTHING) == {}


def test_a_table_as_declared_is_the_same(program: list[Declared]) -> None:
    verdict = one(program, with_tables(feature_flags=live_table("feature_flags")))
    assert (verdict.verdict, verdict.changes, verdict.steps) == (Judgement.SAME, (), ())
    assert verdict.id == f"projects/of-scheduler-proj/datasets/{DATASET}/tables/feature_flags"
    assert verdict.urn == of(program, "feature_flags").urn


def test_missing_labels_and_columns_are_changed_in_place(program: list[Declared]) -> None:
    table = live_table("feature_flags", labels={"team": "x"})
    table["schema"]["fields"] = [f for f in table["schema"]["fields"] if f["name"] != "updated_by"]
    verdict = one(program, with_tables(feature_flags=table))
    assert verdict.verdict is Judgement.CHANGE
    assert "new column updated_by" in verdict.changes
    assert "labels.environment: none -> prod" in verdict.changes
    assert not any("team" in change for change in verdict.changes)


def test_another_type_is_migrated_with_the_steps_written_out(program: list[Declared]) -> None:
    table = live_table("feature_flags")
    table["schema"]["fields"] = [
        {**field, "type": "STRING"} if field["name"] == "is_enabled" else field for field in table["schema"]["fields"]
    ]
    verdict = one(program, with_tables(feature_flags=table))
    assert (verdict.verdict, verdict.steps) == (Judgement.MIGRATE, ("move feature_flags",))
    assert any("type of is_enabled" in change for change in verdict.changes)


def test_a_table_without_any_of_our_key_columns_is_somebody_else_s(program: list[Declared]) -> None:
    fields = [{"name": "run_id", "type": "STRING", "mode": "REQUIRED"}, {"name": "job_name", "type": "STRING"}]
    verdict = one(program, with_tables(etl_job_runs={"type": "TABLE", "schema": {"fields": fields}}))
    assert verdict.verdict is Judgement.FOREIGN
    assert "job_id" in verdict.changes[0]
    assert "pulumi config set --path objectNames.etl_job_runs NAME -s prod" in verdict.steps[0]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"system": "eros", "environment": "staging"}, "belongs to the stack staging"),
        ({"goog-terraform-provisioned": "true"}, "Terraform manages it"),
    ],
)
def test_what_others_manage_is_somebody_else_s(program: list[Declared], labels: dict[str, Any], said: str) -> None:
    verdict = one(program, with_tables(feature_flags=live_table("feature_flags", labels=labels)))
    assert verdict.verdict is Judgement.FOREIGN
    assert said in verdict.changes[0]


@pytest.mark.parametrize(("name", "type_"), [("feature_flags", "EXTERNAL"), ("latest_recommendations", "TABLE")])
def test_another_kind_of_object_under_the_name_is_somebody_else_s(
    program: list[Declared], name: str, type_: str
) -> None:
    verdict = one(program, with_tables(**{name: {"type": type_, "schema": {"fields": []}}}))
    assert verdict.verdict is Judgement.FOREIGN
    assert f"it is a {type_.lower()}, not a" in verdict.changes[0]


def test_a_view_is_judged_by_its_query(program: list[Declared]) -> None:
    inputs = of(program, "latest_recommendations").inputs
    body = {"type": "VIEW", "description": inputs["description"], "labels": {**OWN, **inputs["labels"]}}
    same = {**body, "view": {"query": inputs["view"]["query"] + "\n", "useLegacySql": False}}
    other = {**body, "view": {"query": "SELECT 1 AS x", "useLegacySql": True}}
    assert one(program, with_tables(latest_recommendations=same)).verdict is Judgement.SAME
    changed = one(program, with_tables(latest_recommendations=other))
    assert changed.verdict is Judgement.CHANGE
    assert any(change.startswith("view.query: SELECT 1 AS x -> (") for change in changed.changes)
    assert any("useLegacySql" in change for change in changed.changes)


def test_what_readers_see_is_named_with_its_dataset(program: list[Declared]) -> None:
    """It is called as its original, which lies in the platform's dataset."""
    view, second = "monitoring_daily_automation", f"{DATASET}_reports"
    expired = {"type": "VIEW", "expirationTime": "1893456000000"}
    first, again = ({view: {**expired, "tableReference": {"datasetId": name}}} for name in (DATASET, second))
    reports = {"datasetReference": {"datasetId": second}}
    found = judge(program, replace(NOTHING, tables=first, reports=reports, report_views=again))
    assert found.keys() == {second, view, f"{second}.{view}"}
    for name, dataset in ((view, DATASET), (f"{second}.{view}", second)):
        assert any(f"{PROJECT}.{dataset}.{view}" in step for step in found[name].steps), found[name].steps


def test_a_materialized_view_with_another_query_cannot_be_adopted(program: list[Declared]) -> None:
    body = {"type": "MATERIALIZED_VIEW", "materializedView": {"query": "SELECT 1 AS x"}}
    verdict = one(program, with_tables(top_captions_mv=body))
    assert verdict.verdict is Judgement.FOREIGN
    assert any("DROP MATERIALIZED VIEW top_captions_mv" in step for step in verdict.steps)


def live_routine(program: list[Declared], name: str, **changes: Any) -> Inventory:
    inputs = of(program, name).inputs
    arguments = [
        {"name": a["name"], "dataType": json.loads(a["dataType"])} | ({"mode": a["mode"]} if a.get("mode") else {})
        for a in inputs.get("arguments") or ()
    ]
    body = {key: inputs.get(key) for key in ("routineType", "language", "description", "definitionBody")}
    body |= {"arguments": arguments, "determinismLevel": inputs.get("determinismLevel")}
    for key in ("returnType", "returnTableType"):
        body[key] = json.loads(inputs[key]) if inputs.get(key) else None
    return Inventory(None, {}, {name: {**body, **changes}}, (), (), (), {}, {})


@pytest.mark.parametrize("name", ["la_hour", "run_daily_automation", "classify_account_size"])
def test_a_routine_as_declared_is_the_same(program: list[Declared], name: str) -> None:
    assert one(program, live_routine(program, name)).verdict is Judgement.SAME


def test_a_routine_s_new_signature_names_who_will_fail(program: list[Declared]) -> None:
    old = [{"name": "t", "dataType": {"typeKind": "TIMESTAMP"}}, {"name": "z", "dataType": {"typeKind": "STRING"}}]
    verdict = one(program, live_routine(program, "la_hour", arguments=old, definitionBody="1"))
    assert verdict.verdict is Judgement.CHANGE
    arguments = "arguments: (t TIMESTAMP, z STRING) -> (p_instant TIMESTAMP): calls with the old ones fail"
    assert verdict.changes[0] == arguments
    assert any(change.startswith("definitionBody: 1 -> ") for change in verdict.changes)


def test_a_function_where_we_declare_a_procedure_is_somebody_else_s(program: list[Declared]) -> None:
    verdict = one(program, live_routine(program, "run_daily_automation", routineType="SCALAR_FUNCTION"))
    assert verdict.verdict is Judgement.FOREIGN
    assert verdict.changes == ("it is a scalar function, not a procedure",)


@pytest.mark.parametrize(("location", "verdict"), [("US", Judgement.CHANGE), ("EU", Judgement.FOREIGN)])
def test_a_dataset_elsewhere_cannot_be_adopted(program: list[Declared], location: str, verdict: Any) -> None:
    live = Inventory({"location": location, **OURS}, {}, {}, (), (), (), {}, {})
    found = one(program, live)
    assert found.verdict is verdict
    assert found.id == f"projects/of-scheduler-proj/datasets/{DATASET}"


@pytest.mark.parametrize(("bucket", "key"), [("backups", "backupBucket"), ("archive", "archiveBucket")])
def test_a_bucket_of_another_project_is_named_with_the_key(program: list[Declared], bucket: str, key: str) -> None:
    live = Inventory(None, {}, {}, (), (), (), {}, {"of-scheduler-proj-eros-scheduling-brain-" + bucket: None})
    verdict = one(program, live)
    assert verdict.verdict is Judgement.FOREIGN
    assert verdict.steps == (f"another bucket: pulumi config set {key} NAME -s prod",)


def config(program: list[Declared], number: int = 1, **changes: Any) -> dict[str, Any]:
    (inputs,) = [r.inputs for r in program if r.type == CONFIG and "Lock Cleanup" in r.inputs["displayName"]]
    kept = ("displayName", "dataSourceId", "schedule", "scheduleOptions", "params")
    return {
        **{key: copy.deepcopy(inputs[key]) for key in kept},
        "name": f"projects/1/locations/us/transferConfigs/{number}",
        "ownerInfo": {"email": inputs["serviceAccountName"]},
        **changes,
    }


def old_config(program: list[Declared], number: int, **changes: Any) -> dict[str, Any]:
    """Of somebody else."""
    return config(program, number, ownerInfo={"email": "old@example.com"}, **changes)


def configs(*bodies: dict[str, Any]) -> Inventory:
    return Inventory({"location": "US", **OURS}, {}, {}, tuple(bodies), (), (), {}, {})


def test_a_transfer_config_is_found_by_its_display_name_and_imported_under_the_service_s_name(
    program: list[Declared],
) -> None:
    found = judge(program, configs(config(program)))["EROS: Caption Lock Cleanup (prod)"]
    assert (found.verdict, found.id) == (Judgement.SAME, "projects/1/locations/us/transferConfigs/1")
    changed = judge(program, configs(config(program, schedule="every 24 hours")))[found.name]
    assert changed.changes == ("schedule: every 24 hours -> every 1 hours from 00:41 to 23:59",)


def test_two_objects_of_one_display_name_are_not_guessed_at(program: list[Declared]) -> None:
    found = judge(program, configs(config(program), config(program, 2)))["EROS: Caption Lock Cleanup (prod)"]
    assert found.verdict is Judgement.FOREIGN
    assert "2 transfer configs are called" in found.changes[0]


def test_an_alert_that_watches_the_live_configs_is_the_same() -> None:
    """Values that follow from other objects are those of the live ones."""
    patch = pytest.MonkeyPatch()
    for name in redirections(os.environ):
        patch.delenv(name)
    known = {
        f"{CONFIG}::EROS: {title} (prod)": {"name": f"projects/1/locations/us/transferConfigs/{number}"}
        for number, title in enumerate(
            ("Caption Performance Updates", "Caption Lock Cleanup", "Daily Schedule Generation")
        )
    }
    known[f"{CHANNEL}::EROS (prod): data platform"] = {"name": "projects/p/notificationChannels/7"}
    program = declared(ROOT, STACK, known)
    patch.undo()
    policies = [r.inputs for r in program if r.type.startswith("gcp:monitoring/alertPolicy:")]
    inputs = next(one for one in policies if "daily_automation" in one["displayName"])
    assert "projects/p/notificationChannels/7" in inputs["notificationChannels"]
    [condition] = inputs["conditions"]
    assert '"2"' in condition["conditionThreshold"]["filter"]
    policy = {**inputs, "name": "projects/p/alertPolicies/9", "creationRecord": {}}
    verdict = one(program, Inventory(None, {}, {}, (), (), (policy,), {}, {}))
    assert (verdict.verdict, verdict.id) == (Judgement.SAME, "projects/p/alertPolicies/9")


def test_what_is_in_the_state_is_managed_whatever_it_looks_like(program: list[Declared]) -> None:
    live = with_tables(etl_job_runs={"type": "TABLE", "schema": {"fields": []}})
    verdict = one(program, live, frozenset({of(program, "etl_job_runs").urn}))
    assert verdict.verdict is Judgement.MANAGED


def test_old_writers_are_those_that_name_the_dataset_and_are_not_ours(program: list[Declared]) -> None:
    settings = stack_settings(ROOT, STACK)
    ours = config(program)
    bodies = (
        ours,
        old_config(
            program, 2, displayName="old sweep", params={"query": f"CALL `of-scheduler-proj.{DATASET}.sweep`()"}
        ),
        old_config(program, 3, displayName="old load", params={"query": "SELECT 1"}, destinationDatasetId=DATASET),
        old_config(program, 4, displayName="paused", params={"query": f"CALL {DATASET}.x()"}, disabled=True),
        old_config(program, 5, displayName="another", params={"query": f"SELECT * FROM {DATASET}_copy.t"}),
    )
    found = still_writing(configs(*bodies), settings, {ours["displayName"]})
    assert [verdict.name for verdict in found if verdict.kind == "transfer_config"] == ["old sweep", "old load"]
    assert found[0].id == "projects/1/locations/us/transferConfigs/2"
    assert any("crontab" in step for verdict in found for step in verdict.steps)


def test_every_data_source_that_writes_into_the_dataset_is_named(program: list[Declared]) -> None:
    load = {"dataSourceId": "google_cloud_storage", "params": {"data_path": "gs://x/*"}}
    bodies = (
        old_config(program, 2, displayName="csv files", destinationDatasetId=DATASET, **load),
        old_config(program, 3, displayName="elsewhere", destinationDatasetId="other", **load),
    )
    found = still_writing(configs(*bodies), stack_settings(ROOT, STACK), ())
    (verdict,) = [verdict for verdict in found if verdict.kind == "transfer_config"]
    assert verdict.name == "csv files"
    assert f"google_cloud_storage into {DATASET}" in verdict.changes[0]
    assert any("--pause-old 'csv files'" in step for step in verdict.steps)


def test_a_load_under_the_name_of_one_of_our_schedules_is_not_taken_for_it(program: list[Declared]) -> None:
    ours = config(program)
    load = {**ours, "dataSourceId": "google_cloud_storage", "params": {}}
    assert ours["displayName"] not in judge(program, configs(load))
    assert ours["displayName"] in judge(program, configs(ours))


def test_accounts_that_wrote_are_named_and_where_nobody_knows_that_is_said(program: list[Declared]) -> None:
    settings, live = stack_settings(ROOT, STACK), Inventory({"id": "x"}, {}, {}, (), (), (), {}, {})
    cron = Hand("cron@old.example", 1234, datetime(2026, 3, 1, 4, 5, tzinfo=UTC), ("INSERT",), ("a", "b"))
    account, note = still_writing(live, settings, (), [cron])
    assert (account.name, account.kind) == ("cron@old.example", "account")
    assert "1,234 jobs in the last 90 days (INSERT) wrote into a, b" in account.changes[0]
    assert "2026-03-01 04:05 UTC" in account.changes[0]
    assert any("Apps Script" in step for step in note.steps)
    assert any("crontab -l" in step for step in note.steps)
    (unknown,) = still_writing(live, settings, (), (), "the job history of p cannot be read: no")
    assert any("the job history of p cannot be read" in change for change in unknown.changes)


def test_a_cut_over_takes_those_that_are_named_and_refuses_names_that_nothing_has(program: list[Declared]) -> None:
    bodies = [old_config(program, n, displayName=name) for n, name in enumerate(("old sweep", f"old load{MARK}"))]
    assert cutover.chosen(bodies, ()) == bodies
    assert cutover.chosen(bodies, ["old load"]) == bodies[1:]
    assert cutover.chosen(bodies, [f"old load{MARK}", "old sweep"]) == bodies
    with pytest.raises(ErosError, match=r"(?s)old sweeep; nothing was changed.*did you mean 'old sweep'"):
        cutover.chosen(bodies, ["old load", "old sweeep"])


def test_what_bigquery_would_delete_by_itself_is_named_first_with_the_statement_that_keeps_it(
    program: list[Declared],
) -> None:
    found = one(program, with_tables(feature_flags=live_table("feature_flags", expirationTime="1798761600000")))
    assert found.verdict is Judgement.CHANGE
    assert found.changes == ("expirationTime: BigQuery deletes it with all it holds on 2027-01-01 00:00 UTC -> none",)
    assert found.steps == (
        f"before the import: ALTER TABLE `of-scheduler-proj.{DATASET}.feature_flags` SET OPTIONS "
        "(expiration_timestamp = NULL)",
    )
    with pytest.raises(ImportRefused, match=r"(?s)1 objects end by themselves.*ALTER TABLE"):
        refuse_unprepared([found])


def test_what_a_dataset_would_do_to_new_tables_is_a_change(program: list[Declared]) -> None:
    body = {**OURS, "location": "US", "defaultTableExpirationMs": "3600000", "defaultPartitionExpirationMs": "86400000"}
    changes = one(program, Inventory(body, {}, {}, (), (), (), {}, {})).changes
    assert "defaultTableExpirationMs: 3600000 -> none" in changes
    assert "defaultPartitionExpirationMs: 86400000 -> none" in changes


def test_entries_of_the_access_list_are_compared_whatever_the_order_of_their_parts(program: list[Declared]) -> None:
    reference = {"tableId": "v", "datasetId": "d", "projectId": "p"}
    stated = {"accesses": [{"view": dict(reversed(reference.items()))}, {"role": "READER", "domain": "x.de"}]}
    live = {"access": [{"view": reference}, {"dataset": {"dataset": {"datasetId": "d", "projectId": "p"}}}]}
    assert list(access_lists.changes(stated, live)) == [
        "access: + READER domain x.de",
        "access: - authorised dataset p.d",
    ]
