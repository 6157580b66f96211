"""Each check says what it found and what to do; one that fails hides none of the others."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import NotFound

from catalog import analysis
from operations import google_api
from operations.deploying import preflight
from operations.deploying.preflight import PERMISSIONS, Line
from operations.errors import CloudError
from operations.review.previewed import Plan
from operations.stack import Stack
from tests.unit.operations.recorder import recording_stack
from tests.unit.operations.rollback.test_building import git


class Dataset:
    """A client that knows one dataset, or none."""

    def __init__(self, location: str) -> None:
        self.location = location

    def get_dataset(self, *_: Any, **__: Any) -> Dataset:
        if not self.location:
            raise NotFound("no such dataset")
        return self


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    made = recording_stack(tmp_path)
    (tmp_path / ".gitignore").write_text("/engine\n/calls\n/answer*\n/fails\n/.eros/\n")
    (tmp_path / "answer-stack-ls").write_text('[{"name": "dev"}]')
    service = '{"type": "gcp:projects/service:Service", "inputs": {"service": "bigquery.googleapis.com"}}'
    (tmp_path / "answer-stack-export").write_text(f'{{"deployment": {{"resources": [{service}]}}}}')
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    monkeypatch.setattr(preflight, "load_cached", lambda _: None)
    monkeypatch.setattr(analysis, "is_installed", lambda: True)
    monkeypatch.setattr(analysis, "analyze_changed", lambda *_: None)
    monkeypatch.setattr(google_api, "get", lambda *_, **__: {"lifecycleState": "ACTIVE"})
    monkeypatch.setattr(google_api, "post", lambda _, __, content: content)
    enabled = {"name": "projects/1/services/bigquery.googleapis.com"}
    monkeypatch.setattr(google_api, "pages", lambda *_, **__: iter([enabled]))
    monkeypatch.setattr(preflight, "bigquery_client", lambda *_: Dataset("us"))
    return made


def found(stack: Stack, *, skip_tests: bool = False) -> dict[str, Line]:
    return {line.name: line for line in preflight.lines(stack, skip_tests=skip_tests, say=lambda _: None)}


def test_a_stack_that_is_ready_passes_every_check(stack: Stack) -> None:
    lines = found(stack)
    assert [*lines] == [
        *("tools", "git", "lint", "analyzer", "credentials", "project", "APIs", "permissions", "dataset")
    ]
    assert {line.state for line in lines.values()} == {"pass"}, lines


@pytest.mark.parametrize(("protect", "state"), [(True, "fail"), (False, "warn")])
def test_files_that_are_not_committed_stop_a_protected_stack(stack: Stack, protect: bool, state: str) -> None:
    settings = stack.settings.model_copy(update={"protect": protect})
    made = dataclasses.replace(stack, settings=settings)
    (stack.root / "Pulumi.dev.yaml").write_text("config: {}\n")
    line = found(made)["git"]
    assert (line.state, "Pulumi.dev.yaml" in line.found, line.fix) == (state, True, "commit, or git stash")


@pytest.mark.parametrize(
    ("backend", "stated", "lines"),
    [
        ("gs://state", "", 1),
        ("file:///state", "", 1),
        ("gs://state", "encryptionsalt: v1:x\n", 0),
        ("gs://state", "secretsprovider: gcpkms://projects/p/locations/us/keyRings/r/cryptoKeys/k\n", 0),
        ("https://api.pulumi.com", "", 0),
    ],
)
def test_a_stack_file_without_a_salt_would_get_one_with_every_command(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, backend: str, stated: str, lines: int
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", backend)
    path = stack.root / "Pulumi.dev.yaml"
    path.write_text((path.read_text() if path.exists() else "config: {}\n") + stated)
    said = [line for line in preflight.lines(stack, skip_tests=True, say=lambda _: None) if line.name == "secrets"]
    assert [line.state for line in said] == ["fail"] * lines
    assert all("change-secrets-provider" in line.fix and "commit Pulumi.dev.yaml" in line.fix for line in said)


@pytest.mark.parametrize(
    ("missing", "state"), [("bigquery.tables.update", "fail"), ("monitoring.alertPolicies.create", "warn")]
)
def test_each_permission_that_is_missing_is_named(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, missing: str, state: str
) -> None:
    held = [name for name in PERMISSIONS if name != missing]
    monkeypatch.setattr(google_api, "post", lambda *_: {"permissions": held})
    line = found(stack)["permissions"]
    assert line.state == state
    assert missing in line.found


def test_acting_as_an_account_is_asked_of_that_account_once_it_is_there(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """README's roles hold it on no other account."""
    on_project = [name for name in PERMISSIONS if name != preflight.ACT_AS]
    there, may = True, True
    emails, denied = set(stack.settings.account_emails.values()), ""

    def get(api: str, path: str, **_: str) -> dict[str, Any] | None:
        return {"lifecycleState": "ACTIVE"} if there or "serviceAccounts" not in path else None

    def post(api: str, path: str, content: dict[str, Any]) -> dict[str, Any]:
        if "serviceAccounts" not in path:
            return {"permissions": on_project}
        email = path.rpartition("/")[2].removesuffix(":testIamPermissions")
        assert email in emails
        return content if may or email != denied else {}

    monkeypatch.setattr(google_api, "get", get)
    monkeypatch.setattr(google_api, "post", post)
    assert found(stack)["permissions"].state == "pass"
    may = False
    for denied in emails:
        line = found(stack)["permissions"]
        assert (line.state, preflight.ACT_AS in line.found) == ("fail", True), denied
    there = False
    assert found(stack)["permissions"].state == "pass"


def test_a_project_that_is_gone_and_a_dataset_elsewhere_fail_and_the_others_are_still_told(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google_api, "get", lambda *_, **__: None)
    monkeypatch.setattr(preflight, "bigquery_client", lambda *_: Dataset("EU"))
    monkeypatch.setattr(google_api, "pages", lambda *_, **__: iter(()))
    lines = found(stack)
    assert [name for name, line in lines.items() if line.state == "fail"] == ["project", "dataset"]
    assert lines["APIs"].found == "not enabled: bigquery.googleapis.com"
    monkeypatch.setattr(preflight, "bigquery_client", lambda *_: Dataset(""))
    assert "will be made" in found(stack)["dataset"].found


def test_a_service_that_refuses_is_a_line_of_its_own(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise CloudError("403 no", fix="ask")

    for name in ("get", "post", "pages"):
        monkeypatch.setattr(google_api, name, refuse)
    lines = found(stack)
    assert {name: line.state for name, line in lines.items() if line.state != "pass"} == {
        "project": "fail",
        "apis": "warn",
        "permissions": "warn",
    }


def test_work_that_is_not_finished_comes_first(stack: Stack) -> None:
    (stack.root / ".eros" / "rollback-dev").mkdir(parents=True)
    (stack.root / ".eros" / "rollback-dev" / "journal.json").write_text("{}")
    line = found(stack)["unfinished work"]
    assert (line.state, "eros rollback -s dev" in line.fix) == ("fail", True)


def test_what_is_dangerous_or_breaks_a_policy_is_told_with_the_preview(stack: Stack) -> None:
    table = {"type": "gcp:bigquery/table:Table", "custom": True, "inputs": {"tableId": "t"}}
    plan = Plan.read({"steps": [{"op": "delete", "urn": "x::t", "oldState": table}]})
    assert [(line.name, line.state) for line in preflight.of_preview(plan, stack.settings)] == [
        ("schema and sources", "pass"),
        ("danger", "fail"),
    ]
    member = {"type": "gcp:projects/iAMMember:IAMMember", "custom": True, "inputs": {"member": "allUsers"}}
    public = Plan.read({"steps": [{"op": "create", "urn": "x::grant", "newState": member}]})
    _, line = preflight.of_preview(public, stack.settings)
    assert (line.state, "grant lets allUsers in" in line.found) == ("fail", True)
