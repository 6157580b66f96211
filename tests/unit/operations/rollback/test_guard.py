"""What a rollback must not take away."""

from __future__ import annotations

import pytest

from operations.review.previewed import Plan, PlannedStep
from operations.rollback import guard
from operations.rollback.choosing import OutOfReach

DATASET = "gcp:bigquery/dataset:Dataset"


def going(name: str, labels: dict[str, str]) -> Plan:
    return Plan((PlannedStep("delete", name, "dataset", DATASET, {"datasetId": name, "labels": labels}, {}),), 0)


def test_a_dataset_of_views_may_go_with_the_release_that_made_it_and_no_other_dataset() -> None:
    guard.check(going("d_reports", {"component": "reports"}), 3)
    with pytest.raises(OutOfReach, match="dataset d would be deleted"):
        guard.check(going("d", {"system": "eros"}), 3)
