"""The recorded answers of the real provider to changes: ours gives the same verdict, properties and kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gcp_local.provider.registry import resource

DATA = Path(__file__).parents[1] / "data"
CASES: list[dict[str, Any]] = json.loads((DATA / "provider_diff_cases.json").read_text())


def case_id(case: dict[str, Any]) -> str:
    return "-".join(f"{case['type'].split(':')[-1]} {case['resource']} {case['case']}".split())


def test_all_recorded_diffs_are_here() -> None:
    assert len(CASES) == 72
    assert len({case_id(case) for case in CASES}) == 72


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_a_change_is_the_update_or_replacement_that_the_real_provider_makes(case: dict[str, Any]) -> None:
    found = resource(case["type"]).diff(case["old_outputs"], case["news"])

    assert ("SOME" if found.changed else "NONE") == case["change"]
    assert found.replaces == sorted(case["replaces"])
    assert found.delete_before_replace == case["delete_before_replace"]
    assert found.detailed == case["detailed"]


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_the_former_inputs_make_no_change(case: dict[str, Any]) -> None:
    assert not resource(case["type"]).diff(case["old_outputs"], case["old_inputs"]).changed
