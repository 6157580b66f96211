"""The Cloud Run job of the weeks as it is deployed: when it is started, by what, and that its command runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from local.cloud import PROJECT
from tests.local.deployment import Deployment

PLACE = f"projects/{PROJECT}/locations/us-central1/jobs/eros-wks-local"
IMAGE = "us-docker.pkg.dev/acme/eros/eros:1.0.0"


def deploy(deployed: Deployment) -> None:
    """The stack with an image; its configuration is put back, what was made stays."""
    path = deployed.folder / "Pulumi.local.yaml"
    committed = path.read_text()
    path.write_text(committed.replace("config:\n", f"config:\n  eros-platform:weekImage: {IMAGE}\n"))
    deployed.up()
    done = deployed.engine_run("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--non-interactive")
    assert done.returncode == 0, done.stdout + done.stderr
    assert deployed.changes() == {}
    path.write_text(committed)


def check(deployed: Deployment) -> None:
    """The schedule calls the job on Mondays, and the job's command runs by what its environment tells."""
    schedule = deployed.rest(f"/cloudscheduler/v1/{PLACE}")
    assert schedule["httpTarget"]["uri"] == f"https://run.googleapis.com/v2/{PLACE}:run"
    due = datetime.fromisoformat(schedule["scheduleTime"]).astimezone(ZoneInfo("America/Los_Angeles"))
    assert f"{due:%a %H:%M}" == "Mon 10:00"
    (container,) = deployed.rest(f"/run/v2/{PLACE}")["template"]["template"]["containers"]
    told = {one["name"]: one["value"] for one in container["env"]}
    ran = replace(deployed, environment=deployed.environment | told).eros(*container["args"])
    assert ran.returncode == 0, ran.stdout + ran.stderr
