"""BigQuery as the transfer service sees it while it decides on access: what is there, how it is defined, who may."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.transfer import queries
from gcp_local.services.transfer.references import Reference

TABLE, VIEW, ROUTINE = "table", "view", "routine"


@dataclass(frozen=True, order=True)
class Item:
    """A table, view or routine by its name."""

    kind: str
    project: str
    dataset: str
    name: str

    @property
    def path(self) -> str:
        """Its resource name."""
        collection = "routines" if self.kind == ROUTINE else "tables"
        return f"projects/{self.project}/datasets/{self.dataset}/{collection}/{self.name}"

    @property
    def label(self) -> str:
        """As error messages name it."""
        return f"{self.project}:{self.dataset}.{self.name}"


@dataclass
class Warehouse:
    """One look at the live BigQuery: each thing is read once. Raises QueryError when it does not answer."""

    cloud: Cloud
    client: httpx.Client
    _items: dict[tuple[str, str], dict[str, Item]] = field(default_factory=dict)
    _datasets: dict[tuple[str, str], Json | None] = field(default_factory=dict)
    _policies: dict[str, Json] = field(default_factory=dict)
    _definitions: dict[Item, str] = field(default_factory=dict)

    def find(self, reference: Reference) -> Item | None:
        """The object that a name means, if there is one or is to be made; the last part of a name may be a field."""
        for parts in (reference.parts, reference.parts[:-1]):
            if len(parts) not in (2, 3):
                continue
            project, dataset, name = (self.cloud.project, *parts)[-3:]
            if found := self.items(project, dataset).get(name):
                return found
            if reference.verb == "CREATE" and self.dataset(project, dataset):
                return Item(TABLE, project, dataset, name)
        return None

    def items(self, project: str, dataset: str) -> dict[str, Item]:
        """The tables, views and routines of a dataset by name; none where there is no such dataset."""
        key = (project, dataset)
        if key not in self._items:
            self._items[key] = self._listed(project, dataset) if self.dataset(project, dataset) else {}
        return self._items[key]

    def dataset(self, project: str, dataset: str) -> Json | None:
        """The dataset with its access list."""
        key = (project, dataset)
        if key not in self._datasets:
            self._datasets[key] = self._get(f"projects/{project}/datasets/{dataset}")
        return self._datasets[key]

    def definition(self, item: Item) -> str:
        """The SQL behind a view or routine; empty for a table."""
        if item.kind == TABLE:
            return ""
        if item not in self._definitions:
            self._definitions[item] = self._defined(item)
        return self._definitions[item]

    def _defined(self, item: Item) -> str:
        found = self._get(item.path) or {}
        if item.kind == ROUTINE:
            return str(found.get("definitionBody", ""))
        return str((found.get("view") or found.get("materializedView") or {}).get("query", ""))

    def policy(self, item: Item) -> Json:
        """The IAM policy on the object itself."""
        if item.path not in self._policies:
            self._policies[item.path] = self._get(f"{item.path}:getIamPolicy", "POST") or {}
        return self._policies[item.path]

    def _listed(self, project: str, dataset: str) -> dict[str, Item]:
        found = {}
        for entry in self._pages(f"projects/{project}/datasets/{dataset}/tables", "tables"):
            kind = TABLE if entry.get("type", "TABLE") == "TABLE" else VIEW
            name = entry["tableReference"]["tableId"]
            found[name] = Item(kind, project, dataset, name)
        for entry in self._pages(f"projects/{project}/datasets/{dataset}/routines", "routines"):
            name = entry["routineReference"]["routineId"]
            found[name] = Item(ROUTINE, project, dataset, name)
        return found

    def _pages(self, path: str, name: str) -> list[Json]:
        entries: list[Json] = []
        token = ""
        while True:
            answer = queries.request(self.client, "GET", self._url(path), params={"maxResults": 1000} | _page(token))
            entries += answer.get(name, [])
            token = answer.get("nextPageToken", "")
            if not token:
                return entries

    def _get(self, path: str, verb: str = "GET") -> Json | None:
        try:
            return queries.request(self.client, verb, self._url(path), **({"json": {}} if verb == "POST" else {}))
        except queries.QueryError as error:
            if error.code in (queries.NOT_FOUND_CODE, queries.DENIED_CODE):
                return None  # another project's dataset cannot be seen either
            raise

    def _url(self, path: str) -> str:
        return f"{self.cloud.bigquery_url}/bigquery/v2/{path}"


def _page(token: str) -> dict[str, str]:
    return {"pageToken": token} if token else {}
