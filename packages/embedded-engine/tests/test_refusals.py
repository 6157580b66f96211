"""What the engine does not have is refused by name, with what to install, and before anything is changed."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import callback_pb2, resource_pb2
from toy_cloud import ToyCloud
from toy_stack import ListProgram, Resource, ToyStack, item

from embedded_engine import cli
from embedded_engine.errors import EngineError, Refused

Request = resource_pb2.RegisterResourceRequest


@pytest.mark.parametrize(
    ("options", "feature"),
    [
        ({"remote": True}, "remote"),
        ({"importId": "x"}, "import_"),
        ({"transforms": [callback_pb2.Callback(target="t", token="k")]}, "transforms"),
        ({"replaceOnChanges": ["*"]}, "replace_on_changes"),
        ({"replace_with": ["urn:x"]}, "replace_with"),
        ({"deletedWith": "urn:x"}, "deleted_with"),
        ({"hideDiffs": ["a"]}, "hide_diffs"),
        ({"packageRef": "x"}, "parameterized packages"),
        ({"hooks": Request.ResourceHooksBinding(before_create=["h"])}, "resource hooks"),
        ({"replacement_trigger": {"string_value": "x"}}, "replacement_trigger"),
    ],
)
def test_options_of_resources(stack: ToyStack, cloud: ToyCloud, options: dict[str, Any], feature: str) -> None:
    result = stack.up(item("a", options=options))

    assert result.outcome.refusal is not None
    message = str(result.outcome.refusal)
    assert feature in message
    assert "embedded engine does not support" in message
    assert "install the Pulumi CLI, version 3.250" in message
    assert cloud.events() == []


@pytest.mark.parametrize(
    ("method", "request_", "feature"),
    [
        ("RegisterStackTransform", callback_pb2.Callback(), "transforms"),
        ("RegisterStackInvokeTransform", callback_pb2.Callback(), "transforms of invokes"),
        ("RegisterResourceHook", resource_pb2.RegisterResourceHookRequest(), "resource hooks"),
        ("RegisterErrorHook", resource_pb2.RegisterErrorHookRequest(), "error hooks"),
        ("RegisterPackage", resource_pb2.RegisterPackageRequest(), "parameterized packages"),
        ("Call", resource_pb2.ResourceCallRequest(), "calls of component methods"),
    ],
)
def test_methods_of_the_monitor(stack: ToyStack, method: str, request_: Any, feature: str) -> None:
    class Asking(ListProgram):
        def _run(self, run: Any) -> None:
            with pytest.raises(grpc.RpcError):
                getattr(self._stub, method)(request_, timeout=10)

    result = stack._perform("update", False, Asking([]))

    assert result.outcome.refusal is not None
    assert feature in str(result.outcome.refusal)


def test_stack_references(stack: ToyStack) -> None:
    class Referring(ListProgram):
        def _run(self, run: Any) -> None:
            request = resource_pb2.ReadResourceRequest(type="pulumi:pulumi:StackReference", name="other", id="other")
            with pytest.raises(grpc.RpcError):
                self._stub.ReadResource(request, timeout=10)

    result = stack._perform("update", False, Referring([]))

    assert "stack references (other)" in str(result.outcome.refusal)


def test_assets(stack: ToyStack, cloud: ToyCloud) -> None:
    asset = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "text": "x"}

    result = stack.up(item("a", file=asset))

    assert "assets as resource properties" in str(result.outcome.refusal)
    assert cloud.events() == []


def test_providers_that_are_not_attached(stack: ToyStack, cloud: ToyCloud) -> None:
    result = stack.up(Resource("aws:s3/bucket:Bucket", "b"))

    assert "the provider aws: it works only with providers that PULUMI_DEBUG_PROVIDERS attaches (toy)" in str(
        result.outcome.refusal
    )
    assert stack.document["resources"][0]["type"] == "pulumi:pulumi:Stack"
    assert cloud.events() == []


def test_deploying_without_any_attached_provider(stack: ToyStack) -> None:
    del stack.environment["PULUMI_DEBUG_PROVIDERS"]
    with pytest.raises(Refused, match="deploying without attached providers"):
        stack.preview()


def test_a_state_with_resources_of_providers_that_are_not_attached(stack: ToyStack) -> None:
    stack.up(item("a"))
    stack.environment["PULUMI_DEBUG_PROVIDERS"] = "gcp:1"
    for operation in (stack.destroy, stack.refresh, stack.up):
        with pytest.raises(Refused, match="the provider toy"):
            operation()


@pytest.mark.parametrize("url", ["gs://bucket", "https://api.pulumi.com", "s3://x"])
def test_backends_that_are_not_files(stack: ToyStack, url: str) -> None:
    stack.environment["PULUMI_BACKEND_URL"] = url
    with pytest.raises(Refused, match="only file://"):
        stack.session()


def change_state(stack: ToyStack, change: Any) -> None:
    path = stack.session().files.checkpoint
    content = json.loads(path.read_bytes())
    change(content, content["checkpoint"]["latest"])
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    "change",
    [
        lambda content, latest: content.update(version=4, features=["views"]),
        lambda content, latest: content.update(version=2),
        lambda content, latest: latest["secrets_providers"].update(type="cloud"),
        lambda content, latest: latest.update(snippets=[{"id": "x"}]),
        lambda content, latest: latest["resources"][0].update(taint=True),
        lambda content, latest: latest["resources"][0].update(viewOf="urn"),
        lambda content, latest: latest["resources"][0].update(neverHeardOf=[1]),
    ],
)
def test_states_that_hold_more_than_the_engine_would_keep(stack: ToyStack, change: Any) -> None:
    stack.up(item("a"))
    change_state(stack, change)
    with pytest.raises(Refused, match="embedded engine does not support"):
        stack.preview()


def test_a_damaged_state_is_not_used(stack: ToyStack) -> None:
    stack.up(item("a"))
    change_state(stack, lambda content, latest: latest["manifest"].update(magic="x"))
    with pytest.raises(EngineError, match="damaged"):
        stack.preview()


@pytest.mark.parametrize(
    ("line", "feature"),
    [
        ("import x", "importing without --file;"),
        ("state delete", "the command state;"),
        ("watch", "the command watch;"),
        ("stack select dev", "the command stack select;"),
        ("up --target urn:x", "the flag --target;"),
        ("up --target=urn:x", "the flag --target;"),
        ("up --plan plan.json", "the flag --plan;"),
        ("destroy --policy-pack folder", "the flag --policy-pack;"),
        ("preview --save-plan plan.json", "the flag --save-plan;"),
        ("destroy --exclude-protected", "the flag --exclude-protected;"),
        ("refresh --run-program", "the flag --run-program;"),
    ],
)
def test_commands_and_flags(line: str, feature: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(line.split()) == 1

    error = capsys.readouterr().err
    assert f"the embedded engine does not support {feature}" in error
    assert "install the Pulumi CLI, version 3.250 or later" in error


def test_a_function_of_a_provider_is_called(stack: ToyStack) -> None:
    answers = {}
    asked: dict[str, dict[str, Any]] = {"good": {"text": "hello"}, "bad": {"fail": True}}

    class Invoking(ListProgram):
        def _run(self, run: Any) -> None:
            super()._run(run)
            for key, arguments in asked.items():
                request = resource_pb2.ResourceInvokeRequest(tok="toy:index:echo", acceptResources=True)
                request.args.update(arguments)
                answers[key] = self._stub.Invoke(request, timeout=10)

    assert stack._perform("update", True, Invoking([item("a")])).outcome.succeeded
    assert getattr(answers["good"], "return")["echo"] == "hello"
    assert [failure.reason for failure in answers["bad"].failures] == ["asked to"]
