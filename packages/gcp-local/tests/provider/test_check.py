"""Check beyond the recorded cases: the rules hold for every property, not only for those that were recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from provider.documented import EMPTY, ENUMERATIONS, REQUIRED

from gcp_local.provider.facts import lookup
from gcp_local.provider.registry import RESOURCES, resource
from gcp_local.provider.schema import Kind, Property
from gcp_local.provider.values import UNKNOWN


def inside(prop: Property) -> Iterator[Property]:
    """Every property below, in blocks and in lists of blocks."""
    for field in prop.fields.values():
        if field.given:
            yield field
            yield from inside(field)
    if prop.element and prop.element.kind is Kind.OBJECT:
        yield from inside(prop.element)


def holding(root: Property, path: str, value: Any) -> dict[str, Any]:
    """Inputs in which the property at the path has the value, in blocks and lists as the types want them."""
    head, _, rest = path.partition(".")
    prop = root.fields[head] if root.fields else root.element.fields[head]  # type: ignore[union-attr]
    if not rest:
        return {head: value}
    inner = holding(prop if prop.fields else prop.element, rest, value)  # type: ignore[arg-type]
    return {head: inner if prop.kind is Kind.OBJECT else [inner]}


def reasons(token: str, prop: Property, value: Any) -> list[str]:
    """Why a value at the property's path is refused; what else misses in such inputs does not count."""
    failures = resource(token).check(holding(resource(token).root, prop.path, value))
    plain = [(each.property.replace("[0]", ""), each.reason) for each in failures]
    return [reason for path, reason in plain if path == prop.path and "Missing required" not in reason]


def every_property() -> list[tuple[str, Property]]:
    return [(token, prop) for token, kind in RESOURCES.items() for prop in inside(kind.root)]


def test_there_are_properties_to_test() -> None:
    assert len(every_property()) > 500


def test_every_numeric_property_refuses_a_word_and_takes_a_numeric_text() -> None:
    for token, prop in every_property():
        if prop.kind in (Kind.INT, Kind.FLOAT):
            assert reasons(token, prop, "many"), (token, prop.path)
            assert not any("must be a" in each for each in reasons(token, prop, "12")), (token, prop.path)


def test_every_boolean_property_refuses_a_word_and_takes_true_as_text() -> None:
    for token, prop in every_property():
        if prop.kind is Kind.BOOL:
            assert reasons(token, prop, "perhaps"), (token, prop.path)
            assert not reasons(token, prop, "true"), (token, prop.path)


def test_every_single_value_refuses_lists_and_objects() -> None:
    for token, prop in every_property():
        if prop.kind.scalar:
            assert reasons(token, prop, ["a"]), (token, prop.path)
            assert reasons(token, prop, {"a": 1}), (token, prop.path)


def test_every_list_and_every_block_refuses_a_single_value() -> None:
    for token, prop in every_property():
        if not prop.kind.scalar:
            assert reasons(token, prop, "a"), (token, prop.path)


def test_every_block_refuses_an_unknown_name() -> None:
    for token, prop in every_property():
        if prop.kind is Kind.OBJECT:
            failures = resource(token).check(holding(resource(token).root, f"{prop.path}", {"noSuchThing": 1}))
            assert any("noSuchThing" in each.property for each in failures), (token, prop.path)


def test_every_enumeration_refuses_another_value_and_takes_each_of_its_own() -> None:
    enums = [
        (token, prop, words.split())
        for token, prop in every_property()
        if (words := lookup(ENUMERATIONS.get(token, {}), prop.path))
    ]
    assert len(enums) > 30
    for token, prop, words in enums:
        allowed = ["" if word == EMPTY else word for word in words]
        wrap = (lambda value: [value]) if prop.kind is Kind.LIST else (lambda value: value)
        refused = resource(token).check(holding(resource(token).root, prop.path, wrap("NO_SUCH_VALUE")))
        assert any("NO_SUCH_VALUE" in each.reason for each in refused), (token, prop.path)
        for value in allowed:
            accepted = resource(token).check(holding(resource(token).root, prop.path, wrap(value)))
            assert not any("must be one of" in each.reason for each in accepted), (token, prop.path, value)


def test_every_required_property_is_missed_by_name() -> None:
    assert REQUIRED.keys() == RESOURCES.keys()
    for token, names in REQUIRED.items():
        missed = {each.property for each in resource(token).check({}) if "Missing required" in each.reason}
        assert missed == set(names.split()), token


def test_the_documented_enumerations_are_all_that_is_checked() -> None:
    stated = {token: {path: words.split() for path, words in paths.items()} for token, paths in ENUMERATIONS.items()}
    checked = {
        token: {path: [value or EMPTY for value in sorted(values)] for path, values in kind.facts.enums.items()}
        for token, kind in RESOURCES.items()
        if kind.facts.enums
    }
    assert checked == stated


def test_unknown_values_pass_every_rule() -> None:
    for token, kind in RESOURCES.items():
        inputs = {name: UNKNOWN for name, prop in kind.root.fields.items() if prop.given}
        assert not kind.check(inputs), token


@pytest.mark.parametrize(
    ("token", "inputs", "named"),
    [
        ("gcp:bigquery/table:Table", {"datasetId": "d", "tableId": "t", "schema": "{}"}, "schema"),
        ("gcp:bigquery/table:Table", {"datasetId": "d", "tableId": "t", "schema": "[null]"}, "null element"),
        ("gcp:bigquery/table:Table", {"datasetId": "d", "tableId": "t", "view": {}}, "view.query"),
        ("gcp:bigquery/dataset:Dataset", {"datasetId": "d", "defaultTableExpirationMs": 3599999}, "3600000"),
        ("gcp:projects/service:Service", {"service": "bigquery-json.googleapis.com"}, "retired"),
        (
            "gcp:serviceaccount/iAMMember:IAMMember",
            {"serviceAccountId": "me@p.iam.gserviceaccount.com", "role": "roles/x", "member": "user:a@b.c"},
            "projects/PROJECT/serviceAccounts",
        ),
        (
            "gcp:projects/iAMMember:IAMMember",
            {"project": "p", "role": "r", "member": "user:a@b.c", "condition": {"expression": "true"}},
            "condition.title",
        ),
        (
            "gcp:bigquery/job:Job",
            {"jobId": "j", "query": {"query": "x"}, "load": {"destinationTable": {"tableId": "t"}, "sourceUris": []}},
            "Exactly one of",
        ),
        (
            "gcp:monitoring/notificationChannel:NotificationChannel",
            {"type": "slack", "sensitiveLabels": {}},
            "sensitiveLabels.authToken",
        ),
        (
            "gcp:bigquery/dataTransferConfig:DataTransferConfig",
            {"displayName": "x", "dataSourceId": "s3", "params": {}, "sensitiveParams": {}},
            "sensitiveParams.secretAccessKey",
        ),
        ("gcp:logging/metric:Metric", {"filter": "x", "bucketOptions": {}}, "bucketOptions.explicitBuckets"),
        ("gcp:kms/cryptoKey:CryptoKey", {"keyRing": "r", "rotationPeriod": "86399s"}, "greater than one day"),
        ("gcp:kms/cryptoKey:CryptoKey", {"keyRing": "r", "rotationPeriod": "90 days"}, "must be seconds"),
        ("gcp:kms/cryptoKey:CryptoKey", {"keyRing": "r", "rotationPeriod": "86400.0000000001s"}, "9 fractional digits"),
        ("gcp:kms/keyRing:KeyRing", {"location": "us", "labels": {}}, 'unknown key "labels"'),
        ("gcp:iam/workloadIdentityPool:WorkloadIdentityPool", {"workloadIdentityPoolId": "gcp-x"}, 'start with "gcp-"'),
        ("gcp:iam/workloadIdentityPool:WorkloadIdentityPool", {"workloadIdentityPoolId": "abc"}, "4 to 32 characters"),
        (
            "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
            {"workloadIdentityPoolId": "pool", "workloadIdentityPoolProviderId": "Actions"},
            "lower-case letters, digits and dashes",
        ),
        (
            "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
            {"workloadIdentityPoolId": "pool", "workloadIdentityPoolProviderId": "actions", "aws": {"accountId": "1"},
             "oidc": {"issuerUri": "https://x"}},
            "Exactly one of",
        ),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_and_named(token: str, inputs: dict[str, Any], named: str) -> None:
    refused = " ".join(f"{each.property} {each.reason}" for each in resource(token).check(inputs))
    assert named in refused


def test_a_member_of_any_kind_is_accepted() -> None:
    for member in ("user:a@b.c", "domain:b.c", "allUsers", "principal://iam.googleapis.com/x", "projectOwner:p"):
        inputs = {"project": "p", "role": "roles/viewer", "member": member}
        assert not resource("gcp:projects/iAMMember:IAMMember").check(inputs), member
