"""Weeks: a Cloud Run job that builds the weeks of all active creators, and its Monday in Los Angeles.

Scope: job, schedule, and that the one account may start the job. Declared only while the configuration names an image.
Not here: the two accounts and what the builder may do with data (`Access`, `Warehouse`: it is one of the week
builders), the image (`Dockerfile`), what the job does (operations/weeks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from catalog import Placement
from catalog.told import VARIABLE, as_text
from components.access import WeekAccounts
from settings.model import Settings

# Mondays at ten, as people did by hand before; the weekly hand-over follows (docs/runbook.md).
SCHEDULE, ZONE = "0 10 * * 1", "America/Los_Angeles"
# A page that is done is passed over and one that failed is open again until its third attempt: a second try takes up
# what the first one left. A hundred pages take minutes.
TRIES_AGAIN, LONGEST = 1, "3600s"
# The call only starts the job; it is answered at once.
CALL_SECONDS = "180s"
CALL_RETRIES = gcp.cloudscheduler.JobRetryConfigArgs(
    retry_count=3,
    min_backoff_duration="30s",
    max_backoff_duration="600s",
    max_retry_duration="0s",
    max_doublings=5,
)
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True, kw_only=True)
class WeeksArgs:
    settings: Settings
    """What the operator states, with an image."""
    place: Placement
    """Where the objects are: the job is told, so that it needs neither state nor engine."""
    accounts: WeekAccounts
    """Who builds and who starts."""
    after: Sequence[pulumi.Resource]
    """What has to be there before the first run: APIs and grants."""


class Weeks(pulumi.ComponentResource):
    """`job` builds the weeks, `schedule` starts it; it is paused while the stack's schedules are."""

    job: gcp.cloudrunv2.Job
    schedule: gcp.cloudscheduler.Job

    def __init__(self, name: str, args: WeeksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Weeks", name, None, opts)
        self._name, self._args, self._settings = name, args, args.settings
        self.job = self._job()
        invoker = gcp.cloudrunv2.JobIamMember(
            f"{name}-invoker",
            project=self._settings.project,
            location=self._settings.week_place,
            name=self.job.name,
            # cloud.google.com/run/docs/execute/jobs-on-schedule; on this job, not in the project.
            role="roles/run.invoker",
            member=args.accounts.starter.member,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.schedule = self._schedule(invoker)
        self.register_outputs({"job": self.job.name})

    def _job(self) -> gcp.cloudrunv2.Job:
        settings = self._settings
        # Addresses, and no secret: who the builder is, its account says.
        placed = gcp.cloudrunv2.JobTemplateTemplateContainerEnvArgs(name=VARIABLE, value=as_text(self._args.place))
        container = gcp.cloudrunv2.JobTemplateTemplateContainerArgs(
            image=str(settings.week_image),
            args=["week", "run", "--once", "--all", "--stack", settings.stack],
            envs=[placed],
            resources=gcp.cloudrunv2.JobTemplateTemplateContainerResourcesArgs(limits={"cpu": "1", "memory": "1Gi"}),
        )
        task = gcp.cloudrunv2.JobTemplateTemplateArgs(
            containers=[container],
            service_account=self._args.accounts.builder.email,
            max_retries=TRIES_AGAIN,
            timeout=LONGEST,
        )
        return gcp.cloudrunv2.Job(
            f"{self._name}-job",
            project=settings.project,
            location=settings.week_place,
            name=settings.week_job_id,
            labels=settings.labels,
            template=gcp.cloudrunv2.JobTemplateArgs(task_count=1, parallelism=1, template=task),
            # It holds nothing: it goes when the configuration names no image any more.
            deletion_protection=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._args.after)),
        )

    def _schedule(self, invoker: pulumi.Resource) -> gcp.cloudscheduler.Job:
        settings = self._settings
        job = f"projects/{settings.project}/locations/{settings.week_place}/jobs/{settings.week_job_id}"
        token = gcp.cloudscheduler.JobHttpTargetOauthTokenArgs(
            service_account_email=self._args.accounts.starter.email, scope=CLOUD_PLATFORM
        )
        return gcp.cloudscheduler.Job(
            f"{self._name}-schedule",
            project=settings.project,
            region=settings.week_place,
            name=settings.week_job_id,
            description="Builds next week's messages of all active creators.",
            schedule=SCHEDULE,
            time_zone=ZONE,
            paused=settings.pause_schedules,
            attempt_deadline=CALL_SECONDS,
            retry_config=CALL_RETRIES,
            http_target=gcp.cloudscheduler.JobHttpTargetArgs(
                http_method="POST", uri=f"https://run.googleapis.com/v2/{job}:run", oauth_token=token
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.job, invoker]),
        )
