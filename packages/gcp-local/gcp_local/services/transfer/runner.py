"""Runs what is due: queues runs by schedule, takes waiting runs, executes them, keeps how they ended.

A config never runs twice at once. Times missed while the machine slept are caught up by one run. A run that was in
progress when the process died is FAILED with the cause `interrupted`, and its config is due again.
"""

from __future__ import annotations

import logging
import threading

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.scalars import timestamp
from gcp_local.services.transfer import announcements, configs, grants, history, queries, runs, schedules, told_jobs

LOG = logging.getLogger(__name__)
INTERRUPTED = "interrupted: the transfer service stopped while this run was in progress"
TICK_SECONDS = 1.0
RUNS_AT_ONCE = 4


def recover(cloud: Cloud) -> None:
    """After a start: fail the runs that were in progress, make their configs due, forget old runs."""
    for run in history.live_runs(cloud):
        if run["state"] == "RUNNING":
            _stop_job(cloud, run)
            with cloud.store.transaction():
                _finish(cloud, run, queries.QueryError(queries.ABORTED_CODE, INTERRUPTED))
                _make_due(cloud, run)
    history.delete_old_runs(cloud)


def enqueue_due(cloud: Cloud) -> list[Json]:
    """Queue one run for each config whose time has come and that neither waits nor runs; those runs."""
    now = cloud.now()
    queued = []
    with cloud.store.transaction():
        for document in cloud.store.list(configs.COLLECTION):
            config = document["config"]
            due = config.get("nextRunTime")
            if due and schedules.instant(due) <= now and not history.live_runs(cloud, configs.id_of(config)):
                moment = schedules.last_missed(config, configs.anchor_of(document), now)
                queued.append(runs.new_run(cloud, document, moment, by_schedule=True))
    return queued


def claim(cloud: Cloud) -> list[Json]:
    """Take the waiting runs that may start now, the oldest of each config, and mark them RUNNING."""
    with cloud.store.transaction():
        live = history.live_runs(cloud)
        busy = {_config_id(run) for run in live if run["state"] == "RUNNING"}
        claimed = []
        for run in live:
            if len(busy) < RUNS_AT_ONCE and run["state"] == "PENDING" and _config_id(run) not in busy:
                busy.add(_config_id(run))
                started = history.save_run(cloud, run, state="RUNNING", startTime=timestamp(cloud.now()))
                _show_state(cloud, started)
                claimed.append(started)
    return claimed


def execute(cloud: Cloud, run: Json) -> Json:
    """Run the query of a claimed run to its end; the run as it ended."""
    document = cloud.store.get(configs.COLLECTION, _config_id(run))
    failure = None
    try:
        owner = document["owner"] if document else ""
        problem = grants.run_problem(cloud, owner) if document else "The transfer config was deleted."
        if problem := problem or grants.query_problem(cloud, run, owner):
            raise queries.QueryError(queries.DENIED_CODE, f"PERMISSION_DENIED: {problem}")
        history.log(cloud, run, f"Starting to process the query job {queries.job_id(run)}.")
        queries.execute(cloud, run)
        told_jobs.tell(cloud, run, owner)
    except queries.QueryError as error:
        failure = error
    except Exception as error:
        LOG.exception("run %s", run["name"])
        failure = queries.QueryError(queries.UNKNOWN_CODE, f"INTERNAL: {error!r}")
    return _finish(cloud, run, failure)


class Runner:
    """The thread that does all this in the background until stopped."""

    def __init__(self, cloud: Cloud, *, by_schedule: bool = True) -> None:
        self._cloud = cloud
        self._by_schedule = by_schedule
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="transfers", daemon=True)

    def start(self) -> None:
        """Recover, then run what waits and what becomes due."""
        recover(self._cloud)
        self._thread.start()

    def stop(self) -> None:
        """Start nothing any more. Runs in progress are left; the next start calls them interrupted."""
        self._stopping.set()
        self._cloud.work.set()
        self._thread.join(timeout=10)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._cloud.work.wait(TICK_SECONDS)
            self._cloud.work.clear()
            try:
                self._tick()
            except Exception:
                # One broken config must not end all schedules: said in the log, tried again at the next tick.
                LOG.exception("transfer scheduler")

    def _tick(self) -> None:
        if self._stopping.is_set():
            return
        if self._by_schedule:
            enqueue_due(self._cloud)
        for run in claim(self._cloud):
            # A daemon: a query that runs for hours must not keep the process from ending.
            threading.Thread(target=self._execute, args=(run,), daemon=True).start()

    def _execute(self, run: Json) -> None:
        execute(self._cloud, run)
        self._cloud.work.set()


def _config_id(run: Json) -> str:
    return history.key_of(run).partition("/")[0]


def _finish(cloud: Cloud, run: Json, failure: queries.QueryError | None) -> Json:
    end: Json = {"state": "SUCCEEDED", "endTime": timestamp(cloud.now())}
    if failure:
        end |= {"state": "FAILED", "errorStatus": failure.status()}
    with cloud.store.transaction():
        if cloud.store.get(history.RUNS, history.key_of(run)) is None:
            return {**run, **end}  # deleted with its config meanwhile
        ended = history.save_run(cloud, run, **end)
        if failure:
            history.log(cloud, run, failure.message, "ERROR")
        else:
            history.log(cloud, run, f"Job {queries.job_id(run)} completed successfully.")
        announcements.announce(cloud, ended)
        _show_state(cloud, ended)
    return ended


def _show_state(cloud: Cloud, run: Json) -> None:
    document = cloud.store.get(configs.COLLECTION, _config_id(run))
    if document:
        document["config"]["state"] = run["state"]
        cloud.store.put(configs.COLLECTION, _config_id(run), document)


def _make_due(cloud: Cloud, run: Json) -> None:
    document = cloud.store.get(configs.COLLECTION, _config_id(run))
    if document and schedules.runs_by_itself(document["config"], cloud.now()):
        document["config"]["nextRunTime"] = run["runTime"]
        cloud.store.put(configs.COLLECTION, _config_id(run), document)


def _stop_job(cloud: Cloud, run: Json) -> None:
    """A job that outlived the process would run beside its repetition."""
    try:
        queries.cancel(cloud, run)
    except queries.QueryError as error:
        LOG.warning("job %s of an interrupted run: %s", queries.job_id(run), error.message)
