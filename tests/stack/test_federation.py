"""Which of GitHub's tokens bootstrap/ lets in, and that environments in one project share nothing that one may take."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from components.federation import PREVIEWER_PERMISSIONS, PREVIEWER_ROLES, condition
from operations.project import stack_values
from policies.rules import Facts, Resource, violations
from settings.load import parse
from settings.model import BootstrapSettings
from settings.roles import DEPLOYER
from tests.stack.conftest import ROOT, Program, Registered

REPOSITORY = "acme/eros"
ENVIRONMENTS = '{"production": "refs/heads/main", "trial": "refs/pull/*"}'
SHARED = {
    "gcp:projects/service:Service": "an API stays enabled (disableOnDestroy: false)",
    "pulumi:providers:gcp": "no object of the cloud",
}


class Text(str):
    """A text with the functions of CEL (github.com/google/cel-spec, doc/langdef.md, "String functions")."""

    def startsWith(self, start: str) -> bool:
        return self.startswith(start)

    def endsWith(self, end: str) -> bool:
        return self.endswith(end)


def settings(**values: str) -> BootstrapSettings:
    stated = {**stack_values(ROOT, "prod", BootstrapSettings), "repository": REPOSITORY, **values}
    return parse("prod", stated, BootstrapSettings)


def taken(wanted: BootstrapSettings, **claims: str) -> bool:
    """Whether the provider's condition holds for a token; CEL's operators are written as Python's."""
    text = condition(REPOSITORY, wanted).replace("&&", "and").replace("||", "or").replace("!assertion", "not assertion")
    token = SimpleNamespace(**{name: Text(value) for name, value in claims.items()})
    return bool(eval(text, {"__builtins__": {}}, {"assertion": token}))


def token(subject: str = "ref:refs/heads/topic", ref: str = "refs/heads/topic", **changes: str) -> dict[str, str]:
    repository = changes.pop("repository", REPOSITORY)
    claims = {"sub": f"repo:{repository}:{subject}", "ref": ref, "repository": repository, "repository_id": "42"}
    return claims | changes


@pytest.mark.parametrize(
    ("claims", "is_taken"),
    [
        (token(), True),
        (token("pull_request", "refs/pull/7/merge"), True),
        (token(repository="acme/other"), False),
        (token(repository="evil/eros"), False),
        (token("environment:production", "refs/heads/main"), True),
        (token("environment:production", "refs/heads/topic"), False),
        (token("environment:production", "refs/heads/main2"), False),
        (token("environment:trial", "refs/pull/7/merge"), True),
        (token("environment:trial", "refs/heads/main"), False),
    ],
)
def test_a_token_is_taken_from_the_repository_and_in_an_environments_name_from_its_ref(
    claims: dict[str, str], is_taken: bool
) -> None:
    assert taken(settings(environments=ENVIRONMENTS), **claims) is is_taken


def test_a_repository_that_took_over_the_name_is_told_by_its_number() -> None:
    wanted = settings(repositoryId="42")
    assert taken(wanted, **token())
    assert not taken(wanted, **token(repository_id="43"))


def test_a_preview_may_see_how_things_are_made_and_no_row() -> None:
    """Whoever opens a pull request decides what a preview runs."""
    assert not {role for role in PREVIEWER_ROLES if "admin" in role.lower() or "editor" in role.lower()}
    reading_data = (".dataViewer", ".objectViewer", ".jobUser", "roles/viewer")
    assert not [role for role in PREVIEWER_ROLES if role.endswith(reading_data)]
    assert PREVIEWER_PERMISSIONS == ("bigquery.transfers.get",)


def test_the_roles_of_a_deployer_are_those_that_the_readme_names() -> None:
    (text,) = re.findall(
        r"Who deploys needs in the project:(.*?)name them in `deployers`", (ROOT / "README.md").read_text(), re.S
    )
    assert set(re.findall(r"`(roles/[\w.]+)`", text)) == set(DEPLOYER)


def identity(item: Registered) -> tuple[str, Any]:
    """What Google tells objects of a type apart by, as far as the program states it."""
    names = (
        *("project", "datasetId", "tableId", "routineId", "name", "accountId", "roleId", "displayName", "jobId"),
        *("serviceAccountId", "bucket", "topic", "service", "role", "member", "location", "dashboardJson", "serviceId"),
        "sloId",
    )
    return item.type, tuple((name, str(item.inputs[name])) for name in names if name in item.inputs)


def test_environments_in_one_project_share_nothing_that_one_of_them_would_take_along(
    run_program: Callable[..., Program],
) -> None:
    prod, staging = run_program("prod"), run_program("staging")
    objects = [
        {identity(item) for item in program.resources if item.type.startswith("gcp:")} for program in (prod, staging)
    ]
    assert min(map(len, objects)) > 100
    shared = {kind for kind, _ in objects[0] & objects[1]}
    assert shared - SHARED.keys() == set()
    services = [item.inputs for item in staging.resources if item.type == "gcp:projects/service:Service"]
    assert {inputs["disableOnDestroy"] for inputs in services} == {False}


@pytest.mark.parametrize("location", ["US", "EU", "europe-west3"])
def test_bootstrap_breaks_no_policy_and_keeps_what_google_would_not_give_back(
    run_program: Callable[..., Program], location: str
) -> None:
    more = {"repository": REPOSITORY, "billingAccount": "0123AB-4567CD-89EF01", "location": location}
    program = run_program("prod", model=BootstrapSettings, **more)
    resources = [Resource(item.type, item.name, item.inputs, item.protect) for item in program.resources]
    assert [one.message for resource in resources for one in violations(resource, Facts(location))] == []
    assert [urn for urn, times in Counter(item.urn for item in program.resources).items() if times > 1] == []
    assert {item.name for item in program.resources if item.protect} == {
        "state-bucket",
        "state-ring",
        "state-key",
        "github-pool",
    }
    assert program.outputs["state"] == "gs://of-scheduler-proj-pulumi-state"
    assert sorted(program.outputs["deployers"]) == ["production", "staging"]


def test_the_budget_is_five_dollars_and_mails_at_what_is_spent_and_what_is_foreseen(
    run_program: Callable[..., Program],
) -> None:
    program = run_program("prod", model=BootstrapSettings, billingAccount="0123AB-4567CD-89EF01")
    inputs = program.one("gcp:billing/budget:Budget").inputs
    assert inputs["amount"] == {"specifiedAmount": {"units": "5"}}
    assert [(rule["thresholdPercent"], rule["spendBasis"]) for rule in inputs["thresholdRules"]] == [
        (0.5, "CURRENT_SPEND"),
        (0.9, "CURRENT_SPEND"),
        (1.0, "CURRENT_SPEND"),
        (1.0, "FORECASTED_SPEND"),
    ]
    assert inputs["budgetFilter"] == {"projects": ["projects/42"]}, "the number: an id would differ for ever"


def test_bootstrap_without_a_repository_lets_nobody_in(run_program: Callable[..., Program]) -> None:
    program = run_program("prod", model=BootstrapSettings)
    assert not program.of("gcp:iam/workloadIdentityPool:WorkloadIdentityPool")
    assert not program.of("gcp:serviceaccount/account:Account")
    assert not program.of("gcp:billing/budget:Budget")
    assert program.of("gcp:kms/cryptoKey:CryptoKey")
