"""A new project: what stops there, what bootstrap/ makes in it, and that an environment never takes it away."""

from __future__ import annotations

import json
import shutil
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
LOGS = f"/logging/v2/projects/{PROJECT}/locations/global/buckets"
USAGE = "bigquery.googleapis.com/consumerQuotaMetrics/bigquery.googleapis.com%2Fquota%2Fquery%2Fusage"
QUOTA = f"/serviceusage/v1beta1/projects/{PROJECT}/services/{USAGE}/limits/%2Fd%2Fproject/consumerOverrides"
BILLING = "0123AB-4567CD-89EF01"
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", params=engines())
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The platform's stack and a project that nobody bootstrapped."""
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    with deployment(request.param, ROOT, folder, state, bootstrapped=False) as made:
        yield made


@pytest.fixture(scope="module")
def ground(stack: Deployment) -> Deployment:
    """The project's own stack, told of a repository and of a billing account."""
    folder = stack.folder / "bootstrap"
    shutil.copytree(ROOT / "bootstrap", folder, ignore=shutil.ignore_patterns("__pycache__"))
    made = replace(stack, folder=folder)
    state(made, repository="acme/eros", billingAccount=BILLING, dailyQueryGibibytes="500")
    made.init("local")
    return made


def state(ground: Deployment, **values: str) -> None:
    """Adds keys to the stack's configuration."""
    path = ground.folder / "Pulumi.local.yaml"
    stated = "".join(f"  eros-bootstrap:{key}: {value}\n" for key, value in values.items())
    path.write_text(path.read_text().replace("config:\n", f"config:\n{stated}"))


def roles_of(policy: dict[str, Any], account: str) -> set[str]:
    bindings = policy.get("bindings", ())
    return {binding["role"] for binding in bindings if f"serviceAccount:{account}" in binding["members"]}


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


def test_bootstrap_makes_what_a_project_needs_once(stack: Deployment, ground: Deployment) -> None:
    assert agents(stack) == []
    ground.up()
    assert agents(stack) == [AGENT]
    assert {"bigquerydatatransfer.googleapis.com", "iam.googleapis.com", "cloudkms.googleapis.com"} <= enabled(stack)
    assert rest(stack, "GET", "/storage/v1/b/eros-local-pulumi-state")["versioning"] == {"enabled": True}
    assert rest(stack, "GET", f"{LOGS}/_Default")["retentionDays"] == 90
    logged = {entry["service"] for entry in rest(stack, "POST", POLICY)["auditConfigs"]}
    assert {"allServices", "storage.googleapis.com", "sts.googleapis.com"} <= logged
    assert [one["overrideValue"] for one in rest(stack, "GET", QUOTA)["overrides"]] == ["512000"]
    (budget,) = rest(stack, "GET", f"/billingbudgets/v1/billingAccounts/{BILLING}/budgets")["budgets"]
    assert budget["amount"] == {"specifiedAmount": {"units": "5", "currencyCode": "USD"}}
    assert budget["budgetFilter"]["projects"] == [f"projects/{environment.PROJECT_NUMBER}"]


def test_github_signs_in_as_accounts_that_reach_what_they_must(stack: Deployment, ground: Deployment) -> None:
    told = json.loads(ground.command("stack", "output", "--json", "--stack", "local").stdout)
    provider = rest(stack, "GET", f"/iam/v1/{told['workloadIdentityProvider']}")
    assert provider["oidc"] == {"issuerUri": "https://token.actions.githubusercontent.com"}
    assert provider["attributeCondition"].startswith("assertion.repository == 'acme/eros' && ")
    pool = told["workloadIdentityProvider"].partition("/providers/")[0]
    wanted = {
        told["deployers"][
            "production"
        ]: f"principal://iam.googleapis.com/{pool}/subject/repo:acme/eros:environment:production",
        told["deployers"][
            "staging"
        ]: f"principal://iam.googleapis.com/{pool}/subject/repo:acme/eros:environment:staging",
        told["previewer"]: f"principalSet://iam.googleapis.com/{pool}/attribute.repository/acme/eros",
    }
    state = rest(stack, "GET", "/storage/v1/b/eros-local-pulumi-state/iam")
    key = rest(stack, "GET", f"/cloudkms/v1/{told['secretsProvider'].removeprefix('gcpkms://')}:getIamPolicy")
    project = rest(stack, "POST", POLICY)
    for account, who in wanted.items():
        policy = rest(stack, "POST", f"/iam/v1/projects/{PROJECT}/serviceAccounts/{account}:getIamPolicy")
        assert policy["bindings"] == [{"role": "roles/iam.workloadIdentityUser", "members": [who]}]
        writes = account != told["previewer"]
        assert roles_of(state, account) == {f"roles/storage.object{'User' if writes else 'Viewer'}"}
        assert roles_of(key, account) == {f"roles/cloudkms.cryptoKey{'Encrypter' if writes else ''}Decrypter"}
    assert not {role for role in roles_of(project, told["previewer"]) if "dmin" in role or "ditor" in role}


def test_what_bootstrap_made_is_as_declared(stack: Deployment, ground: Deployment) -> None:
    assert ground.changes() == {}
    done = ground.engine_run("refresh", "--yes", "--non-interactive")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ground.changes() == {}
    assert stack.changes()["schedules"] == ("create", [])


def test_what_goes_with_bootstrap_and_what_google_keeps(stack: Deployment, ground: Deployment) -> None:
    before = enabled(stack)
    done = ground.engine_run("destroy", "--yes", "--skip-preview", "--non-interactive")
    assert done.returncode == 0, done.stdout + done.stderr
    assert enabled(stack) == before
    assert agents(stack) == []
    assert rest(stack, "GET", QUOTA) == {}
    assert "auditConfigs" not in rest(stack, "POST", POLICY)
    said = ground.refused("up", "--yes", "--skip-preview")
    assert "KeyRing projects/eros-local/locations/us/keyRings/pulumi already exists" in said
    assert "Requested entity already exists" in said  # the pool, for 30 days
    state(ground, keyRing="pulumi-2", identityPool="github-2")
    ground.up()
    assert agents(stack) == [AGENT]
