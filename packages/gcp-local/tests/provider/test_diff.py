"""Diff beyond the recorded cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gcp_local.provider.registry import RESOURCES, resource
from gcp_local.provider.values import UNKNOWN

CASES = json.loads((Path(__file__).parents[1] / "data" / "provider_diff_cases.json").read_text())
DATASET = "gcp:bigquery/dataset:Dataset"
ROUTINE = "gcp:bigquery/routine:Routine"
TRANSFER = "gcp:bigquery/dataTransferConfig:DataTransferConfig"
BUCKET = "gcp:storage/bucket:Bucket"


def recorded(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Outputs and inputs of a recorded resource."""
    case = next(each for each in CASES if each["type"] == token)
    return case["old_outputs"], case["old_inputs"]


def test_a_property_that_forces_replacement_does_so_in_every_type() -> None:
    tested = 0
    for token in {case["type"] for case in CASES}:
        outputs, inputs = recorded(token)
        kind = resource(token)
        for name in kind.facts.force_new & set(inputs):
            if isinstance(inputs[name], str):
                found = kind.diff(outputs, {**inputs, name: "something/else"})
                assert found.replaces == [name], (token, name)
                tested += 1
    assert tested > 20


def test_a_key_that_is_declared_no_longer_goes_in_place() -> None:
    """table_constraints forces no replacement in the real provider, whose update leaves it out of a full PUT."""
    outputs, inputs = recorded("gcp:bigquery/table:Table")
    found = resource("gcp:bigquery/table:Table").diff(
        {**outputs, "tableConstraints": {"primaryKey": {"columns": ["tenant"]}}}, inputs
    )
    assert "tableConstraints" in found.detailed
    assert found.replaces == []


def test_a_value_that_is_not_known_yet_is_a_change() -> None:
    outputs, inputs = recorded(DATASET)
    assert resource(DATASET).diff(outputs, {**inputs, "description": UNKNOWN}).detailed == {"description": "UPDATE"}
    assert resource(DATASET).diff(outputs, {**inputs, "datasetId": UNKNOWN}).replaces == ["datasetId"]


def test_unknown_labels_change_all_label_properties() -> None:
    outputs, inputs = recorded(DATASET)
    found = resource(DATASET).diff(outputs, {**inputs, "labels": UNKNOWN})
    assert set(found.properties) == {"labels", "pulumiLabels", "effectiveLabels"}


def test_labels_that_others_put_there_stay_and_are_no_change() -> None:
    outputs, inputs = recorded(DATASET)
    outputs = {**outputs, "effectiveLabels": {**outputs["effectiveLabels"], "by": "hand"}}
    assert not resource(DATASET).diff(outputs, inputs).changed
    changed = resource(DATASET).planned(outputs, {**inputs, "labels": {"a": "b"}})
    assert changed["effectiveLabels"] == {"by": "hand", "goog-pulumi-provisioned": "true", "a": "b"}


def test_an_account_that_is_left_out_is_an_update_and_no_deletion() -> None:
    outputs, inputs = recorded(TRANSFER)
    assert outputs["serviceAccountName"]
    without = {name: value for name, value in inputs.items() if name != "serviceAccountName"}
    assert resource(TRANSFER).diff(outputs, without).detailed == {"serviceAccountName": "UPDATE"}
    never = {**outputs, "serviceAccountName": None}
    assert not resource(TRANSFER).diff(never, without).changed


def test_a_new_label_is_added_in_all_label_properties() -> None:
    outputs, inputs = recorded(DATASET)
    found = resource(DATASET).diff(outputs, {**inputs, "labels": {**inputs["labels"], "a": "b"}})
    assert found.detailed == {"labels.a": "ADD", "pulumiLabels.a": "ADD", "effectiveLabels.a": "ADD"}


def test_a_table_that_is_clustered_otherwise_changes_in_place() -> None:
    outputs, inputs = recorded("gcp:bigquery/table:Table")
    found = resource("gcp:bigquery/table:Table").diff(outputs, {**inputs, "clusterings": ["tenant", "event_ts"]})
    assert found.detailed == {"clusterings[1]": "UPDATE"}
    assert not found.replaces


def test_a_removed_argument_of_a_routine_is_a_change_at_its_place() -> None:
    outputs, inputs = recorded(ROUTINE)
    outputs = {**outputs, "arguments": [*outputs["arguments"], {**outputs["arguments"][0], "name": "e"}]}
    assert resource(ROUTINE).diff(outputs, inputs).detailed == {"arguments[1]": "DELETE"}


def test_a_bucket_that_named_itself_is_created_before_the_old_one_goes() -> None:
    outputs, inputs = recorded(BUCKET)
    elsewhere = {**inputs, "location": "US"}
    assert resource(BUCKET).diff(outputs, elsewhere).delete_before_replace
    assert not resource(BUCKET).diff(outputs, {**elsewhere, "__defaults": ["name"]}).delete_before_replace


def test_a_set_of_metric_labels_is_compared_without_order_and_replaces_when_changed() -> None:
    token = "gcp:logging/metric:Metric"
    outputs, inputs = recorded(token)
    two = [{"key": "job", "valueType": "STRING"}, {"key": "user"}]
    more = {**inputs, "metricDescriptor": {**inputs["metricDescriptor"], "labels": two}}
    found = resource(token).diff(outputs, more)
    assert found.detailed == {"metricDescriptor.labels[1]": "ADD_REPLACE"}
    user = {"description": "", "key": "user", "valueType": "STRING"}
    descriptor = outputs["metricDescriptor"]
    had = {**outputs, "metricDescriptor": {**descriptor, "labels": [user, *descriptor["labels"]]}}
    assert not resource(token).diff(had, more).changed


def test_preview_of_a_create_knows_an_accounts_address_but_no_id() -> None:
    token = "gcp:serviceaccount/account:Account"
    expected = resource(token).expected({"accountId": "acme-run"}, "gcp-local")
    assert expected["email"] == "acme-run@gcp-local.iam.gserviceaccount.com"
    assert expected["member"] == f"serviceAccount:{expected['email']}"
    assert expected["id"] is UNKNOWN
    assert expected["name"] is UNKNOWN


@pytest.mark.parametrize(
    ("token", "inputs", "unknown"),
    [
        (BUCKET, {"name": "b", "location": "US"}, {"id", "url", "selfLink"}),
        (
            "gcp:bigquery/table:Table",
            {"datasetId": "d", "tableId": "v", "view": {"query": "x"}},
            {"schema", "selfLink"},
        ),
        ("gcp:logging/projectSink:ProjectSink", {"name": "s", "destination": "d"}, {"writerIdentity"}),
        ("gcp:monitoring/notificationChannel:NotificationChannel", {"type": "email"}, {"name"}),
        ("gcp:monitoring/alertPolicy:AlertPolicy", {"displayName": "p", "combiner": "OR", "conditions": []}, {"name"}),
        (
            "gcp:bigquery/dataTransferConfig:DataTransferConfig",
            {"displayName": "x", "dataSourceId": "scheduled_query", "params": {"query": "x"}},
            {"name", "id"},
        ),
    ],
)
def test_preview_of_a_create_does_not_know_what_the_cloud_decides(
    token: str, inputs: dict[str, Any], unknown: set[str]
) -> None:
    expected = resource(token).expected(inputs, "gcp-local")
    assert {name for name in unknown if expected[name] is UNKNOWN} == unknown
    assert not {name for name in inputs if expected[name] is UNKNOWN}


def test_every_fact_names_a_property_that_exists() -> None:
    for kind in RESOURCES.values():
        known = set(_paths(kind.root))
        names = {path.rpartition(".")[2] for path in known}
        facts = kind.facts
        stated = {*facts.force_new, *facts.computed, *facts.defaults, *facts.enums, *facts.checks, *facts.max_items}
        stated |= {*facts.sets, *facts.normalize, *facts.same, *facts.read_only, *facts.secret, *facts.nullable}
        stated |= {*(facts.local - {"deletionPolicy"})}
        stated |= {path for group in (*facts.conflicts, *facts.exactly_one, *facts.at_least_one) for path in group}
        wrong = {path for path in stated if (path[2:] not in names if path.startswith("*.") else path not in known)}
        assert not wrong, facts.type


def _paths(prop: Any) -> list[str]:
    inner = [*prop.fields.values(), *([prop.element] if prop.element else [])]
    return [prop.path, *(path for each in inner for path in _paths(each))]
