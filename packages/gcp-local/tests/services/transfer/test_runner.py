"""What runs when: by schedule, by hand, after a pause, after a crash; and how a run ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from pending import run_pending

from gcp_local.services.cloud import Cloud
from gcp_local.services.transfer import history, runner

if TYPE_CHECKING:
    from services.conftest import Api, Clock
    from services.transfer.conftest import Bigquery


BASE = "/bigquerydatatransfer/v1/"
ACCOUNT = "acme-runner@gcp-local.iam.gserviceaccount.com"


def runs_of(api: Api, config: dict[str, Any], **parameters: Any) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = api("GET", f"{BASE}{config['name']}/runs", **parameters).get("transferRuns", [])
    return runs


def start(api: Api, config: dict[str, Any], at: str) -> dict[str, Any]:
    run: dict[str, Any] = api("POST", f"{BASE}{config['name']}:startManualRuns", {"requestedRunTime": at})["runs"][0]
    return run


class TestSchedule:
    """A config runs at its times, once each."""

    def test_nothing_runs_before_its_time(
        self, cloud: Cloud, create: Callable[..., dict[str, Any]], clock: Clock, bigquery: Bigquery
    ) -> None:
        create()
        clock.advance(minutes=66)
        assert runner.enqueue_due(cloud) == []

    def test_a_due_config_runs_once_and_moves_on(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], clock: Clock, bigquery: Bigquery
    ) -> None:
        config = create()
        clock.advance(minutes=68)
        runner.enqueue_due(cloud)
        runner.enqueue_due(cloud)
        run_pending(cloud)
        assert bigquery.ran == ["CALL ds.sweep()"]
        (run,) = runs_of(api, config)
        assert (run["state"], run["runTime"]) == ("SUCCEEDED", "2026-03-01T13:07:00Z")
        assert run["schedule"] == "every day 13:07"
        after = api("GET", BASE + config["name"])
        assert (after["nextRunTime"], after["state"]) == ("2026-03-02T13:07:00Z", "SUCCEEDED")

    @pytest.mark.parametrize(
        ("schedule", "away", "caught_up", "following"),
        [
            ("every day 13:07", {"days": 5}, "2026-03-05T13:07:00Z", "2026-03-06T13:07:00Z"),
            ("every 15 minutes", {"days": 90}, "2026-05-30T12:00:00Z", "2026-05-30T12:15:00Z"),
            ("1 of month 00:30", {"days": 100}, "2026-06-01T00:30:00Z", "2026-07-01T00:30:00Z"),
        ],
    )
    def test_missed_times_are_caught_up_by_one_run(
        self,
        api: Api,
        cloud: Cloud,
        create: Callable[..., dict[str, Any]],
        clock: Clock,
        bigquery: Bigquery,
        schedule: str,
        away: dict[str, Any],
        caught_up: str,
        following: str,
    ) -> None:
        config = create(schedule=schedule)
        clock.advance(**away)
        for _ in range(3):
            runner.enqueue_due(cloud)
            run_pending(cloud)
        assert [run["runTime"] for run in runs_of(api, config)] == [caught_up]
        assert api("GET", BASE + config["name"])["nextRunTime"] == following

    def test_a_config_that_still_runs_is_not_queued_again(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], clock: Clock, bigquery: Bigquery
    ) -> None:
        config = create(schedule="every 5 minutes")
        seen = []

        def during() -> None:
            clock.advance(minutes=20)
            seen.append((runner.enqueue_due(cloud), runner.claim(cloud)))
            bigquery.during = lambda: None

        bigquery.during = during
        runner.enqueue_due(cloud)
        run_pending(cloud)
        assert seen == [([], [])]
        assert len(runs_of(api, config)) == 1
        runner.enqueue_due(cloud)
        run_pending(cloud)
        assert len(runs_of(api, config)) == 2

    def test_a_paused_config_does_not_run(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], clock: Clock, bigquery: Bigquery
    ) -> None:
        config = create()
        api("PATCH", BASE + config["name"], {"disabled": True}, updateMask="disabled")
        clock.advance(days=3)
        assert runner.enqueue_due(cloud) == []


class TestManualRuns:
    """Runs by request."""

    def test_a_requested_run_is_pending_until_it_is_taken(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
    ) -> None:
        config = create()
        run = start(api, config, "2026-03-01T11:59:00Z")
        assert run["state"] == "PENDING"
        assert "schedule" not in run
        run_pending(cloud)
        ended = api("GET", BASE + run["name"])
        assert ended["state"] == "SUCCEEDED"
        assert ended["runTime"] == "2026-03-01T11:59:00Z"
        assert ended["startTime"] <= ended["endTime"]

    def test_an_early_manual_run_leaves_the_schedule_alone(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
    ) -> None:
        config = create()
        start(api, config, "2026-03-01T12:00:00Z")
        assert api("GET", BASE + config["name"])["nextRunTime"] == config["nextRunTime"]

    def test_a_manual_run_for_an_overdue_time_serves_it(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], clock: Clock, bigquery: Bigquery
    ) -> None:
        config = create()
        clock.advance(days=1)
        start(api, config, config["nextRunTime"])
        run_pending(cloud)
        assert runner.enqueue_due(cloud) == []
        assert api("GET", BASE + config["name"])["nextRunTime"] == "2026-03-02T13:07:00Z"

    def test_runs_of_one_config_never_overlap(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
    ) -> None:
        config = create()
        start(api, config, "2026-03-01T10:00:00Z")
        start(api, config, "2026-03-01T11:00:00Z")
        overlapping: list[list[dict[str, Any]]] = []
        bigquery.during = lambda: overlapping.append(runner.claim(cloud))
        ended = run_pending(cloud)
        assert [run["runTime"] for run in ended] == ["2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"]
        assert overlapping == [[], []]

    def test_different_configs_may_run_side_by_side(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
    ) -> None:
        for name in ("a", "b"):
            start(api, create(displayName=name), "2026-03-01T10:00:00Z")
        assert len(runner.claim(cloud)) == 2

    def test_a_range_gives_a_run_for_each_scheduled_time(
        self, api: Api, create: Callable[..., dict[str, Any]], clock: Clock
    ) -> None:
        config = create()
        clock.advance(days=10)
        span = {"startTime": "2026-03-02T13:07:00Z", "endTime": "2026-03-04T13:07:00Z"}
        runs = api("POST", f"{BASE}{config['name']}:startManualRuns", {"requestedTimeRange": span})["runs"]
        assert [run["runTime"] for run in runs] == ["2026-03-02T13:07:00Z", "2026-03-03T13:07:00Z"]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"requestedRunTime": "2026-03-01T12:00:01Z"},
            {"requestedTimeRange": {"startTime": "2026-02-01T00:00:00Z"}},
            {"requestedTimeRange": {"startTime": "2026-02-02T00:00:00Z", "endTime": "2026-02-01T00:00:00Z"}},
            {"requestedTimeRange": {"startTime": "2026-02-02T00:00:00Z", "endTime": "2027-02-01T00:00:00Z"}},
            {"requestedRunTime": "2026-03-01T11:00:00Z", "requestedTimeRange": {"startTime": "2026-02-01T00:00:00Z"}},
        ],
    )
    def test_a_time_that_cannot_be_is_refused(
        self, api: Api, create: Callable[..., dict[str, Any]], body: dict[str, Any]
    ) -> None:
        config = create()
        api.refused(400, "POST", f"{BASE}{config['name']}:startManualRuns", body)
        assert runs_of(api, config) == []


class TestEnd:
    """A run says how it ended."""

    def test_a_failed_query_is_a_failed_run_with_its_error(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
    ) -> None:
        bigquery.failures["CALL ds.sweep()"] = "boom at [1:1]"
        config = create()
        run = start(api, config, "2026-03-01T11:00:00Z")
        run_pending(cloud)
        ended = api("GET", BASE + run["name"])
        assert ended["state"] == "FAILED"
        assert ended["errorStatus"] == {"code": 3, "message": "boom at [1:1]"}
        assert api("GET", BASE + config["name"])["state"] == "FAILED"
        errors = api("GET", f"{BASE}{run['name']}/transferLogs", messageTypes="ERROR")["transferMessages"]
        assert [message["messageText"] for message in errors] == ["boom at [1:1]"]

    def test_an_agent_without_its_role_cannot_start_a_job(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
    ) -> None:
        run = start(api, create(), "2026-03-01T11:00:00Z")
        project = "/cloudresourcemanager/v1/projects/gcp-local"
        policy = api("POST", f"{project}:getIamPolicy", {})
        policy["bindings"] = [one for one in policy["bindings"] if "serviceAgent" not in one["role"]]
        api("POST", f"{project}:setIamPolicy", {"policy": policy})
        run_pending(cloud)
        ended = api("GET", BASE + run["name"])
        assert ended["errorStatus"]["code"] == 7
        assert "gcp-sa-bigquerydatatransfer" in ended["errorStatus"]["message"]
        assert "roles/bigquerydatatransfer.serviceAgent" in ended["errorStatus"]["message"]
        assert bigquery.ran == []

    def test_a_lost_grant_fails_the_run_before_any_query(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
    ) -> None:
        run = start(api, create(), "2026-03-01T11:00:00Z")
        project = "/cloudresourcemanager/v1/projects/gcp-local:setIamPolicy"
        api("POST", project, {"policy": {"bindings": []}})
        run_pending(cloud)
        ended = api("GET", BASE + run["name"])
        assert ended["errorStatus"]["code"] == 7
        assert "PERMISSION_DENIED" in ended["errorStatus"]["message"]
        assert "bigquery.jobs.create" in ended["errorStatus"]["message"]
        assert bigquery.ran == []

    def test_a_config_deleted_while_it_runs_stays_deleted(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
    ) -> None:
        config = create()
        start(api, config, "2026-03-01T11:00:00Z")
        bigquery.during = lambda: api("DELETE", BASE + config["name"])
        run_pending(cloud)
        assert cloud.store.list(history.RUNS) == []
        api.refused(404, "GET", BASE + config["name"])


class TestRecovery:
    """After the process died."""

    def test_a_run_in_progress_is_failed_as_interrupted_and_due_again(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], clock: Clock, bigquery: Bigquery
    ) -> None:
        config = create()
        clock.advance(minutes=68)
        runner.enqueue_due(cloud)
        (run,) = runner.claim(cloud)
        runner.recover(cloud)
        ended = api("GET", BASE + run["name"])
        assert ended["state"] == "FAILED"
        assert ended["errorStatus"]["message"].startswith("interrupted")
        assert api("GET", BASE + config["name"])["nextRunTime"] == "2026-03-01T13:07:00Z"
        runner.enqueue_due(cloud)
        run_pending(cloud)
        assert bigquery.ran == ["CALL ds.sweep()"]
        assert [one["state"] for one in runs_of(api, config)].count("SUCCEEDED") == 1

    def test_a_waiting_run_still_waits(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
    ) -> None:
        run = start(api, create(), "2026-03-01T11:00:00Z")
        runner.recover(cloud)
        assert api("GET", BASE + run["name"])["state"] == "PENDING"

    def test_an_interrupted_run_of_a_paused_config_does_not_make_it_due(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
    ) -> None:
        config = create()
        start(api, config, "2026-03-01T11:00:00Z")
        runner.claim(cloud)
        api("PATCH", BASE + config["name"], {"disabled": True}, updateMask="disabled")
        runner.recover(cloud)
        assert "nextRunTime" not in api("GET", BASE + config["name"])

    def test_runs_are_forgotten_after_ninety_days(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], clock: Clock, bigquery: Bigquery
    ) -> None:
        config = create()
        start(api, config, "2026-03-01T11:00:00Z")
        run_pending(cloud)
        clock.advance(days=89)
        runner.recover(cloud)
        assert len(runs_of(api, config)) == 1
        clock.advance(days=2)
        runner.recover(cloud)
        assert runs_of(api, config) == []


class TestHistory:
    """Runs can be listed, chosen and deleted."""

    def test_runs_are_listed_newest_first_and_by_state(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], clock: Clock, bigquery: Bigquery
    ) -> None:
        config = create()
        first = start(api, config, "2026-03-01T10:00:00Z")
        run_pending(cloud)
        clock.advance(minutes=1)
        second = start(api, config, "2026-03-01T11:00:00Z")
        assert [run["name"] for run in runs_of(api, config)] == [second["name"], first["name"]]
        assert [run["name"] for run in runs_of(api, config, states="SUCCEEDED")] == [first["name"]]
        assert [run["name"] for run in runs_of(api, config, states="2")] == [second["name"]]
        assert [run["name"] for run in runs_of(api, config, runAttempt="LATEST")] == [second["name"]]
        api.refused(400, "GET", f"{BASE}{config['name']}/runs", states="SLEEPING")

    def test_a_run_in_progress_cannot_be_deleted(
        self, api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
    ) -> None:
        run = start(api, create(), "2026-03-01T11:00:00Z")
        bigquery.during = lambda: api.refused(400, "DELETE", BASE + run["name"])
        run_pending(cloud)
        api("DELETE", BASE + run["name"])
        api.refused(404, "GET", BASE + run["name"])
