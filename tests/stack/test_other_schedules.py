"""The new schedules do not run beside transfer configs of others that write into the same dataset."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pulumi
import pytest

from components import rest
from settings.endpoints import REST_BASES, TRANSFER
from tests.stack.conftest import live_sources

DATASET = "eros_scheduling_brain"
PLACE = "/projects/of-scheduler-proj/locations/US/transferConfigs"
OLD = {"displayName": "nightly sweep", "params": {"query": f"CALL `of-scheduler-proj.{DATASET}.sweep`()"}}
RUNNER = {"ownerInfo": {"email": "eros-run-prod@of-scheduler-proj.iam.gserviceaccount.com"}}


class Transfers:
    """The Data Transfer API: a config a page, the account only where one config is read."""

    def __init__(self) -> None:
        self.configs: list[dict[str, Any]] = []
        self.status, self.failures = 200, 0
        self.asked: list[str] = []

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        self.asked.append(path)
        if self.failures:
            self.failures -= 1
            return 503, {"error": {"message": "later"}}
        if self.status != 200:
            return self.status, {"error": {"message": "no", "details": [{"reason": "SERVICE_DISABLED"}]}}
        if path != PLACE:
            return 200, self.configs[int(path.rpartition("/")[2])]
        at = int(query.get("pageToken", ["0"])[0])
        shown = [
            {**{k: v for k, v in c.items() if k != "ownerInfo"}, "name": f"{PLACE[1:]}/{at}"}
            for c in self.configs[at : at + 1]
        ]
        more = {"nextPageToken": str(at + 1)} if at + 1 < len(self.configs) else {}
        return 200, {"transferConfigs": shown, **more}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Transfers]:
    served = Transfers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.headers["Authorization"] == "Bearer t0ken"
            parts = urlsplit(self.path)
            status, body = served.answer(parts.path, parse_qs(parts.query))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setitem(REST_BASES, TRANSFER, f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setattr(rest, "RETRIES", rest.RETRIES.new(backoff_factor=0))
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(run_program: Callable[..., Any]) -> Callable[..., Any]:
    return lambda **config: run_program("prod", live=live_sources(), token="t0ken", **config)


@pytest.mark.parametrize(
    "old",
    [
        OLD,
        {"displayName": "nightly sweep", "params": {"query": f"DELETE FROM `{DATASET}`.`t` WHERE TRUE"}},
        {"displayName": "nightly sweep", "destinationDatasetId": DATASET, "params": {"query": "SELECT 1"}},
        {"displayName": "nightly sweep", "destinationDatasetId": DATASET, "dataSourceId": "google_cloud_storage"},
    ],
    ids=["call", "dml", "destination", "another data source"],
)
def test_they_are_refused_beside_an_old_one_and_the_ways_out_are_named(
    run: Callable[..., Any], api: Transfers, old: Any
) -> None:
    api.configs = [{"displayName": "somebody's", "params": {"query": "SELECT 1"}}, old]
    with pytest.raises(pulumi.RunError, match="write into eros_scheduling_brain: nightly sweep") as refused:
        run()
    said = str(refused.value)
    assert "eros adopt -s prod --pause-old" in said
    assert "pulumi config set pauseSchedules true -s prod" in said
    assert "--path 'otherSchedules[0]' 'nightly sweep' -s prod" in said


@pytest.mark.parametrize(
    "other",
    [
        {**OLD, "disabled": True},
        {**OLD, **RUNNER, "displayName": "EROS: A Former Title (prod)"},
        {**OLD, "displayName": "EROS: Daily Schedule Generation (prod)"},
        {"displayName": "theirs", "params": {"query": f"CALL `another-project.{DATASET}.sweep`()"}},
        {"displayName": "theirs", "params": {"query": f"CALL `{DATASET}_copy.sweep`()"}},
        {
            "displayName": "report",
            "destinationDatasetId": "reports",
            "params": {"query": f"SELECT * FROM {DATASET}.t", "destination_table_name_template": "daily"},
        },
    ],
    ids=["paused", "renamed by us", "ours", "another project", "another dataset", "reads only"],
)
def test_what_does_not_write_here_or_is_ours_stops_nothing(
    run: Callable[..., Any], api: Transfers, other: dict[str, Any]
) -> None:
    api.configs = [other]
    assert run().resources
    assert api.asked


def test_new_schedules_that_wait_ask_nobody(run: Callable[..., Any], api: Transfers) -> None:
    api.configs = [OLD]
    assert run(pauseSchedules="true").resources
    assert not api.asked


def test_what_the_operator_accepts_runs_beside_ours_and_the_others_are_still_refused(
    run: Callable[..., Any], api: Transfers
) -> None:
    api.configs = [OLD, {**OLD, "displayName": "old load"}]
    with pytest.raises(pulumi.RunError, match=r"eros_scheduling_brain: old load\n"):
        run(otherSchedules='["nightly sweep"]')
    assert run(otherSchedules='["nightly sweep", "old load"]').resources


def test_where_the_api_was_never_enabled_nothing_runs(run: Callable[..., Any], api: Transfers) -> None:
    api.status = 403
    assert run().resources


def test_an_answer_that_fails_for_a_moment_is_asked_for_again_and_for_good_it_is_refused(
    run: Callable[..., Any], api: Transfers
) -> None:
    api.failures = 2
    assert run().resources
    api.failures = 9
    with pytest.raises(pulumi.RunError, match=r"(?s)cannot be read.*503 later.*fix: .*bigquery\.transfers\.get"):
        run()
