"""Schedules: one BigQuery Data Transfer config for each scheduled query of config/schedules.yaml.

Scope: the transfer configs. Not here: the procedures they call (`Warehouse`), the accounts they run as (`Access`),
alerts on their runs (`Monitoring`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from catalog.addresses import Placement
from catalog.schedules import Schedule
from components.grants import Runners
from settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class SchedulesArgs:
    settings: Settings
    """What the operator states."""
    runners: Runners
    """The accounts that the queries run as, by purpose."""
    place: Placement
    """Where the procedures are."""
    schedules: Mapping[str, Schedule]
    """The scheduled queries by name."""
    procedures: Mapping[str, pulumi.Resource]
    """Made after what they refer to; a query comes after the one it calls."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs and grants."""


class Schedules(pulumi.ComponentResource):
    """The transfer configs by schedule name."""

    configs: Mapping[str, gcp.bigquery.DataTransferConfig]
    names: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: SchedulesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Schedules", name, None, opts)
        # An adopted config is recorded with the service's spelling of its place (us): by US it would be replaced.
        child = pulumi.ResourceOptions(parent=self, ignore_changes=["location"])
        self.configs = {key: _config(name, schedule, args, child) for key, schedule in args.schedules.items()}
        self.names = {key: config.name for key, config in self.configs.items()}
        self.register_outputs(dict(self.names))


def _config(
    name: str, schedule: Schedule, args: SchedulesArgs, opts: pulumi.ResourceOptions
) -> gcp.bigquery.DataTransferConfig:
    settings = args.settings
    needed = [*args.after, args.procedures[schedule.procedure]]
    return gcp.bigquery.DataTransferConfig(
        f"{name}-{schedule.name}",
        project=settings.project,
        # A transfer runs where its data is; unset it would be US.
        location=settings.location,
        display_name=schedule.title(settings.stack),
        data_source_id="scheduled_query",
        schedule=schedule.schedule,
        schedule_options=gcp.bigquery.DataTransferConfigScheduleOptionsArgs(start_time=schedule.start_time),
        # A CALL takes neither destination dataset nor write disposition.
        params={"query": schedule.query(args.place)},
        service_account_name=args.runners.accounts[schedule.account].email,
        disabled=settings.pause_schedules,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=needed)),
    )
