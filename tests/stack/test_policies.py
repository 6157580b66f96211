"""The whole program keeps to its policies, and each of them has something in it to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.rules import POLICIES, Facts, Resource, violations
from tests.stack.conftest import Program

FACTS = Facts("US", True)


def resources(program: Program) -> list[Resource]:
    return [Resource(item.type, item.name, item.inputs, item.protect) for item in program.resources]


def said(program: Program, facts: Facts = FACTS) -> list[str]:
    found = [violation for resource in resources(program) for violation in violations(resource, facts)]
    return [f"{violation.policy}: {violation.message}" for violation in found]


def test_production_breaks_no_policy(prod: Program) -> None:
    assert said(prod) == []


def test_staging_breaks_no_policy_and_holds_what_production_holds(
    prod: Program, run_program: Callable[..., Program]
) -> None:
    staging = run_program("staging")
    assert said(staging) == []
    assert {item.type for item in prod.resources} == {item.type for item in staging.resources}
    assert staging.dataset.inputs["datasetId"] == "eros_staging"


def test_a_stack_with_every_channel_breaks_no_policy(run_program: Callable[..., Program]) -> None:
    more = {"manageSources": "true", "alertTopic": "eros-alerts", "googleChatSpace": "spaces/AAAA"}
    program = run_program("prod", **more, controlPanel="1AbC-x_9" * 5)
    assert "gcp:pubsub/topic:Topic" in {item.type for item in program.resources}
    services = {item.inputs["service"] for item in program.of("gcp:projects/service:Service").values()}
    assert "sheets.googleapis.com" in services, "a stack that states a spreadsheet enables its API"
    assert said(program) == []


def test_a_throw_away_stack_breaks_only_the_policy_that_its_configuration_lifts(
    run_program: Callable[..., Program],
) -> None:
    program = run_program("prod", protect="false")
    assert said(program, Facts("US", protects=False)) == []
    assert {line.split(":")[0] for line in said(program)} == {"data-is-protected"}


@pytest.mark.parametrize(
    ("config", "broken"),
    [
        ({"location": "EU"}, "one-location"),
        ({"backupRetentionDays": "7"}, "backups-last"),
    ],
)
def test_configuration_that_breaks_a_policy_is_found(
    run_program: Callable[..., Program], config: dict[str, str], broken: str
) -> None:
    assert {line.split(":")[0] for line in said(run_program("prod", **config))} == {broken}


def test_every_policy_looks_at_something_of_the_program(prod: Program) -> None:
    """Without its labels, accounts, protection and so on each resource would break what looks at it."""
    bare = [
        Resource(item.type, item.name, {"labels": item.inputs.get("labels", {})} | {"location": "X"}, False)
        for item in prod.resources
    ]
    seen = {violation.policy for resource in bare for violation in violations(resource, FACTS)}
    # Nothing of the program names them: the rules about members and roles look at every text there is.
    assert seen | {"no-basic-role", "everything-is-labelled"} == {policy.name for policy in POLICIES}
