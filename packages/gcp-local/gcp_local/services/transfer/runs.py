"""Runs of a config: started by hand, listed, read and deleted, with their log."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json, failed_precondition, invalid, not_found
from gcp_local.services.paging import page
from gcp_local.services.registry import Call, merged
from gcp_local.services.scalars import timestamp
from gcp_local.services.transfer import configs, history, schedules
from gcp_local.services.transfer.service import SERVICE, both

MOST_RUNS = 500


@SERVICE.handles(*both("transferConfigs.startManualRuns"))
def start_manual_runs(call: Call) -> Json:
    """Queue one run for `requestedRunTime`, or one for each scheduled time in `requestedTimeRange`."""
    with call.cloud.store.transaction():
        document = configs.find(call)
        moments = _requested_times(call, document)
        runs = [new_run(call.cloud, document, moment, by_schedule=False) for moment in moments]
    call.cloud.work.set()
    return {"runs": runs} if runs else {}


@SERVICE.handles(*both("transferConfigs.runs.list"))
def list_runs(call: Call) -> Json:
    """The runs of a config, newest first; `runAttempt=LATEST` shows the last one of each day."""
    config_id = configs.id_of(configs.find(call)["config"])
    states = _words(call, "states")
    runs = call.cloud.store.list(history.RUNS, f"{config_id}/")
    runs.sort(key=lambda run: (datetime.fromisoformat(run["scheduleTime"]), run["updateTime"]), reverse=True)
    if _words(call, "runAttempt") == ["LATEST"]:
        runs = [next(group) for _, group in itertools.groupby(runs, key=lambda run: str(run["runTime"])[:10])]
    return page(call, "transferRuns", [run for run in runs if not states or run["state"] in states])


@SERVICE.handles(*both("transferConfigs.runs.get"))
def get_run(call: Call) -> Json:
    """One run."""
    return _find(call)


@SERVICE.handles(*both("transferConfigs.runs.delete"))
def delete_run(call: Call) -> Json:
    """Forget a run that has not begun or has ended."""
    with call.cloud.store.transaction():
        run = _find(call)
        if run["state"] == "RUNNING":
            raise failed_precondition("A transfer run in progress cannot be deleted.")
        history.delete_run(call.cloud, history.key_of(run))
    return {}


@SERVICE.handles(*both("transferConfigs.runs.transferLogs.list"))
def list_logs(call: Call) -> Json:
    """The messages of a run."""
    wanted = _words(call, "messageTypes")
    found = history.messages(call.cloud, history.key_of(_find(call)))
    return page(call, "transferMessages", [one for one in found if not wanted or one["severity"] in wanted])


def new_run(cloud: Cloud, document: Json, run_time: datetime, *, by_schedule: bool) -> Json:
    """Queue a run. One that serves the config's overdue time moves `nextRunTime` on: nothing is caught up twice."""
    config, now = document["config"], cloud.now()
    run = {
        "name": f"{config['name']}/runs/{uuid.uuid4()}",
        "scheduleTime": timestamp(run_time if by_schedule else now),
        "runTime": timestamp(run_time),
        "params": config["params"],
        "dataSourceId": config["dataSourceId"],
        "state": "PENDING",
        "userId": config["userId"],
        "emailPreferences": config.get("emailPreferences", {}),
        **({"destinationDatasetId": config["destinationDatasetId"]} if "destinationDatasetId" in config else {}),
        **({"schedule": config["schedule"]} if by_schedule else {}),
        **{name: config[name] for name in ("notificationPubsubTopic",) if name in config},
    }
    due = config.get("nextRunTime")
    if due and schedules.instant(due) <= run_time:
        following = schedules.next_run(config, configs.anchor_of(document), max(now, run_time))
        document["config"] = merged(config, nextRunTime=following)
        cloud.store.put(configs.COLLECTION, configs.id_of(config), document)
    history.log(cloud, run, f"Queued run for the run time {run['runTime']}.")
    return history.save_run(cloud, run)


def _requested_times(call: Call, document: Json) -> list[datetime]:
    now = call.cloud.now()
    if "requestedRunTime" in call.body:
        moment = schedules.instant(call.body["requestedRunTime"])
        if moment > now:
            raise invalid("The requested run time must not be in the future.", field="requested_run_time")
        return [moment]
    span = call.body.get("requestedTimeRange", {})
    if "startTime" not in span or "endTime" not in span:
        raise invalid("Either requested_run_time or requested_time_range with both ends must be given.")
    start, end = schedules.instant(span["startTime"]), schedules.instant(span["endTime"])
    if end > now or start >= end:
        raise invalid("The requested time range must end after it starts, and not in the future.")
    moments = schedules.times_between(document["config"], configs.anchor_of(document), start, end)
    chosen = list(itertools.islice(moments, MOST_RUNS + 1))
    if len(chosen) > MOST_RUNS:
        raise invalid(f"The requested time range holds more than {MOST_RUNS} runs.", field="requested_time_range")
    return chosen


def _find(call: Call) -> Json:
    config_id = configs.id_of(configs.find(call)["config"])
    run = call.cloud.store.get(history.RUNS, f"{config_id}/{call.path['runsId']}")
    if run is None:
        raise not_found("Requested entity was not found.")
    return run


def _words(call: Call, name: str) -> list[str]:
    return [word for word in call.query.get(name, []) if not word.endswith("UNSPECIFIED")]
