"""Who may do what: as sentences about what the program declares."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
import yaml

from catalog import load_cached as load_catalog
from catalog import rights_of_weeks
from tests.stack.conftest import AGENT, ROOT, Program, Standing

RUNNER = "eros-run-prod@example.iam.gserviceaccount.com"
ROLE, TABLE_MEMBER = "gcp:projects/iAMCustomRole:IAMCustomRole", "gcp:bigquery/iamMember:IamMember"
DATASET, SERVICE = "gcp:bigquery/dataset:Dataset", "gcp:projects/service:Service"
ACCOUNT_MEMBER = "gcp:serviceaccount/iAMMember:IAMMember"
OWNERS = {"role": "OWNER", "specialGroup": "projectOwners"}
CALLER = {"role": "projects/of-scheduler-proj/roles/eros_prod_caller", "userByEmail": RUNNER}


def test_the_datasets_list_is_stated_whole_and_gives_basic_roles_nothing(prod: Program) -> None:
    assert prod.one(DATASET).inputs["accesses"] == [OWNERS, CALLER]
    assert not [item.urn for item in prod.resources if "datasetIamMember" in item.type or "datasetAccess" in item.type]


def test_deployers_own_the_dataset_and_people_stay_as_they_are_configured(run_program: Callable[..., Program]) -> None:
    people = [
        {"role": "READER", "member": "group:analysts@example.com"},
        {"role": "roles/bigquery.dataEditor", "member": "user:ann@example.com"},
        {"role": "roles/bigquery.metadataViewer", "member": "domain:example.com"},
        {"role": "READER", "member": "projectReaders"},
        {"role": "OWNER", "member": "serviceAccount:ci@p.iam.gserviceaccount.com"},
    ]
    deployers = json.dumps(["serviceAccount:ci@p.iam.gserviceaccount.com"])
    program = run_program("prod", datasetAccess=json.dumps(people), deployers=deployers)
    assert program.one(DATASET).inputs["accesses"] == [
        OWNERS,
        {"role": "OWNER", "userByEmail": "ci@p.iam.gserviceaccount.com"},
        {"role": "READER", "groupByEmail": "analysts@example.com"},
        {"role": "WRITER", "userByEmail": "ann@example.com"},
        {"role": "roles/bigquery.metadataViewer", "domain": "example.com"},
        {"role": "READER", "specialGroup": "projectReaders"},
        CALLER,
    ]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("deployers", ["user:a@example.com", "user:a@example.com"], "must name each once.*user:a@example.com"),
        ("datasetAccess", [{"role": "READER", "member": "user:a@b.de"}] * 2, "once.*user:a@b.de as READER"),
        ("datasetAccess", [{"role": "VIEWER", "member": "user:a@b.de"}], "must be READER, WRITER, OWNER, or a role"),
        ("datasetAccess", [{"role": "READER", "member": "a@b.de"}], "must be an IAM member"),
        ("datasetAccess", [{"role": "READER"}], r"must name one of member \(with a role\), view, routine, dataset"),
        ("datasetAccess", [{"member": "user:a@b.de"}], "must have a role for its member"),
        ("datasetAccess", [{"role": "READER", "view": "p-r.d.v"}], "must have no role with a view"),
        ("datasetAccess", [{"view": "p-r.d.v", "dataset": "p-r.d"}], "must name one of member"),
        ("datasetAccess", [{"view": "d.v"}], "'d.v' must be PROJECT.DATASET.NAME"),
        ("datasetAccess", [{"routine": "p-r.d.f()"}] * 2, "once.*authorised routine p-r.d"),
        ("datasetAccess", [{"dataset": "sales"}], "'sales' must be PROJECT.DATASET such as"),
        ("revokedAccess", [{"view": "v"}], "'v' must be PROJECT.DATASET.NAME"),
    ],
)
def test_a_wrong_list_is_refused_with_its_key(
    run_program: Callable[..., Program], key: str, value: Any, said: str
) -> None:
    with pytest.raises(pulumi.RunError, match=f"(?s)eros-platform:{key}.*{said}"):
        run_program("prod", **{key: json.dumps(value)})


def test_no_role_of_the_run_account_can_delete_create_or_redefine_tables_and_routines(prod: Program) -> None:
    roles = prod.of(ROLE).values()
    assert {item.inputs["roleId"]: item.inputs["permissions"] for item in roles} == {
        "eros_prod_reader": ["bigquery.tables.get", "bigquery.tables.getData"],
        "eros_prod_writer": ["bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.updateData"],
        "eros_prod_caller": ["bigquery.routines.get"],
        "eros_prod_exporter": ["storage.objects.create", "storage.objects.delete"],
        "eros_prod_loader": ["storage.objects.get", "storage.objects.list"],
    }


def test_two_environments_of_one_project_share_no_role(run_program: Callable[..., Program], prod: Program) -> None:
    other = run_program("prod-eu", live={}, manageSources="true")
    assert not {item.inputs["roleId"] for item in other.of(ROLE).values()} & {
        item.inputs["roleId"] for item in prod.of(ROLE).values()
    }


def test_the_run_account_writes_what_the_schedules_write_and_reads_what_they_read(prod: Program) -> None:
    grants = {item.inputs["tableId"]: item.inputs["role"].rpartition("_")[2] for item in prod.of(TABLE_MEMBER).values()}
    assert {item.inputs["member"] for item in prod.of(TABLE_MEMBER).values()} == {f"serviceAccount:{RUNNER}"}
    catalog = load_catalog(ROOT)
    sources = {name for name, table in catalog.tables.items() if table.is_source}
    assert not {name for name in sources if grants.get(name) == "writer"}, "sources belong to others"
    assert grants.keys() >= catalog.tables.keys(), "the backup reads every table"
    # What only people, exports or deployments write.
    others = ("audit_log", "deployments", "schedule_export_log", "schedule_pauses")
    assert {grants[name] for name in others} == {"reader"}
    assert grants["caption_bandit_stats"] == grants["etl_job_runs"] == "writer"
    assert grants["feature_flags"] == grants["holiday_calendar"] == "writer", "the jobs apply the reference data"
    assert grants["mass_messages"] == grants["creator_caption_restrictions"] == grants["available_captions"] == "reader"


def test_who_builds_weeks_gets_what_weeks_touch_and_nothing_else(run_program: Callable[..., Program]) -> None:
    planner = "group:planners@example.com"
    program = run_program("prod", weekBuilders=json.dumps([planner]))
    held = [item for item in program.resources if planner in str(item.inputs.get("member", ""))]
    tables = {
        item.inputs["tableId"]: item.inputs["role"].rpartition("_")[2] for item in held if "tableId" in item.inputs
    }
    rights = rights_of_weeks(load_catalog(ROOT))
    assert {name for name, role in tables.items() if role == "writer"} == rights.writes
    assert tables.keys() == rights.reads | rights.writes
    assert tables["schedule_recommendations"] == tables["active_caption_assignments"] == "writer"
    assert tables["caption_bank"] == tables["creator_reports"] == "reader"
    others = [item.inputs["role"] for item in held if "tableId" not in item.inputs]
    assert others == ["roles/bigquery.jobUser"]
    caller = {"role": "projects/of-scheduler-proj/roles/eros_prod_caller", "groupByEmail": "planners@example.com"}
    assert program.one(DATASET).inputs["accesses"] == [OWNERS, caller, CALLER]


def test_the_run_account_has_nothing_else(prod: Program) -> None:
    roles = sorted(
        (item.type.split(":")[1].split("/")[0], item.inputs["role"], item.inputs.get("bucket"))
        for item in prod.resources
        if RUNNER in str(item.inputs.get("member", "")) and item.type != TABLE_MEMBER
    )
    exporter, loader = "projects/p/roles/eros_prod_exporter", "projects/p/roles/eros_prod_loader"
    archive, backups = (f"of-scheduler-proj-eros-scheduling-brain-{kind}" for kind in ("archive", "backups"))
    assert sorted(roles) == [
        ("projects", "roles/bigquery.jobUser", None),
        ("projects", "roles/bigquery.resourceViewer", None),
        ("storage", exporter, archive),
        ("storage", exporter, backups),
        ("storage", loader, backups),
    ]


def test_the_transfer_agent_may_sign_in_as_the_run_account(prod: Program) -> None:
    token = prod.of(ACCOUNT_MEMBER)["access-transfer-token"].inputs
    assert (token["role"], token["member"]) == ("roles/iam.serviceAccountTokenCreator", AGENT)


def test_deployers_may_act_as_the_run_account(run_program: Callable[..., Program]) -> None:
    program = run_program("prod", deployers='["group:deploy@example.com"]')
    grant = program.of(ACCOUNT_MEMBER)["access-act-as-group:deploy@example.com"].inputs
    assert (grant["role"], grant["member"]) == ("roles/iam.serviceAccountUser", "group:deploy@example.com")


def test_a_stack_takes_nothing_away_that_another_needs(prod: Program) -> None:
    assert all(item.inputs["disableOnDestroy"] is False for item in prod.of(SERVICE).values())
    assert "sheets.googleapis.com" not in {item.inputs["service"] for item in prod.of(SERVICE).values()}
    assert not prod.of("gcp:projects/serviceIdentity:ServiceIdentity")
    shared = {item.inputs["role"] for item in prod.of("gcp:projects/iAMMember:IAMMember").values()}
    assert shared == {"roles/bigquery.jobUser", "roles/bigquery.resourceViewer"}, (
        "a grant to the transfer agent belongs to bootstrap/"
    )


@pytest.mark.parametrize("policy", [[], [{"role": "roles/owner", "members": [AGENT]}], RuntimeError("403: disabled")])
def test_a_project_without_bootstrap_stops_the_program_before_it_registers_anything(
    run_program: Callable[..., Program], policy: Any
) -> None:
    with pytest.raises(pulumi.RunError, match=r"(?s)of-scheduler-proj .*\n  fix: eros bootstrap -s prod"):
        run_program("prod", standing=Standing(policy=policy))


def test_tables_are_granted_before_the_entry_goes_that_the_run_account_still_lives_on(
    run_program: Callable[..., Program],
) -> None:
    entry = {"role": "WRITER", "userByEmail": "eros-run-prod@of-scheduler-proj.iam.gserviceaccount.com"}
    fresh = run_program("prod", manageSources="true")
    upgraded = run_program("prod", manageSources="true", live=live(fresh), standing=Standing(accesses=[OWNERS, entry]))
    grants = {item.urn for item in upgraded.of(TABLE_MEMBER).values()}
    assert grants <= upgraded.one(DATASET).depends_on
    assert upgraded.of(TABLE_MEMBER).keys() == fresh.of(TABLE_MEMBER).keys()
    inputs = {name: item.inputs for name, item in fresh.of(TABLE_MEMBER).items()}
    assert {name: item.inputs for name, item in upgraded.of(TABLE_MEMBER).items()} == inputs
    assert not grants & fresh.one(DATASET).depends_on, "a new table is granted after it was made"


def live(program: Program) -> dict[str, dict[str, Any]]:
    """The tables and views of a stack as getTable shows them."""
    return {
        item.inputs["tableId"]: {
            "schema": item.inputs.get("schema", "[]"),
            "clusterings": item.inputs.get("clusterings", []),
            "timePartitionings": [item.inputs["timePartitioning"]] if item.inputs.get("timePartitioning") else [],
            "rangePartitionings": [item.inputs["rangePartitioning"]] if item.inputs.get("rangePartitioning") else [],
        }
        for item in program.of("gcp:bigquery/table:Table").values()
    }


PEOPLE: list[dict[str, Any]] = [
    {"role": "READER", "userByEmail": "Ann@example.com"},
    {"role": "roles/bigquery.dataEditor", "userByEmail": "etl@p-old.iam.gserviceaccount.com"},
    {"role": "roles/bigquery.metadataViewer", "groupByEmail": "all@example.com"},
    {"role": "READER", "specialGroup": "projectReaders"},
    {"role": "", "views": [{"projectId": "p-reports", "datasetId": "sales", "tableId": "by_page"}]},
    {"role": "", "routines": [{"projectId": "p-reports", "datasetId": "sales", "routineId": "share"}]},
    {
        "role": "",
        "datasets": [{"datasets": [{"projectId": "p-reports", "datasetId": "boards"}], "targetTypes": ["VIEWS"]}],
    },
]
# What to paste, one line an entry, as the list of a stack's file.
PASTED = """\
    - {role: "READER", member: "user:Ann@example.com"}
    - {role: "WRITER", member: "serviceAccount:etl@p-old.iam.gserviceaccount.com"}
    - {role: "roles/bigquery.metadataViewer", member: "group:all@example.com"}
    - {role: "READER", member: "projectReaders"}
    - {view: "p-reports.sales.by_page"}
    - {routine: "p-reports.sales.share"}
    - {dataset: "p-reports.boards"}"""
NOT_STATABLE: list[dict[str, Any]] = [
    {"role": "READER", "iamMember": "allUsers"},
    {"role": "READER", "userByEmail": "eve@example.com", "conditions": [{"expression": "request.time < timestamp()"}]},
]
MINE = {"system": "eros", "environment": "prod"}


def test_before_the_dataset_is_ours_nobody_loses_access_without_being_named(
    run_program: Callable[..., Program],
) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run_program("prod", standing=Standing(accesses=[OWNERS, *PEOPLE, *NOT_STATABLE]))
    said = str(refused.value)
    assert said.startswith("nothing was changed: eros-platform:datasetAccess: this update takes these from")
    assert "  authorised view p-reports.sales.by_page\n" in said
    assert said.count("(datasetAccess cannot state it)") == 2
    assert f"fix: to keep them add to datasetAccess in Pulumi.prod.yaml:\n{PASTED}\n" in said
    assert "what datasetAccess cannot state: take it off eros_scheduling_brain yourself" in said


@pytest.mark.parametrize("key", ["datasetAccess", "revokedAccess"])
def test_what_was_pasted_is_kept_or_let_go_and_no_more_is_said(
    run_program: Callable[..., Program], monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", said.append)
    entries = yaml.safe_load(PASTED)
    standing = Standing(accesses=[OWNERS, *PEOPLE])
    program = run_program("prod", standing=standing, **{key: json.dumps(entries)})
    kept = program.one(DATASET).inputs["accesses"][1:-1]
    assert not [one for one in said if "datasetAccess" in one]
    if key == "revokedAccess":
        assert kept == []
        return
    assert kept == [
        {"role": "READER", "userByEmail": "Ann@example.com"},
        {"role": "WRITER", "userByEmail": "etl@p-old.iam.gserviceaccount.com"},
        {"role": "roles/bigquery.metadataViewer", "groupByEmail": "all@example.com"},
        {"role": "READER", "specialGroup": "projectReaders"},
        {"view": {"projectId": "p-reports", "datasetId": "sales", "tableId": "by_page"}},
        {"routine": {"projectId": "p-reports", "datasetId": "sales", "routineId": "share"}},
        {"dataset": {"dataset": {"projectId": "p-reports", "datasetId": "boards"}, "targetTypes": ["VIEWS"]}},
    ]


def test_an_entry_cannot_be_kept_and_let_go(run_program: Callable[..., Program]) -> None:
    entry = json.dumps([{"view": "p-reports.sales.by_page"}])
    with pytest.raises(
        pulumi.RunError, match=r"revokedAccess: authorised view p-reports.sales.by_page is in datasetAc"
    ):
        run_program("prod", datasetAccess=entry, revokedAccess=entry)


def test_what_somebody_adds_to_our_dataset_is_named_before_it_goes(
    run_program: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", said.append)
    run_program("prod", standing=Standing(accesses=[OWNERS, *PEOPLE], labels=MINE))
    (warning,) = [one for one in said if "datasetAccess" in one]
    assert "takes these from the access list of eros_scheduling_brain:\n  user:Ann@example.com as READER\n" in warning
    assert PASTED in warning
    run_program("prod", standing=Standing(accesses=[OWNERS, {**CALLER, "userByEmail": RUN_ACCOUNT}], labels=MINE))
    assert [one for one in said if "no alert goes to" not in one] == [warning]


RUN_ACCOUNT = "eros-run-prod@of-scheduler-proj.iam.gserviceaccount.com"
