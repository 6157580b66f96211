"""A cloud whose clock the test sets, and its services over HTTP without a network."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from answers import problems_of
from fastapi.testclient import TestClient

from gcp_local.services.app import create_app
from gcp_local.services.cloud import Cloud
from gcp_local.services.store import Store

PROJECT = "/v1/projects/gcp-local"
ACCOUNT = "acme-runner@gcp-local.iam.gserviceaccount.com"
AGENT = "service-123456789012@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"
AGENT_ROLE = "roles/bigquerydatatransfer.serviceAgent"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Clock:
    """An instant that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class Api:
    """Calls that must succeed give their JSON; `refused` gives the error of one that must not.

    What an answer holds must be in Google's document of its method.
    """

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def __call__(self, verb: str, path: str, body: Any = None, **parameters: Any) -> dict[str, Any]:
        response = self.send(verb, path, body, **parameters)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        assert problems_of(verb, path, answer) == []
        return answer

    def refused(self, code: int, verb: str, path: str, body: Any = None, **parameters: Any) -> dict[str, Any]:
        response = self.send(verb, path, body, **parameters)
        assert response.status_code == code, response.text
        error: dict[str, Any] = response.json()["error"]
        assert error["code"] == code
        return error

    def send(self, verb: str, path: str, body: Any, **parameters: Any) -> httpx.Response:
        response: httpx.Response = self.client.request(verb, path, json=body, params=parameters or None)
        return response


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cloud(tmp_path: Path, clock: Clock) -> Iterator[Cloud]:
    # Port 1 answers nobody: a unit test that reaches for an emulator fails at once.
    store = Store(tmp_path / "services.sqlite3")
    yield Cloud(store, "http://127.0.0.1:1", "http://127.0.0.1:1", clock=clock)
    store.close()


@pytest.fixture
def new_project(cloud: Cloud) -> Iterator[Api]:
    """The services of a project in which no API was enabled yet."""
    with TestClient(create_app(cloud), base_url="http://127.0.0.1") as client:
        yield Api(client)


@pytest.fixture
def api(new_project: Api) -> Api:
    """The services of a project with all APIs that the platform uses."""
    names = (
        *("iam", "bigquerydatatransfer", "cloudresourcemanager", "pubsub", "cloudkms", "billingbudgets", "sheets"),
        *("run", "cloudscheduler"),
    )
    ids = [f"{name}.googleapis.com" for name in names]
    new_project("POST", f"/serviceusage{PROJECT}/services:batchEnable", {"serviceIds": ids})
    return new_project


@pytest.fixture
def runner_account(api: Api) -> str:
    """A service account with every grant that a scheduled query needs."""
    api("POST", f"/iam{PROJECT}/serviceAccounts", {"accountId": "acme-runner"})
    path = "/serviceusage/v1beta1/projects/gcp-local/services/bigquerydatatransfer.googleapis.com"
    api("POST", f"{path}:generateServiceIdentity")
    grant = {"role": "roles/iam.serviceAccountTokenCreator", "members": [f"serviceAccount:{AGENT}"]}
    api("POST", f"/iam{PROJECT}/serviceAccounts/{ACCOUNT}:setIamPolicy", {"policy": {"bindings": [grant]}})
    policy = api("POST", f"/cloudresourcemanager{PROJECT}:getIamPolicy", {})
    policy["bindings"].append({"role": "roles/bigquery.jobUser", "members": [f"serviceAccount:{ACCOUNT}"]})
    policy["bindings"].append({"role": AGENT_ROLE, "members": [f"serviceAccount:{AGENT}"]})
    api("POST", f"/cloudresourcemanager{PROJECT}:setIamPolicy", {"policy": policy})
    return ACCOUNT
