"""What the project holds, as Google's APIs tell it: read by name or listed, never changed.

Bodies are those of the REST APIs. Not here: what of it the program declares, and what that means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from catalog.transfers import SCHEDULED_QUERY
from operations import google_api
from operations.errors import CloudError
from operations.google_api import Body
from settings.endpoints import BIGQUERY, IAM, MONITORING, STORAGE, TRANSFER
from settings.model import Settings

PARALLEL = 8
ACCOUNT = "gcp:serviceaccount/account:Account"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
CONFIG = "gcp:bigquery/dataTransferConfig:DataTransferConfig"
POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
TABLE = "gcp:bigquery/table:Table"


@dataclass(frozen=True, slots=True)
class Inventory:
    """The project's objects: those of the dataset by id, the others by what people call them."""

    dataset: Body | None
    tables: Mapping[str, Body]
    """Tables and views, all of them."""
    routines: Mapping[str, Body]
    configs: tuple[Body, ...]
    """Transfer configs of every data source."""
    channels: tuple[Body, ...]
    policies: tuple[Body, ...]
    accounts: Mapping[str, Body]
    """Those of the stack that exist, by id."""
    buckets: Mapping[str, Body | None]
    """Buckets that exist by name; None: the name, which is global, is taken in a project that we cannot read."""
    reports: Body | None = None
    """The dataset of the report views, and its views."""
    report_views: Mapping[str, Body] = field(default_factory=dict)

    @property
    def scheduled_queries(self) -> tuple[Body, ...]:
        """The transfer configs of the kind that the stack itself declares."""
        return tuple(c for c in self.configs if c.get("dataSourceId", SCHEDULED_QUERY) == SCHEDULED_QUERY)

    def outputs(self) -> dict[str, dict[str, Any]]:
        """Outputs that other declarations build upon, by type and name (see `declared`)."""
        found: dict[str, dict[str, Any]] = {
            f"{TABLE}::{name}": {"creationTime": int(body.get("creationTime") or 0)}
            for name, body in self.tables.items()
        }
        for type_, bodies in ((CONFIG, self.scheduled_queries), (CHANNEL, self.channels), (POLICY, self.policies)):
            found |= {f"{type_}::{body.get('displayName')}": {"name": body["name"]} for body in bodies}
        made = self.accounts.items()
        return found | {f"{ACCOUNT}::{name}": {"uniqueId": body.get("uniqueId") or "0"} for name, body in made}


def read(settings: Settings) -> Inventory:
    """Everything that a stack of these settings could meet. Errors: CloudError."""
    project = f"projects/{settings.project}"
    dataset = f"{project}/datasets/{settings.dataset}"
    emails = settings.account_emails.values()
    found = google_api.get(BIGQUERY, dataset)
    second = f"{project}/datasets/{settings.reports_dataset}"
    reports = google_api.get(BIGQUERY, second)
    return Inventory(
        dataset=found,
        tables=_objects(dataset, "tables", "tableReference", "tableId") if found else {},
        routines=_objects(dataset, "routines", "routineReference", "routineId") if found else {},
        configs=transfer_configs(settings),
        channels=tuple(google_api.pages(MONITORING, f"v3/{project}/notificationChannels", "notificationChannels")),
        policies=tuple(google_api.pages(MONITORING, f"v3/{project}/alertPolicies", "alertPolicies")),
        accounts=_present(
            (email.partition("@")[0] for email in emails),
            _read_all(IAM, (f"{project}/serviceAccounts/{email}" for email in emails)),
        ),
        buckets=dict(_buckets(settings.backup_bucket_name, settings.archive_bucket_name)),
        reports=reports,
        report_views=_objects(second, "tables", "tableReference", "tableId") if reports else {},
    )


def _objects(dataset: str, collection: str, reference: str, key: str) -> dict[str, Body]:
    """The whole bodies; a list holds only a part of each."""
    listed = google_api.pages(BIGQUERY, f"{dataset}/{collection}", collection, maxResults="500")
    names = [str(entry[reference][key]) for entry in listed]
    return _present(names, _read_all(BIGQUERY, (f"{dataset}/{collection}/{name}" for name in names)))


def transfer_configs(settings: Settings) -> tuple[Body, ...]:
    """Every transfer config where the dataset is, each with its owner, which only `get` tells. Errors: CloudError."""
    place = f"projects/{settings.project}/locations/{settings.location}"
    names = [str(entry["name"]) for entry in google_api.pages(TRANSFER, f"{place}/transferConfigs", "transferConfigs")]
    return tuple(_present(names, _read_all(TRANSFER, names)).values())


def _read_all(api: str, paths: Iterable[str]) -> list[Body | None]:
    with ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(lambda path: google_api.get(api, path), paths))


def _present(names: Iterable[str], bodies: Iterable[Body | None]) -> dict[str, Body]:
    """Without what went away between the list and the look at it."""
    return {name: body for name, body in zip(names, bodies, strict=True) if body is not None}


def _buckets(*names: str) -> Iterator[tuple[str, Body | None]]:
    for name in names:
        try:
            if body := google_api.get(STORAGE, f"b/{name}"):
                yield name, body
        except CloudError as error:
            if " 403 " not in str(error):
                raise
            yield name, None
