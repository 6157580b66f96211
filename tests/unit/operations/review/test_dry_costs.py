"""Costs by dry run: what a BigQuery that knows is asked, what it cannot know, and what its failures leave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from google.api_core.exceptions import BadRequest, Forbidden, GoogleAPICallError, TooManyRequests
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession
from requests.adapters import HTTPAdapter

from catalog import Catalog, Placement, load
from catalog.cost import MINIMUM_BYTES, dry_script
from operations.clients import BoundedClient
from operations.errors import CloudError
from operations.review.comment import render
from operations.review.dry_costs import with_dry_runs
from operations.review.findings import Changed, CostLine, Findings
from operations.review.from_preview import with_costs
from operations.review.reviewing import costs, monthly

NO_STACK: Any = None  # nothing of it is asked
TEBIBYTE = 2**40
PLACE = Placement("p", "d")
LIVE = Findings(project="eros", stack="prod", compared_with="p.d", live=True)
TABLE = """
CREATE TABLE `eros_scheduling_brain.{name}` (
  id INT64 OPTIONS(description="Id."),
  seen TIMESTAMP OPTIONS(description="When.")
)
PARTITION BY DATE(seen)
OPTIONS(description="A table.")
"""
VIEW = """
CREATE OR REPLACE VIEW `eros_scheduling_brain.v` OPTIONS(description="V.") AS
SELECT
  --: {note}
  id
FROM `eros_scheduling_brain.big`;
"""
JOB = """
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.job`(p_now TIMESTAMP)
OPTIONS(description="A job.")
BEGIN
{body}
END;
"""
VOLUMES = """
load: {creators: 10, messages_per_month: 1000, captions_per_creator: 10, months_of_history: 1,
  sends_per_creator_and_day: 1}
tables:
  big: {rows: 1000000, days: 10}
  small: {rows: 10, days: 1}
texts: {}
calls:
  job: {procedure: job, times_a_day: 1}
"""
COUNTS = "INSERT INTO `eros_scheduling_brain.small` (id) SELECT COUNT(*) FROM `eros_scheduling_brain.big`;"
SINCE = "UPDATE `eros_scheduling_brain.small` SET id = 1 WHERE seen < TIMESTAMP_SUB(p_now, INTERVAL 1 DAY);"


def catalog(root: Path, body: str, note: str = "One.") -> Catalog:
    files = {
        "sql/tables/big.sql": TABLE.format(name="big"),
        "sql/tables/small.sql": TABLE.format(name="small"),
        "sql/views/v.sql": VIEW.format(note=note),
        "sql/procedures/job.sql": JOB.format(body=body),
        "config/volumes.yaml": VOLUMES,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return load(root)


class Service:
    """BigQuery that answers dry runs, and nothing that is none."""

    def __init__(self, answer: Callable[[str], object], accuracy: str | None = "PRECISE") -> None:
        self.answer, self.accuracy, self.asked = answer, accuracy, list[str]()

    def query(self, script: str, job_config: Any) -> Any:
        assert (job_config.dry_run, job_config.use_query_cache) == (True, False)
        self.asked.append(script)
        found = self.answer(script)
        if isinstance(found, Exception):
            raise found
        said = {} if self.accuracy is None else {"totalBytesProcessedAccuracy": self.accuracy}
        return SimpleNamespace(total_bytes_processed=found, _properties={"statistics": {"query": said}})


def line(service: Any, now: Catalog, before: Catalog | None, *changes: Changed) -> tuple[CostLine, Findings]:
    found = with_dry_runs(
        lambda: service, PLACE, now, before, LIVE.model_copy(update={"changes": changes, "costs": costs(now, before)})
    )
    return found.costs[0], found


def dollars(bytes_a_run: float) -> float:
    return bytes_a_run * 365.25 / 12 / TEBIBYTE * 6.25


def test_a_statement_is_asked_by_itself_as_the_query_that_it_reads_and_counts_what_is_said(tmp_path: Path) -> None:
    service = Service(lambda _: 3 * TEBIBYTE)
    found, findings = line(service, catalog(tmp_path, COUNTS), None)
    assert service.asked == ["SELECT COUNT(*) FROM `p.d.big`"]
    assert found.before is None
    assert found.after == pytest.approx(dollars(3 * TEBIBYTE), rel=0.01)
    assert (found.dry, found.statements, findings.cost_note) == (1, 1, "")


def test_the_instant_prunes_partitions_and_variables_are_declared_without_a_value(tmp_path: Path) -> None:
    body = f"DECLARE v_id, v_other INT64 DEFAULT 1;\n{SINCE}\n{COUNTS.replace(';', ' WHERE id = v_id;')}"
    now = catalog(tmp_path, body)
    instant = datetime(2026, 1, 2, tzinfo=UTC)
    asked = {dry_script(now, cost, PLACE, instant) for cost in monthly(now)[0].statements}
    assert asked == {
        "UPDATE `p.d.small` SET id = 1 "
        "WHERE seen < TIMESTAMP_SUB(TIMESTAMP '2026-01-02 00:00:00+00:00', INTERVAL 1 DAY)",
        "DECLARE v_id INT64;\nSELECT COUNT(*) FROM `p.d.big` WHERE id = v_id",
    }


@pytest.mark.parametrize(
    "body",
    [
        "CREATE OR REPLACE TEMP TABLE t AS SELECT id FROM `eros_scheduling_brain.big`;\n"
        "INSERT INTO `eros_scheduling_brain.small` (id) SELECT id FROM t;",
        "DECLARE v_from TIMESTAMP DEFAULT p_now;\n" + SINCE.replace("p_now", "v_from"),
    ],
    ids=["a temporary table", "a variable in a partition filter"],
)
def test_what_a_dry_run_cannot_know_is_not_asked_and_stays_an_estimate(tmp_path: Path, body: str) -> None:
    service = Service(lambda _: TEBIBYTE)
    now = catalog(tmp_path, body)
    found, _ = line(service, now, None)
    unasked = [cost for cost in monthly(now)[0].statements if not dry_script(now, cost, PLACE, datetime.now(UTC))]
    assert unasked
    assert len(service.asked) == found.statements - len(unasked) == found.dry


def test_the_minimum_of_ten_mebibytes_a_table_holds_for_dry_runs_too(tmp_path: Path) -> None:
    found, _ = line(Service(lambda _: 1), catalog(tmp_path, COUNTS), None)
    assert found.after == pytest.approx(dollars(MINIMUM_BYTES), rel=0.01)


@pytest.mark.parametrize(("accuracy", "said"), [("LOWER_BOUND", 5), ("UNKNOWN", 5), ("PRECISE", 0), (None, 0)])
def test_no_figure_is_no_answer_so_that_a_bigquery_that_is_none_is_not_believed(
    tmp_path: Path, accuracy: str | None, said: int
) -> None:
    now = catalog(tmp_path, COUNTS)
    found, _ = line(Service(lambda _: said, accuracy), now, None)
    (estimated,) = costs(now, None)
    assert (found.after, found.dry) == (estimated.after, 0)


@pytest.mark.parametrize("accuracy", ["UPPER_BOUND", None])
def test_an_upper_bound_counts_and_so_does_an_answer_without_accuracy_as_bq_takes_it(
    tmp_path: Path, accuracy: str | None
) -> None:
    assert line(Service(lambda _: TEBIBYTE, accuracy), catalog(tmp_path, COUNTS), None)[0].dry == 1


def test_both_sides_come_from_one_source_when_the_new_version_cannot_be_asked(tmp_path: Path) -> None:
    new = COUNTS.replace("COUNT(*)", "SUM(id)")
    before, now = catalog(tmp_path / "a", COUNTS), catalog(tmp_path / "b", new)
    service = Service(lambda script: BadRequest("Unrecognized name") if "SUM" in script else TEBIBYTE)
    found, findings = line(service, now, before)
    (estimated,) = costs(now, before)
    assert len(service.asked) == 2
    assert (found.before, found.after, found.dry) == (estimated.before, estimated.after, 0)
    assert findings.cost_note == ""
    asked, _ = line(Service(lambda script: TEBIBYTE * (2 if "SUM" in script else 1)), now, before)
    assert (asked.before, asked.after) == pytest.approx((dollars(TEBIBYTE), dollars(2 * TEBIBYTE)), rel=0.01)


def test_what_reads_through_a_view_that_changes_is_not_asked_of_the_view_that_is_deployed(tmp_path: Path) -> None:
    through = COUNTS.replace(".big`", ".v`")
    before, now = (catalog(tmp_path / side, through, note=f"{side}.") for side in "ab")
    change = Changed(op="update", name="v", kind="view", diff="-1\n+2")
    found, _ = line(Service(lambda _: TEBIBYTE), now, before, change)
    (estimated,) = costs(now, before)
    assert (found.before, found.after, found.dry) == (estimated.before, estimated.after, 0)
    assert line(Service(lambda _: TEBIBYTE), now, before)[0].dry == 1


@pytest.mark.parametrize(
    "error",
    [
        Forbidden("Access Denied: Project p: User does not have bigquery.jobs.create permission in project p."),
        TooManyRequests("Exceeded rate limits"),
        Forbidden("Quota exceeded: Your project exceeded quota for queries"),
    ],
)
def test_a_refusal_that_concerns_all_is_told_and_the_estimate_stays(tmp_path: Path, error: GoogleAPICallError) -> None:
    now = catalog(tmp_path, f"{COUNTS}\n{SINCE}")
    found, findings = line(Service(lambda _: error), now, None)
    (estimated,) = costs(now, None)
    assert (found.after, found.dry) == (estimated.after, 0)
    assert error.message in findings.cost_note
    text = render(findings)
    assert "estimated before the free TiB" in text
    assert "Note: no more dry runs: " in text


def test_statements_that_may_not_be_read_are_counted_and_one_is_named_while_the_others_are_asked(
    tmp_path: Path,
) -> None:
    now = catalog(tmp_path, f"{COUNTS}\n{SINCE}")
    denied = Forbidden("Access Denied: Table p:d.small: User does not have permission to query table p:d.small")
    found, findings = line(Service(lambda script: denied if "UPDATE" in script else TEBIBYTE), now, None)
    assert (found.dry, found.statements) == (1, 2)
    assert findings.cost_note == f"1 of 2 dry runs were refused: {denied.message}"


def test_without_credentials_the_estimate_stays_and_the_reason_is_told(tmp_path: Path) -> None:
    def no_client() -> Any:
        raise CloudError("BigQuery: no credentials")

    now = catalog(tmp_path, COUNTS)
    found = with_dry_runs(no_client, PLACE, now, None, LIVE.model_copy(update={"costs": costs(now, None)}))
    assert (found.costs, found.cost_note) == (costs(now, None), "no dry runs: BigQuery: no credentials")


class Wire(HTTPAdapter):
    """Google's REST: takes requests of the client library, answers a dry run as jobs.insert does."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        assert isinstance(request.body, str | bytes)
        configuration = json.loads(request.body)["configuration"]
        call = f"{request.method} {(request.url or '').split('?')[0].rpartition('/v2/')[2]}"
        self.sent.append({"call": call, **configuration})
        job = {"projectId": "p", "jobId": "", "location": "US"}
        said = {"totalBytesProcessed": str(TEBIBYTE), "totalBytesProcessedAccuracy": "UPPER_BOUND"}
        answer = {"jobReference": job, "configuration": configuration, "status": {"state": "DONE"}}
        found = requests.Response()
        found.status_code = 200
        found.headers["content-type"] = "application/json"
        found.raw = BytesIO(json.dumps({**answer, "statistics": {"query": said}}).encode())
        return found


def test_googles_client_sends_a_dry_run_past_the_cache_and_its_answer_is_read(tmp_path: Path) -> None:
    wire, session = Wire(), AuthorizedSession(AnonymousCredentials())
    session.mount("https://", wire)
    client = BoundedClient("p", location="US", credentials=AnonymousCredentials(), _http=session)
    found, _ = line(client, catalog(tmp_path, COUNTS), None)
    assert found.dry == 1
    assert found.after == pytest.approx(dollars(TEBIBYTE), rel=0.01)
    (sent,) = wire.sent
    assert (sent["call"], sent["dryRun"], sent["query"]["useQueryCache"]) == ("POST projects/p/jobs", True, False)
    assert sent["query"]["query"] == "SELECT COUNT(*) FROM `p.d.big`"


def test_a_stack_of_this_machine_is_never_asked() -> None:
    found = LIVE.model_copy(update={"live": False})
    assert with_costs(NO_STACK, Catalog({}), None, found, print) is found


def test_the_comment_says_of_each_figure_where_it_is_from() -> None:
    lines = (
        CostLine(name="a", before=1.0, after=2.0, dry=3, statements=3),
        CostLine(name="b", before=1.0, after=3.0, dry=1, statements=4),
        CostLine(name="c", before=1.0, after=4.0, statements=2),
    )
    text = render(LIVE.model_copy(update={"costs": lines}))
    assert "dry run of 4 of 9 statements, else estimated, before the free TiB" in text
    assert "| <code>a</code> | $1.00 | $2.00 | dry run |" in text
    assert "| <code>b</code> | $1.00 | $3.00 | dry run of 1 of 4 statements, else estimated |" in text
    assert "| <code>c</code> | $1.00 | $4.00 | estimate |" in text
