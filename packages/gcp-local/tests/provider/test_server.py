"""The provider's gRPC service, without a cloud."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as proto

from gcp_local.provider.errors import ProviderError
from gcp_local.provider.server import serve
from gcp_local.provider.values import UNKNOWN, Secret, decode, encode

SECONDS = 10
BUCKET = "gcp:storage/bucket:Bucket"
DATASET = "gcp:bigquery/dataset:Dataset"


def urn(token: str, stack: str = "local") -> str:
    return f"urn:pulumi:{stack}::acme-platform::acme:platform:Warehouse${token}::thing"


def checked(provider: Any, token: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
    request = proto.CheckRequest(urn=urn(token), news=encode(news), olds=encode(olds or {}), randomSeed=b"\x01" * 32)
    return provider.Check(request, timeout=SECONDS)


def test_the_plugin_answers_with_the_version_it_stands_in_for(provider: Any) -> None:
    assert provider.GetPluginInfo(empty_pb2.Empty(), timeout=SECONDS).version == "10.2.0"


def test_check_refuses_with_the_property_and_keeps_secrets_and_unknowns(provider: Any) -> None:
    answer = checked(provider, DATASET, {"datasetId": "a-b", "description": Secret("s"), "location": UNKNOWN})
    assert [failure.property for failure in answer.failures] == ["datasetId"]
    inputs = decode(answer.inputs)
    assert inputs["description"] == Secret("s")
    assert inputs["location"] is UNKNOWN


def test_check_fills_in_defaults_and_says_which(provider: Any) -> None:
    inputs = decode(checked(provider, DATASET, {"datasetId": "d"}).inputs)
    assert inputs == {"datasetId": "d", "location": "US", "__defaults": ["location"]}
    table = decode(checked(provider, "gcp:bigquery/table:Table", {"datasetId": "d", "tableId": "t"}).inputs)
    assert table["deletionProtection"] is True


def test_a_generated_name_stays_over_updates_and_changes_for_a_replacement(provider: Any) -> None:
    first = decode(checked(provider, BUCKET, {"location": "EU"}).inputs)
    assert first["name"] == "thing-0101010"
    again = decode(checked(provider, BUCKET, {"location": "EU"}, {**first, "name": "thing-fffffff"}).inputs)
    assert again["name"] == "thing-fffffff"
    given = decode(
        checked(provider, BUCKET, {"location": "EU"}, {"name": "mine", "location": "EU", "__defaults": []}).inputs
    )
    assert given["name"] == "thing-0101010"


def test_check_writes_values_in_their_declared_type(provider: Any) -> None:
    news = {"name": "b", "location": "EU", "retentionPolicy": {"retentionPeriod": 60}, "requesterPays": "true"}
    inputs = decode(checked(provider, BUCKET, news).inputs)
    assert inputs["retentionPolicy"] == {"retentionPeriod": "60"}
    assert inputs["requesterPays"] is True


def test_preview_of_a_create_calls_nobody_and_hides_labels(provider: Any) -> None:
    inputs = {"name": "b", "location": "EU", "labels": {"a": "b"}}
    request = proto.CreateRequest(urn=urn(BUCKET), properties=encode(inputs), preview=True)
    answer = provider.Create(request, timeout=SECONDS)
    found = decode(answer.properties)
    assert answer.id == ""
    assert found["url"] is UNKNOWN
    assert found["effectiveLabels"] == Secret({"a": "b", "goog-pulumi-provisioned": "true"})
    assert found["project"] == "gcp-local"


def test_what_is_refused_when_the_plan_is_made_fails_the_preview(provider: Any) -> None:
    inputs = {"type": "slack", "labels": {"auth_token": "t"}, "sensitiveLabels": {"authToken": "t"}}
    token = "gcp:monitoring/notificationChannel:NotificationChannel"
    assert not checked(provider, token, inputs).failures
    with pytest.raises(grpc.RpcError, match="auth_token"):
        provider.Create(proto.CreateRequest(urn=urn(token), properties=encode(inputs), preview=True), timeout=SECONDS)


def test_diff_answers_in_detail(provider: Any) -> None:
    outputs: dict[str, Any] = {"datasetId": "d", "location": "US", "description": "old", "labels": {}}
    news = {"datasetId": "d", "location": "EU", "description": "new"}
    request = proto.DiffRequest(urn=urn(DATASET), id="x", olds=encode(outputs), news=encode(news))
    answer = provider.Diff(request, timeout=SECONDS)
    kinds = {path: proto.PropertyDiff.Kind.Name(each.kind) for path, each in answer.detailedDiff.items()}
    assert kinds["location"] == "UPDATE_REPLACE"
    assert kinds["description"] == "UPDATE"
    assert list(answer.replaces) == ["location"]
    assert answer.hasDetailedDiff
    assert not answer.deleteBeforeReplace


def test_ignored_changes_are_no_changes(provider: Any) -> None:
    labels = {"a": "1", "goog-pulumi-provisioned": "true"}
    outputs: dict[str, Any] = {"datasetId": "d", "location": "US", "description": "old", "labels": {"a": "1"}}
    outputs |= {"pulumiLabels": labels, "effectiveLabels": labels, "deleteContentsOnDestroy": False}
    former = {"datasetId": "d", "location": "US", "description": "old", "labels": {"a": "1"}}
    news = {"datasetId": "d", "location": "US", "description": "new", "labels": {"a": "2"}}
    request = proto.DiffRequest(urn=urn(DATASET), id="x", olds=encode(outputs), old_inputs=encode(former))
    request.news.CopyFrom(encode(news))
    request.ignoreChanges.extend(["description", "labels.a"])
    assert provider.Diff(request, timeout=SECONDS).changes == proto.DiffResponse.DIFF_NONE


@pytest.mark.parametrize("token", ["gcp:compute/instance:Instance", "aws:s3/bucket:Bucket"])
def test_an_unknown_type_is_named(provider: Any, token: str) -> None:
    with pytest.raises(grpc.RpcError, match=token):
        checked(provider, token, {})


def test_an_unknown_function_is_named(provider: Any) -> None:
    with pytest.raises(grpc.RpcError, match="gcp:storage/getBucket:getBucket"):
        provider.Invoke(proto.InvokeRequest(tok="gcp:storage/getBucket:getBucket"), timeout=SECONDS)


def test_a_type_that_is_only_compared_is_named_when_it_is_to_be_made(provider: Any) -> None:
    token = "gcp:logging/projectSink:ProjectSink"
    with pytest.raises(grpc.RpcError, match=f"cannot create {token} yet"):
        provider.Create(proto.CreateRequest(urn=urn(token), properties=encode({"name": "x"})), timeout=SECONDS)


def test_a_cloud_that_does_not_answer_is_named(provider: Any) -> None:
    inputs = {"datasetId": "d", "location": "US"}
    with pytest.raises(grpc.RpcError, match=r"does not answer at http://127\.0\.0\.1:9/bigquery/v2/projects"):
        provider.Create(proto.CreateRequest(urn=urn(DATASET), properties=encode(inputs)), timeout=SECONDS)


def configure(provider: Any, stack: str, **args: str) -> Any:
    request = proto.ConfigureRequest(args=encode(args), urn=f"urn:pulumi:{stack}::p::pulumi:providers:gcp::default")
    return provider.Configure(request, timeout=SECONDS)


def test_configure_accepts_a_local_stack(provider: Any) -> None:
    assert configure(provider, "local").supportsPreview
    assert configure(provider, "trial", project="gcp-local").acceptSecrets


@pytest.mark.parametrize(
    ("stack", "args"), [("prod", {}), ("prod", {"project": "acme-prod"}), ("local", {"project": "p"})]
)
def test_configure_refuses_a_stack_that_is_not_local_and_says_what_to_unset(
    provider: Any, stack: str, args: dict[str, str]
) -> None:
    with pytest.raises(grpc.RpcError, match=r"GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT.*gcp-local env --unset"):
        configure(provider, stack, **args)


def test_configure_refuses_an_environment_without_the_local_cloud(provider: Any, variables: dict[str, str]) -> None:
    del variables["GOOGLE_MONITORING_CUSTOM_ENDPOINT"]
    with pytest.raises(grpc.RpcError, match="GOOGLE_MONITORING_CUSTOM_ENDPOINT is not set"):
        configure(provider, "local")


def test_configure_refuses_an_endpoint_that_is_not_on_this_machine(provider: Any, variables: dict[str, str]) -> None:
    variables["GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT"] = "https://bigquery.googleapis.com/bigquery/v2/"
    with pytest.raises(grpc.RpcError, match="only calls this machine"):
        configure(provider, "local")


def test_a_resource_of_another_project_is_refused_whatever_the_provider_was_told(provider: Any) -> None:
    inputs = {"datasetId": "d", "project": "acme-prod"}
    with pytest.raises(grpc.RpcError, match="stack prod deploys to project acme-prod"):
        provider.Create(
            proto.CreateRequest(urn=urn(DATASET, "prod"), properties=encode(inputs), preview=True), timeout=SECONDS
        )


def test_a_taken_port_is_refused() -> None:
    server, port = serve(0)
    with pytest.raises(ProviderError, match=f"port {port} "):
        serve(port)
    server.stop(None).wait()
