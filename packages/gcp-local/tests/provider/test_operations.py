"""Operations against clouds that misbehave: races, failures in the middle, somebody else's changes."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import status_pb2
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import provider_pb2_grpc

from gcp_local.provider.cloud import ApiError, Cloud, Conflict
from gcp_local.provider.journal import Journal
from gcp_local.provider.operations import Operations
from gcp_local.provider.server import Provider, serve
from gcp_local.provider.values import decode, encode

CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
MEMBER = "gcp:projects/iAMMember:IAMMember"
NAME = "projects/gcp-local/notificationChannels/1"
Answer = Callable[[str, str, Any], Any]


class Scripted(Cloud):
    """A cloud that answers what the test says, and remembers what it was asked."""

    def __init__(self, variables: dict[str, str], answer: Answer) -> None:
        super().__init__(variables)
        self.answer = answer
        self.calls: list[tuple[str, str]] = []

    def call(self, api: Any, method: str, path: str, body: Any = None, params: Any = None) -> Any:
        self.calls.append((method, path))
        return self.answer(method, path, body)


def urn(token: str) -> str:
    return f"urn:pulumi:local::p::{token}::thing"


def operations(variables: dict[str, str], folder: Path, answer: Answer) -> Operations:
    return Operations(Scripted(variables, answer), Journal(folder))


def test_a_failure_after_the_object_was_made_hands_over_its_id(variables: dict[str, str], tmp_path: Path) -> None:
    def answer(method: str, path: str, body: Any) -> Any:
        if method == "POST":
            return {"name": NAME}
        raise ApiError(503, "try again later", "backendError")

    server, port = serve(0, Provider(operations(variables, tmp_path, answer)))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        request = proto.CreateRequest(urn=urn(CHANNEL), properties=encode({"type": "email", "enabled": True}))
        with pytest.raises(grpc.RpcError, match="try again later") as caught:
            stub.Create(request, timeout=10)
    server.stop(None).wait()

    told: Any = caught.value
    status = status_pb2.Status.FromString(dict(told.trailing_metadata())["grpc-status-details-bin"])
    failed = proto.ErrorResourceInitFailed()
    assert status.details[0].Unpack(failed)
    assert failed.id == NAME
    assert decode(failed.inputs)["type"] == "email"
    assert decode(failed.properties)["id"] == NAME
    assert Journal(tmp_path).made(urn(CHANNEL)) == NAME


def test_the_journal_is_written_before_a_create_is_answered(variables: dict[str, str], tmp_path: Path) -> None:
    seen: list[str | None] = []

    def answer(method: str, path: str, body: Any) -> Any:
        if method == "POST":
            seen.append(Journal(tmp_path).made(urn(CHANNEL)))
            return {"name": NAME}
        seen.append(Journal(tmp_path).made(urn(CHANNEL)))
        return {"name": NAME, "type": "email", "enabled": True}

    identity, _ = operations(variables, tmp_path, answer).create(urn(CHANNEL), {"type": "email"})
    assert identity == NAME
    assert seen == [None, NAME]


def test_a_failed_create_leaves_no_entry(variables: dict[str, str], tmp_path: Path) -> None:
    def answer(method: str, path: str, body: Any) -> Any:
        raise Conflict(409, "Already Exists", "duplicate")

    running = operations(variables, tmp_path, answer)
    with pytest.raises(ApiError, match="googleapi: Error 409: Already Exists, duplicate"):
        running.create(urn(CHANNEL), {"type": "email"})
    assert running.journal.made(urn(CHANNEL)) is None


class Policy:
    """A project's policy that somebody else changes in between, the first times it is written."""

    def __init__(self, changes_between: int) -> None:
        self.policy: dict[str, Any] = {"etag": "0", "bindings": []}
        self.changes_between = changes_between

    def __call__(self, method: str, path: str, body: Any) -> Any:
        if path.endswith(":getIamPolicy"):
            return copy.deepcopy(self.policy)
        if self.changes_between:
            self.changes_between -= 1
            other = {"role": "roles/editor", "members": [f"user:other{self.changes_between}@b.c"]}
            self.policy = {"etag": str(int(self.policy["etag"]) + 1), "bindings": [*self.policy["bindings"], other]}
        if body["policy"]["etag"] != self.policy["etag"]:
            raise Conflict(409, "There were concurrent policy changes.", "aborted")
        self.policy = {**body["policy"], "etag": str(int(self.policy["etag"]) + 1)}
        return self.policy


def test_a_member_is_added_on_top_of_what_others_changed_meanwhile(
    variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    policy = Policy(changes_between=3)
    inputs = {"project": "gcp-local", "role": "roles/viewer", "member": "user:A@b.c"}
    identity, outputs = operations(variables, tmp_path, policy).create(urn(MEMBER), inputs)
    assert identity == "gcp-local/roles/viewer/user:a@b.c"
    assert outputs["etag"] == policy.policy["etag"]
    members = {member for binding in policy.policy["bindings"] for member in binding["members"]}
    assert members == {"user:other0@b.c", "user:other1@b.c", "user:other2@b.c", "user:a@b.c"}


def test_a_policy_that_never_rests_is_given_up_with_googles_message(
    variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    inputs = {"project": "gcp-local", "role": "roles/viewer", "member": "user:a@b.c"}
    with pytest.raises(ApiError, match="concurrent policy changes"):
        operations(variables, tmp_path, Policy(changes_between=1000)).create(urn(MEMBER), inputs)


def test_a_conditional_member_does_not_touch_the_unconditional_one(variables: dict[str, str], tmp_path: Path) -> None:
    policy = Policy(changes_between=0)
    running = operations(variables, tmp_path, policy)
    inputs = {"project": "gcp-local", "role": "roles/viewer", "member": "user:a@b.c"}
    condition = {"title": "once", "expression": "request.time < timestamp('2030-01-01T00:00:00Z')"}
    running.create(urn(MEMBER), inputs)
    identity, outputs = running.create(urn(MEMBER) + "2", {**inputs, "condition": condition})
    assert identity.endswith("/user:a@b.c/once")
    assert len(policy.policy["bindings"]) == 2
    running.delete(urn(MEMBER) + "2", identity, outputs)
    assert policy.policy["bindings"] == [{"role": "roles/viewer", "members": ["user:a@b.c"]}]


def test_a_protected_object_is_not_asked_about_in_the_cloud(variables: dict[str, str], tmp_path: Path) -> None:
    def answer(method: str, path: str, body: Any) -> Any:
        raise AssertionError(f"{method} {path}")

    table = "gcp:bigquery/table:Table"
    with pytest.raises(Exception, match="deletionProtection=false"):
        operations(variables, tmp_path, answer).delete(
            urn(table), "projects/gcp-local/datasets/d/tables/t", {"deletionProtection": True}
        )
