"""`eros verify` without a cloud: what it says, and with which exit code, for each way a check can end."""

from __future__ import annotations

import concurrent.futures
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests
from google.api_core.exceptions import BadRequest, Forbidden, NotFound, Unauthorized
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.bigquery import Client
from rich.console import Console

from catalog import Check
from catalog.checks import parse_check
from catalog.tokens import SqlText
from operations import cli, verify, verify_report
from operations.errors import CloudError
from operations.scheduled_runs import ScheduledQueries, ScheduledQuery
from operations.stack import Stack
from operations.verify import KEPT, Outcome, Verifier
from outputs import StackOutputs
from settings.errors import ErosError

OUTPUTS = StackOutputs(
    project="p",
    location="US",
    dataset="d",
    tables=("t",),
    sources=("s",),
    views=("v",),
    routines=("r",),
    schedules={},
    run_account="",
    backup_bucket="",
    notification_channel="",
    alert_policies={},
)
LISTED = {"t": "TABLE", "s": "TABLE", "v": "MATERIALIZED_VIEW"}


def check(id_: str) -> Check:
    text = f"-- Proves {id_}.\n-- When it fails: eros up -s STACK.\nSELECT 'x' AS detail FROM `eros_scheduling_brain.t`"
    return parse_check(SqlText(Path(f"sql/checks/{id_.replace('.', '_')}_what_holds.sql"), text))


CHECKS = {id_: check(id_) for id_ in ("v1.1", "v1.2", "s1")}


class FakeRows(list[dict[str, Any]]):
    total_rows: int


class FakeClient:
    """Answers the query of each check, by its id, with details or an error; remembers the jobs."""

    def __init__(
        self, answers: dict[str, list[str] | Exception] | None = None, listed: dict[str, str] = LISTED
    ) -> None:
        self.answers, self.listed = answers or {}, listed
        self.jobs: list[tuple[str, Any, Any]] = []

    def query(self, query: str, config: Any, **options: Any) -> Any:
        self.jobs.append((query, config, options))
        answer = self.answers.get(config.labels["eros_check"].replace("_", "."), [])
        if isinstance(answer, Exception):
            raise answer

        def result(max_results: int | None, **_: Any) -> FakeRows:
            rows = FakeRows({"detail": detail} for detail in answer[:max_results])
            rows.total_rows = len(answer)
            return rows

        return SimpleNamespace(result=result)

    def list_tables(self, dataset: str, **_: Any) -> list[Any]:
        return [SimpleNamespace(table_id=name, table_type=kind) for name, kind in self.listed.items()]

    def list_routines(self, dataset: str, **_: Any) -> list[Any]:
        return [SimpleNamespace(routine_id="r")]


def run(client: FakeClient, *ids: str) -> tuple[Outcome, ...]:
    return Verifier(cast(Client, client), OUTPUTS, CHECKS).run(ids)


def denied(reason: str) -> Forbidden:
    return Forbidden("no", errors=[{"reason": reason}])


def test_a_check_without_offences_passes() -> None:
    [outcome] = run(FakeClient(), "v1.1")
    assert outcome.passed
    assert (outcome.id, outcome.title, outcome.purpose) == ("v1.1", "what holds", "Proves v1.1.")


def test_a_check_with_offences_fails_with_what_they_say_and_how_many_there_are() -> None:
    [outcome] = run(FakeClient({"v1.1": [f"row {n}" for n in range(KEPT + 5)]}), "v1.1")
    assert not outcome.passed
    assert (outcome.details[:2], len(outcome.details), outcome.offences) == (("row 0", "row 1"), KEPT, KEPT + 5)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotFound("Not found: Table\n  p:d.t"), "Not found: Table p:d.t"),
        (BadRequest("Unrecognized name"), "Unrecognized name"),
        (NotFound("gone; reason: notFound, Job ID: 1", errors=[{"reason": "notFound", "message": "gone"}]), "gone"),
        (denied("quotaExceeded"), "no"),
        (concurrent.futures.TimeoutError(), "did not end in 120 s"),
    ],
)
def test_a_check_that_cannot_run_has_failed_and_the_others_run(error: Any, said: str) -> None:
    outcomes = run(FakeClient({"v1.1": error}), "v1.1", "v1.2")
    assert [(outcome.passed, outcome.error) for outcome in outcomes] == [(False, said), (True, "")]


@pytest.mark.parametrize(
    "error",
    [Unauthorized("who"), denied("accessDenied"), requests.ConnectionError("refused"), requests.Timeout("slow")],
)
def test_a_cloud_that_refuses_or_is_away_is_no_verdict(error: Any) -> None:
    with pytest.raises(CloudError, match=r"p\.d cannot be verified: ") as refusal:
        run(FakeClient({"v1.2": error}), "v1.1", "v1.2", "s1")
    assert refusal.value.exit_code == 1
    assert refusal.value.fix


def test_outcomes_keep_the_order_asked_for() -> None:
    assert [outcome.id for outcome in run(FakeClient(), "s1", "d1", "v1.1")] == ["s1", "d1", "v1.1"]


def test_everything_declared_is_there() -> None:
    [outcome] = run(FakeClient(), "d1")
    assert outcome.passed


@pytest.mark.parametrize(
    ("listed", "detail"),
    [
        (LISTED | {"v": "TABLE"}, "view v is a table"),
        ({"t": "TABLE", "v": "VIEW"}, "table s does not exist"),
        (LISTED | {"t": "VIEW"}, "table t is a view"),
    ],
)
def test_what_is_declared_and_not_there_is_named(listed: Any, detail: str) -> None:
    [outcome] = run(FakeClient(listed=listed), "d1")
    assert (outcome.details, outcome.passed) == ((detail,), False)


def test_jobs_are_bounded_in_time_and_bytes_and_read_no_cache() -> None:
    client = FakeClient()
    run(client, "v1.1")
    [(query, config, options)] = client.jobs
    assert query == "SELECT 'x' AS detail FROM `p.d.t`"
    assert (config.use_query_cache, config.maximum_bytes_billed, config.job_timeout_ms) == (False, 2**30, "120000")
    assert config.labels == {"eros_operation": "verify", "eros_check": "v1_1"}
    assert options["timeout"] == 120


def test_without_credentials_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(project: str, location: str) -> None:
        raise DefaultCredentialsError("Your default credentials were not found.")

    monkeypatch.setattr(verify, "bigquery_client", refuse)
    with pytest.raises(CloudError, match="Your default credentials were not found"):
        verify.connect(OUTPUTS)


def test_a_closed_port_is_an_error_within_the_time_to_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT", "http://127.0.0.1:9/bigquery/v2/")
    monkeypatch.setattr(verify, "RETRY", verify.RETRY.with_timeout(0.3))
    with pytest.raises(CloudError, match=r"(?s)127.0.0.1:9 .* is down: Connection refused.*eros local up"):
        verify.connect(OUTPUTS)


PASSED = Outcome("v1.1", "functions exist", "Functions exist.", "eros up -s STACK.", 0.25)
FAILED = Outcome("i1", "keys", "Keys are unique.", "clean up on STACK.", 1.5, ("key [a]", "key b"), 7)
BROKEN = Outcome("s1", "reports", "Reports are complete.", "eros up -s STACK.", 0.1, error="Not found: Table p:d.t")


def shown(*outcomes: Outcome) -> str:
    null = open("/dev/null", "w")  # noqa: SIM115 - closed with the test
    console = Console(width=200, record=True, file=null, markup=False, emoji=False)  # as display.console makes it
    verify_report.show(console, "prod", OUTPUTS, outcomes, 3.0)
    return console.export_text()


def test_the_table_names_each_check_with_its_result() -> None:
    lines = shown(PASSED, FAILED, BROKEN).strip().splitlines()
    assert lines[0].split() == ["id", "check", "result", "detail", "seconds"]
    assert lines[2].split() == ["v1.1", "functions", "exist", "PASS", "0.2"]
    assert lines[3].split() == ["i1", "keys", "FAIL", "key", "[a]", "(and", "6", "more)", "1.5"]
    assert lines[4].split() == ["s1", "reports", "FAIL", "Not", "found:", "Table", "p:d.t", "0.1"]
    assert lines[-1] == "2 of 3 checks failed on p.d (stack prod) in 3.0 s"


def test_what_failed_is_explained_with_what_to_do_on_this_stack() -> None:
    text = shown(FAILED, BROKEN)
    assert "i1 keys: Keys are unique.\n  - key [a]\n  - key b\n  - ... 2 more\n  fix: clean up on prod.\n" in text
    assert "  could not run: Not found: Table p:d.t\n  fix: eros up -s prod.\n" in text


def test_when_all_is_well_the_last_line_says_so() -> None:
    assert shown(PASSED).splitlines()[-1] == "1 check passed on p.d (stack prod) in 3.0 s"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `eros verify -s prod ...` on a client with these answers; exit code, output, errors."""

    def run_command(
        client: FakeClient, *arguments: str, scheduled: tuple[ScheduledQuery, ...] = ()
    ) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["eros", "verify", "-s", "prod", *arguments])
        monkeypatch.setattr(cli, "entry_points", lambda group: [])
        stack = SimpleNamespace(root=Path(), outputs=lambda: OUTPUTS)
        monkeypatch.setattr(Stack, "open", lambda name, say: stack)
        monkeypatch.setattr(
            "catalog.load_cached", lambda root: SimpleNamespace(checks=CHECKS, schedules={}, routines={})
        )
        monkeypatch.setattr("operations.clients.transfer_client", lambda: None)
        monkeypatch.setattr(ScheduledQueries, "list", lambda self: scheduled)
        monkeypatch.setattr(verify, "connect", lambda outputs: client)
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return run_command


def test_all_passed_is_exit_code_0(command: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = command(FakeClient())
    assert code == 0
    assert "6 checks passed" in out


def test_a_failed_check_is_exit_code_4(command: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = command(FakeClient({"v1.2": ["wrong"]}))
    assert code == 4
    assert "1 of 6 checks failed" in out


def test_a_schedule_that_the_service_runs_at_another_time_fails_d2(
    command: Callable[..., tuple[int, str, str]],
) -> None:
    query = ScheduledQuery("sweep", "c", "every day 09:20", False, None, None, None)
    code, out, _ = command(FakeClient(), "--only", "d2", scheduled=(query,))
    assert code == 4
    assert "sweep is deployed and not declared" in out


def test_only_the_checks_named_run(command: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = command(FakeClient({"v1.2": ["wrong"]}), "--only", "v1.1", "--only", "s1")
    assert code == 0
    assert "2 checks passed" in out


def test_an_unknown_check_is_exit_code_1_and_names_those_there_are(
    command: Callable[..., tuple[int, str, str]],
) -> None:
    code, _, err = command(FakeClient(), "--only", "v9")
    assert code == 1
    assert "no check 'v9'\n  fix: one of: d1, d2, d3, v1.1, v1.2, s1, or a group such as v2" in err


def test_a_cloud_out_of_reach_is_exit_code_1(command: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = command(FakeClient({"s1": requests.ConnectionError("refused")}))
    assert (code, out) == (1, "")
    assert "error: p.d cannot be verified: refused\n  fix: " in err


def test_json_is_the_whole_result_and_nothing_else(command: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = command(FakeClient({"v1.2": ["wrong"], "s1": NotFound("gone")}), "--json")
    answer = json.loads(out)
    assert code == 4
    assert [answer[key] for key in ("stack", "project", "dataset", "passed", "checks_passed", "checks_failed")] == [
        "prod", "p", "d", False, 4, 2,
    ]  # fmt: skip
    assert datetime.fromisoformat(answer["verified_at"]).tzinfo
    assert [(item["id"], item["result"]) for item in answer["checks"]] == [
        ("d1", "PASS"),
        ("d2", "PASS"),
        ("d3", "PASS"),
        ("v1.1", "PASS"),
        ("v1.2", "FAIL"),
        ("s1", "FAIL"),
    ]
    assert (answer["checks"][4]["details"], answer["checks"][4]["advice"]) == (["wrong"], "eros up -s prod.")
    assert (answer["checks"][5]["offences"], answer["checks"][5]["error"]) == (0, "gone")


def test_a_group_is_all_checks_of_its_number() -> None:
    assert verify.select(CHECKS, ["V1"]) == ("v1.1", "v1.2")
    with pytest.raises(ErosError, match=r"no check 'v1\.9'"):
        verify.select(CHECKS, ["v1.9"])
