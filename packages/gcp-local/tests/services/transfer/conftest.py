"""A transfer service with a granted account; queries are answered by the test instead of BigQuery."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from gcp_local.services.transfer import grants, queries

if TYPE_CHECKING:
    from services.conftest import Api


PARENT = "/bigquerydatatransfer/v1/projects/gcp-local/locations/US"
BASE = "/bigquerydatatransfer/v1/"


@pytest.fixture
def create(api: Api, runner_account: str) -> Callable[..., dict[str, Any]]:
    """Create a config; `changes` replace the body's fields."""

    def create(**changes: Any) -> dict[str, Any]:
        return api("POST", f"{PARENT}/transferConfigs", body(**changes), serviceAccountName=runner_account)

    return create


def body(**changes: Any) -> dict[str, Any]:
    """The body of a good config."""
    good = {
        "displayName": "sweep",
        "dataSourceId": "scheduled_query",
        "schedule": "every day 13:07",
        "params": {"query": "CALL ds.sweep()"},
    }
    return {**good, **changes}


class Bigquery:
    """Notes the queries it is given; those in `failures` fail, `during` is called while one runs."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.failures: dict[str, str] = {}
        self.during: Callable[[], object] = lambda: None

    def execute(self, cloud: Any, run: dict[str, Any]) -> None:
        query = run["params"]["query"]
        self.ran.append(query)
        self.during()
        if query in self.failures:
            raise queries.QueryError(3, self.failures[query])


@pytest.fixture
def bigquery(monkeypatch: pytest.MonkeyPatch) -> Bigquery:
    fake = Bigquery()
    monkeypatch.setattr(queries, "execute", fake.execute)
    # What a query may touch is decided by looking at BigQuery, which is not there (see test_access).
    monkeypatch.setattr(grants, "query_problem", lambda cloud, run, email: "")
    return fake
