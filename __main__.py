"""The EROS data platform. Its configuration is described in Pulumi.yaml, its SQL lives in sql/."""

from pathlib import Path
from typing import Any

import pulumi
import pulumi_gcp as gcp

from catalog import Catalog, Placement, grants_of_accounts, placement
from catalog import load_cached as load_catalog
from components.access import Access, AccessArgs
from components.backups import Backups, BackupsArgs
from components.dashboards import Dashboards, DashboardsArgs
from components.live import refuse_unsafe_changes
from components.live.lost_access import refuse_lost_access
from components.live.unadopted import Made, refuse_unadopted
from components.monitoring import Monitoring, MonitoringArgs
from components.other_schedules import refuse_other_writers
from components.readers_dataset import Reports, ReportsArgs
from components.scheduled_queries import Schedules, SchedulesArgs
from components.standing import standing
from components.warehouse import Warehouse, WarehouseArgs
from components.weekly_job import Weeks, WeeksArgs
from outputs import exports
from settings.errors import ErosError
from settings.load import load as load_settings
from settings.load import load_secrets
from settings.model import Settings


def declare(root: Path) -> None:
    """All resources and outputs of the stack; what exists already is compared before and after."""
    settings: Settings = load_settings()
    catalog = load_catalog(root)
    place = placement(catalog, settings)
    google = gcp.Provider("google", project=settings.project)
    opts = pulumi.ResourceOptions(provider=google)
    project = standing(settings, google)
    refuse_lost_access(settings, project.dataset)
    live = refuse_unsafe_changes(catalog, settings, place, google)
    refuse_other_writers(catalog, settings, google)
    may = AccessArgs(settings=settings, transfer_agent=project.transfer_agent, granted=grants_of_accounts(catalog))
    access = Access("access", may, opts)
    reports = Reports("reports", ReportsArgs(settings=settings, after=access.apis), opts)
    in_dataset = WarehouseArgs(
        settings=settings,
        place=place,
        catalog=catalog,
        runners=access.runners,
        bridged=project.bridged,
        after=[*access.apis, *access.accounts_of_weeks, reports.dataset],
    )
    warehouse = Warehouse("warehouse", in_dataset, opts)
    reports.show(catalog, place, warehouse.views, warehouse.dataset)
    build_weeks(settings, place, access, warehouse, opts)
    operated, operating = operate(settings, catalog, place, access, warehouse, opts)
    stated = {
        "project": settings.project,
        "location": settings.location,
        "dataset": warehouse.dataset.dataset_id,
        "source_dataset": place.source_dataset,
        "object_names": dict(place.names),
        "tables": sorted(warehouse.tables),
        "sources": sorted(name for name, table in catalog.tables.items() if table.is_source),
        "views": sorted(warehouse.views),
        "routines": sorted(warehouse.routines),
        "run_account": access.runners.accounts["automation"].email,
    }
    for name, value in exports(**stated, **operated).items():
        pulumi.export(name, value)
    others = [*access.runners.accounts.values(), *warehouse.routines.values(), *operating]
    made = Made(held=warehouse.among(live), others=others, has_dataset=live.has_dataset)
    refuse_unadopted(made, settings, google)


def build_weeks(
    settings: Settings, place: Placement, access: Access, warehouse: Warehouse, opts: pulumi.ResourceOptions
) -> None:
    """The job that builds weeks, while the configuration names its image."""
    if access.weeks:
        first = [*access.apis, *access.week_grants, *warehouse.routines.values(), *warehouse.week_grants]
        Weeks("weeks", WeeksArgs(settings=settings, place=place, accounts=access.weeks, after=first), opts)


def operate(
    settings: Settings,
    catalog: Catalog,
    place: Placement,
    access: Access,
    warehouse: Warehouse,
    opts: pulumi.ResourceOptions,
) -> tuple[dict[str, Any], list[pulumi.CustomResource]]:
    """What runs and watches the warehouse: schedules, backups, alerts. Returns their part of the outputs, and them."""
    stored = BackupsArgs(settings=settings, runners=access.runners, after=access.apis)
    backups = Backups("backups", stored, opts)
    queries = SchedulesArgs(
        settings=settings,
        place=place,
        schedules=catalog.schedules,
        runners=access.runners,
        procedures=warehouse.routines,
        after=[*access.grants, *warehouse.grants, *backups.grants],
    )
    schedules = Schedules("schedules", queries, opts)
    watched = MonitoringArgs(
        settings=settings,
        secrets=load_secrets(),
        place=place,
        schedules=catalog.schedules,
        alerts=catalog.alerts,
        transfer_configs=schedules.names,
        transfer_agent=access.transfer_agent,
        after=access.apis,
    )
    monitoring = Monitoring("monitoring", watched, opts)
    shown = DashboardsArgs(
        settings=settings,
        place=place,
        alerts=catalog.alerts,
        transfer_configs=schedules.names,
        after=access.apis,
    )
    Dashboards("dashboards", shown, opts)
    alerts = [*monitoring.channels.values(), *monitoring.policies.values()]
    outputs = {
        "schedules": {name: config.name for name, config in schedules.configs.items()},
        "backup_bucket": backups.bucket.name,
        "archive_bucket": backups.archive.name,
        "notification_channel": monitoring.channel.name,
        "alert_policies": {name: policy.name for name, policy in monitoring.policies.items()},
    }
    return outputs, [*schedules.configs.values(), backups.bucket, backups.archive, *alerts]


try:
    declare(Path(__file__).parent)
except ErosError as error:
    raise pulumi.RunError(str(error)) from None
