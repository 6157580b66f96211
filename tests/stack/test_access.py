"""Who may do what: as sentences about what the program declares."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
import yaml

from catalog import load_cached as load_catalog
from catalog import rights_of_weeks
from catalog.views_only import holds_views_only
from operations.project import stack_values
from settings.errors import SettingsError
from settings.load import parse
from settings.model import Settings
from settings.roles import ACCOUNTS, PEOPLE
from tests.stack.conftest import AGENT, ROOT, Program, Standing

RUNNER, WATCHER, SAVER = (f"eros-{code}-prod@example.iam.gserviceaccount.com" for code in ("run", "mon", "bak"))
ROLE, TABLE_MEMBER = "gcp:projects/iAMCustomRole:IAMCustomRole", "gcp:bigquery/iamMember:IamMember"
TRANSFER, SERVICE = "gcp:bigquery/dataTransferConfig:DataTransferConfig", "gcp:projects/service:Service"
ACCOUNT_MEMBER = "gcp:serviceaccount/iAMMember:IAMMember"
OWNERS = {"role": "OWNER", "specialGroup": "projectOwners"}
CALLER = {"role": "projects/of-scheduler-proj/roles/eros_prod_caller", "userByEmail": RUNNER}
CALLERS = [CALLER, {**CALLER, "userByEmail": WATCHER}, {**CALLER, "userByEmail": SAVER}]
REPORTS = {
    "dataset": {
        "dataset": {"projectId": "of-scheduler-proj", "datasetId": "eros_scheduling_brain_reports"},
        "targetTypes": ["VIEWS"],
    }
}


def test_the_datasets_list_is_stated_whole_and_gives_basic_roles_nothing(prod: Program) -> None:
    assert prod.dataset.inputs["accesses"] == [OWNERS, REPORTS, *CALLERS]
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
    assert program.dataset.inputs["accesses"] == [
        OWNERS,
        {"role": "OWNER", "userByEmail": "ci@p.iam.gserviceaccount.com"},
        REPORTS,
        {"role": "READER", "groupByEmail": "analysts@example.com"},
        {"role": "WRITER", "userByEmail": "ann@example.com"},
        {"role": "roles/bigquery.metadataViewer", "domain": "example.com"},
        {"role": "READER", "specialGroup": "projectReaders"},
        *CALLERS,
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
        (
            "datasetAccess",
            [{"role": "READER", "member": "allAuthenticatedUsers"}],
            "must not name allAuthenticatedUsers",
        ),
        ("datasetAccess", [{"role": "roles/editor", "member": "user:a@b.de"}], "must not be a basic role"),
        ("revokedAccess", [{"view": "v"}], "'v' must be PROJECT.DATASET.NAME"),
    ],
)
def test_a_wrong_list_is_refused_with_its_key(
    run_program: Callable[..., Program], key: str, value: Any, said: str
) -> None:
    with pytest.raises(pulumi.RunError, match=f"(?s)eros-platform:{key}.*{said}"):
        run_program("prod", **{key: json.dumps(value)})


def test_no_role_of_the_accounts_can_delete_create_or_redefine_tables_and_routines(prod: Program) -> None:
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


def tables_of_member(program: Program, email: str) -> dict[str, str]:
    """The role on each table and view that an account is granted."""
    items = program.of(TABLE_MEMBER).values()
    held = (item.inputs for item in items if item.inputs["member"] == f"serviceAccount:{email}")
    return {inputs["tableId"]: inputs["role"].rpartition("_")[2] for inputs in held}


def test_each_account_writes_what_its_schedules_write_and_reads_what_they_read(prod: Program) -> None:
    runs, watches, saves = (tables_of_member(prod, email) for email in (RUNNER, WATCHER, SAVER))
    assert len(prod.of(TABLE_MEMBER)) == len(runs) + len(watches) + len(saves)
    catalog = load_catalog(ROOT)
    sources = {name for name, table in catalog.tables.items() if table.is_source}
    for grants in (runs, watches, saves):
        assert not {name for name in sources if grants.get(name) == "writer"}, "sources belong to others"
    assert saves.keys() >= catalog.tables.keys(), "the backup reads every table"
    assert {name for name, role in saves.items() if role == "writer"} == {"etl_job_runs"}, "and notes that it ran"
    # What only people, exports or deployments write.
    others = ("audit_log", "deployments", "schedule_export_log", "schedule_pauses")
    assert {grants.get(name, "reader") for name in others for grants in (runs, watches)} == {"reader"}
    assert runs["caption_bandit_stats"] == runs["etl_job_runs"] == "writer"
    assert runs["feature_flags"] == runs["holiday_calendar"] == "writer", "the jobs apply the reference data"
    assert runs["mass_messages"] == runs["creator_caption_restrictions"] == runs["available_captions"] == "reader"
    written = {"automation_alerts", "cost_reports", "etl_job_runs", "health_checks", "pool_health"}
    assert {name for name, role in watches.items() if role == "writer"} == written
    assert not watches.keys() & {"captions", "creator_reports", "schedule_recommendations_messages"}


def test_each_schedule_runs_as_the_account_of_its_purpose(prod: Program) -> None:
    run_as = {name: item.inputs["serviceAccountName"] for name, item in prod.of(TRANSFER).items()}
    assert run_as == {
        **{f"schedules-{name}": WATCHER for name in ("cost_report", "pool_health_daily", "health_check")},
        "schedules-alert_evaluation": WATCHER,
        "schedules-backup_export": SAVER,
        "schedules-update_caption_performance": RUNNER,
        "schedules-sweep_expired_caption_locks": RUNNER,
        "schedules-daily_automation": RUNNER,
    }


@pytest.mark.parametrize("stack", ["prod", "a" + "b" * 20])
def test_ids_of_accounts_carry_the_stack_and_are_no_longer_than_google_takes(stack: str) -> None:
    settings: Settings = parse(stack, stack_values(ROOT, "prod"))
    ids = [settings.account_id(purpose) for purpose in ACCOUNTS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z](?:[-a-z0-9]{4,28}[a-z0-9])", name) and stack in name for name in ids)


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
    assert program.dataset.inputs["accesses"] == [OWNERS, caller, REPORTS, *CALLERS]


def test_no_account_has_anything_else(prod: Program) -> None:
    found: dict[str, list[tuple[str, str, str | None]]] = {RUNNER: [], WATCHER: [], SAVER: []}
    for item in prod.resources:
        member = str(item.inputs.get("member", "")).partition(":")[2]
        if member in found and item.type != TABLE_MEMBER:
            family = item.type.split(":")[1].split("/")[0]
            found[member].append((family, item.inputs["role"], item.inputs.get("bucket")))
    exporter, loader = "projects/p/roles/eros_prod_exporter", "projects/p/roles/eros_prod_loader"
    archive, backups = (f"of-scheduler-proj-eros-scheduling-brain-{kind}" for kind in ("archive", "backups"))
    jobs, history = "roles/bigquery.jobUser", "roles/bigquery.resourceViewer"
    assert sorted(found[RUNNER], key=str) == sorted(
        [
            ("projects", jobs, None),
            ("storage", exporter, archive),
            ("storage", exporter, backups),
            ("storage", loader, backups),
        ],
        key=str,
    )
    assert sorted(found[WATCHER], key=str) == [("projects", jobs, None), ("projects", history, None)]
    assert sorted(found[SAVER], key=str) == [("projects", jobs, None), ("storage", exporter, backups)]


def test_the_transfer_agent_may_sign_in_as_each_account_and_deployers_may_act_as_it(
    run_program: Callable[..., Program],
) -> None:
    program = run_program("prod", deployers='["group:deploy@example.com"]')
    held = [item.inputs for item in program.of(ACCOUNT_MEMBER).values()]
    accounts = [f"projects/p/serviceAccounts/{email}" for email in (RUNNER, WATCHER, SAVER)]
    for role, member in (
        ("roles/iam.serviceAccountTokenCreator", AGENT),
        ("roles/iam.serviceAccountUser", "group:deploy@example.com"),
    ):
        found = [one["serviceAccountId"] for one in held if (one["role"], one["member"]) == (role, member)]
        assert sorted(found) == sorted(accounts)
    assert len(held) == 6
    assert {"access-transfer-token", "access-act-as-group:deploy@example.com"} <= program.of(ACCOUNT_MEMBER).keys()


TEAM = {key: f"group:{key}@example.com" for key in PEOPLE}
REPORTS_ID, MEMBER = "eros_scheduling_brain_reports", "gcp:projects/iAMMember:IAMMember"


@pytest.fixture(scope="module")
def staffed(run_program: Callable[..., Program]) -> Program:
    """A stack with a group in each list of people."""
    return run_program("prod", **{key: json.dumps([member]) for key, member in TEAM.items()})


def test_people_get_what_their_list_says_and_nothing_else(staffed: Program) -> None:
    lists = {
        name: {
            (one["groupByEmail"].partition("@")[0], one["role"])
            for one in item.inputs["accesses"]
            if "groupByEmail" in one
        }
        for name, item in staffed.of("gcp:bigquery/dataset:Dataset").items()
    }
    assert lists == {
        "warehouse-dataset": {("developers", "READER"), ("operators", "WRITER")},
        "reports-dataset": {("readers", "READER"), ("developers", "READER"), ("operators", "READER")},
    }
    held = {(item.inputs["member"], item.inputs["role"]) for item in staffed.of(MEMBER).values()}
    assert {(member, role) for member, role in held if member in TEAM.values()} == {
        (TEAM["readers"], "roles/bigquery.jobUser"),
        (TEAM["developers"], "roles/bigquery.user"),
        (TEAM["operators"], "roles/bigquery.user"),
        (TEAM["admins"], "roles/bigquery.admin"),
    }
    elsewhere = {item.type for item in staffed.resources if item.inputs.get("member") in TEAM.values()}
    assert elsewhere == {MEMBER}


def test_the_report_views_stand_a_second_time_where_the_platforms_dataset_lets_them_read(prod: Program) -> None:
    reports = prod.of("gcp:bigquery/dataset:Dataset")["reports-dataset"]
    assert (reports.inputs["datasetId"], reports.inputs["accesses"]) == (REPORTS_ID, [OWNERS])
    assert reports.urn in prod.dataset.depends_on
    # An older release, deployed again, takes it away; BigQuery deletes no dataset that holds anything.
    assert (reports.protect, reports.inputs["deleteContentsOnDestroy"]) == (False, False)
    assert holds_views_only(reports.inputs["labels"])
    assert not holds_views_only(prod.dataset.inputs["labels"])
    views = prod.of("gcp:bigquery/table:Table")
    shown = {name: item for name, item in views.items() if item.inputs["datasetId"] == REPORTS_ID}
    assert {"reports-monitoring_kpis", "reports-monitoring_queue", "reports-monitoring_emv"} <= shown.keys()
    for name, item in shown.items():
        original = views[name.removeprefix("reports-")]
        assert item.inputs["tableId"] == original.inputs["tableId"]
        assert item.inputs["view"] == original.inputs["view"]
        assert {original.urn, prod.dataset.urn} <= item.depends_on
    hidden = {name for name in views if name.startswith("monitoring_")} - {name[8:] for name in shown}
    assert hidden == {
        "monitoring_cost_by_query_type", "monitoring_deployment_success", "monitoring_job_errors",
        "monitoring_query_performance",
    }, "whoever reads these must see every statement of the project"  # fmt: skip


@pytest.mark.parametrize("key", sorted(PEOPLE))
@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("allUsers", "must not be the public: that is everybody on the internet; name a group"),
        ("allAuthenticatedUsers", "must not be the public"),
        ("roles/editor", "must not be a basic role or who has one: it reaches everything in the project; name who"),
        ("projectViewer:p", "must not be a basic role or who has one"),
        ("projectReaders", "must not be a basic role or who has one"),
        ("ann@example.com", "must be an IAM member such as"),
    ],
)
def test_a_list_of_people_names_neither_the_public_nor_a_basic_role(key: str, member: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse("prod", {**stack_values(ROOT, "prod"), key: json.dumps([member])})
    assert f"eros-platform:{key}[0]: '{member}' {said}" in str(refused.value)
    assert f"fix: pulumi config set --path '{key}[0]' VALUE -s prod" in str(refused.value)


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
    early = {item.urn for item in upgraded.of(TABLE_MEMBER).values() if RUNNER in item.inputs["member"]}
    assert early <= upgraded.dataset.depends_on
    assert not (grants - early) & upgraded.dataset.depends_on, "the other accounts never lived on that entry"
    assert upgraded.of(TABLE_MEMBER).keys() == fresh.of(TABLE_MEMBER).keys()
    inputs = {name: item.inputs for name, item in fresh.of(TABLE_MEMBER).items()}
    assert {name: item.inputs for name, item in upgraded.of(TABLE_MEMBER).items()} == inputs
    assert not grants & fresh.dataset.depends_on, "a new table is granted after it was made"


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


LISTED: list[dict[str, Any]] = [
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
        run_program("prod", standing=Standing(accesses=[OWNERS, *LISTED, *NOT_STATABLE]))
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
    standing = Standing(accesses=[OWNERS, *LISTED])
    program = run_program("prod", standing=standing, **{key: json.dumps(entries)})
    kept = program.dataset.inputs["accesses"][2:-3]
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
    run_program("prod", standing=Standing(accesses=[OWNERS, *LISTED], labels=MINE))
    (warning,) = [one for one in said if "datasetAccess" in one]
    assert "takes these from the access list of eros_scheduling_brain:\n  user:Ann@example.com as READER\n" in warning
    assert PASTED in warning
    run_program("prod", standing=Standing(accesses=[OWNERS, {**CALLER, "userByEmail": RUN_ACCOUNT}], labels=MINE))
    assert [one for one in said if "no alert goes to" not in one] == [warning]


RUN_ACCOUNT = "eros-run-prod@of-scheduler-proj.iam.gserviceaccount.com"
