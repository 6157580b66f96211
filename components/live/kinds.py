"""How Google lists each kind of object that is known by a name of ours, and which attribute holds that name.

Tables and views are not here: the provider lists them (`reading`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from settings import endpoints
from settings.model import Settings


@dataclass(frozen=True, slots=True)
class ListedKind:
    """One kind: where it is listed, and by which name an entry and a resource are the same."""

    words: str
    api: str
    path: str
    """Below the API's base; `{...}` are attributes of the settings."""
    entries: str
    """The list's field; empty where the path is that of the one object which the stack makes."""
    named: str
    """The field of a list's entry that holds its name, with dots."""
    attribute: str
    """The resource's attribute that holds it."""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def name_of(self, entry: Mapping[str, Any]) -> str:
        """By which a live object is told from others."""
        value: Any = entry
        for part in self.named.split("."):
            value = value.get(part) or {}
        return str(value or "")

    def where(self, settings: Settings, name: str = "") -> str:
        """The path for one stack; `name` is that of the one object, where it is no list."""
        return self.path.format(
            project=settings.project,
            dataset=settings.dataset,
            location=settings.location,
            name=name,
            email=f"{name}@{settings.project}.iam.gserviceaccount.com",
        )


ROUTINE = "gcp:bigquery/routine:Routine"
# Types of the provider, as a URN holds them. Paths: cloud.google.com/bigquery/docs/reference/rest/v2/routines/list,
# .../bigquery/docs/reference/datatransfer/rest/v1/projects.locations.transferConfigs/list,
# .../storage/docs/json_api/v1/buckets/get, .../iam/docs/reference/rest/v1/projects.serviceAccounts/get,
# .../monitoring/api/ref_v3/rest/v3/projects.notificationChannels/list and projects.alertPolicies/list.
# Transfer configs carry no labels and Google gives channels, policies and configs ids of its own: a name that holds
# the stack's is what tells them apart, for `eros adopt` too.
KINDS: Mapping[str, ListedKind] = {
    ROUTINE: ListedKind(
        "routine",
        endpoints.BIGQUERY,
        "projects/{project}/datasets/{dataset}/routines",
        "routines",
        "routineReference.routineId",
        "routine_id",
        {"maxResults": "1000"},
    ),
    "gcp:bigquery/dataTransferConfig:DataTransferConfig": ListedKind(
        "scheduled query",
        endpoints.TRANSFER,
        "projects/{project}/locations/{location}/transferConfigs",
        "transferConfigs",
        "displayName",
        "display_name",
        {"dataSourceIds": "scheduled_query"},
    ),
    "gcp:storage/bucket:Bucket": ListedKind("bucket", endpoints.STORAGE, "b/{name}", "", "name", "name"),
    "gcp:serviceaccount/account:Account": ListedKind(
        "service account",
        endpoints.IAM,
        "projects/{project}/serviceAccounts/{email}",
        "",
        "email",
        "account_id",
    ),
    "gcp:monitoring/notificationChannel:NotificationChannel": ListedKind(
        "notification channel",
        endpoints.MONITORING,
        "v3/projects/{project}/notificationChannels",
        "notificationChannels",
        "displayName",
        "display_name",
    ),
    "gcp:monitoring/alertPolicy:AlertPolicy": ListedKind(
        "alert policy",
        endpoints.MONITORING,
        "v3/projects/{project}/alertPolicies",
        "alertPolicies",
        "displayName",
        "display_name",
    ),
}
