"""A new project: what stops there, what bootstrap/ makes in it, and that an environment never takes it away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from gcp_local import environment
from local.cloud import PROJECT
from tests.local.deployment import ROOT, Deployment, deployment, engines

SERVICES = f"/serviceusage/v1/projects/{PROJECT}/services"
POLICY = f"/cloudresourcemanager/v1/projects/{PROJECT}:getIamPolicy"
MANAGER = f"{SERVICES}/cloudresourcemanager.googleapis.com"
AGENT = f"serviceAccount:service-{environment.PROJECT_NUMBER}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"
AGENT_ROLE = "roles/bigquerydatatransfer.serviceAgent"
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", params=engines())
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The platform's stack and a project that nobody bootstrapped."""
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    with deployment(request.param, ROOT, folder, state, bootstrapped=False) as made:
        yield made


def rest(stack: Deployment, method: str, path: str, **body: Any) -> Any:
    url = environment.url(stack.ports[environment.SERVICES], path)
    answer = httpx.request(method, url, json=body or None, timeout=60, trust_env=False)
    assert answer.is_success, answer.text
    return answer.json()


def agents(stack: Deployment) -> list[str]:
    bindings = rest(stack, "POST", POLICY)["bindings"]
    return [member for binding in bindings if binding["role"] == AGENT_ROLE for member in binding["members"]]


def enabled(stack: Deployment) -> set[str]:
    listed = rest(stack, "GET", f"{SERVICES}?filter=state:ENABLED&pageSize=200")["services"]
    return {service["config"]["name"] for service in listed}


def test_a_stack_stops_in_a_project_that_was_not_bootstrapped(stack: Deployment) -> None:
    for verb, arguments in (("preview", ()), ("up", ("--yes", "--skip-preview"))):
        said = stack.refused(verb, *arguments)
        assert "project eros-local is not bootstrapped: nobody has roles/bigquerydatatransfer.serviceAgent" in said
        assert "fix: eros bootstrap -s local" in said
        assert "Traceback" not in said
        assert "+ gcp:" not in said


def test_a_project_without_resource_manager_stops_the_stack_too(stack: Deployment) -> None:
    rest(stack, "POST", f"{MANAGER}:disable")
    try:
        said = stack.refused("up", "--yes", "--skip-preview")
        assert "Cloud Resource Manager API has not been used in project" in said
        assert "fix: eros bootstrap -s local" in said
        assert "+ gcp:" not in said
    finally:
        rest(stack, "POST", f"{MANAGER}:enable")


def test_bootstrap_enables_the_apis_and_gives_the_agent_its_role_once(stack: Deployment) -> None:
    assert agents(stack) == []
    stack.bootstrap()
    assert agents(stack) == [AGENT]
    assert {"bigquerydatatransfer.googleapis.com", "iam.googleapis.com", "monitoring.googleapis.com"} <= enabled(stack)
    assert replace(stack, folder=ROOT / "bootstrap").changes() == {}
    assert stack.changes()["schedules"] == ("create", [])


def test_what_a_stack_destroys_leaves_the_project_as_bootstrap_made_it(stack: Deployment) -> None:
    project = replace(stack, folder=ROOT / "bootstrap")
    before = enabled(stack)
    done = project.engine_run("destroy", "--yes", "--skip-preview", "--non-interactive")
    assert done.returncode == 0, done.stdout + done.stderr
    assert enabled(stack) == before
    assert agents(stack) == []
    stack.bootstrap()
    assert agents(stack) == [AGENT]
