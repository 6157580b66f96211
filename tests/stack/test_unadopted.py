"""A preview stops when it would create what exists; whether it would, only the engine says."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from catalog import load as load_catalog
from tests.stack.conftest import ROOT, Preview, live_sources

DATASET, TABLE, VIEW = "warehouse-dataset", "feature_flags", "latest_recommendations"


def live(*names: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """A dataset with the sources and these objects as declared; by default with nobody's labels."""
    tables = load_catalog(ROOT).tables
    found = {}
    for name in names:
        partitioning = tables[name].partitioning if name in tables else None
        assert partitioning is None
        found[name] = {"schema": tables[name].schema_json() if name in tables else "[]", "labels": labels or {}}
    return {**live_sources(), **found}


@pytest.mark.parametrize(
    ("creates", "named"),
    [({DATASET}, "eros_scheduling_brain"), ({TABLE}, TABLE), ({VIEW}, VIEW), ({DATASET, TABLE, VIEW}, VIEW)],
)
def test_what_exists_and_would_be_created_stops_the_preview_and_names_the_command(run_program, creates, named):
    with pytest.raises(pulumi.RunError, match=rf"(?s)nothing was changed: .*{named}.*fix: eros adopt -s prod"):
        run_program(live=live(TABLE, VIEW), preview=Preview(frozenset(creates)))


def test_labels_decide_nothing(run_program):
    """A state that was lost leaves labels behind; an import leaves none."""
    ours = {"system": "eros", "environment": "prod"}
    with pytest.raises(pulumi.RunError, match="eros adopt"):
        run_program(live=live(TABLE, labels=ours), preview=Preview(frozenset({TABLE})))
    assert run_program(live=live(TABLE), preview=Preview()).one("gcp:bigquery/dataset:Dataset")


def test_what_does_not_exist_is_created_without_a_word(run_program):
    program = run_program(live=live(TABLE), preview=Preview(frozenset({VIEW, "la_hour"})))
    assert VIEW in program.of("gcp:bigquery/table:Table")


def test_what_is_to_be_replaced_is_ours_although_it_has_no_id(run_program):
    preview = Preview(frozenset({TABLE}), recorded=frozenset({TABLE, DATASET}))
    assert TABLE in run_program(live=live(TABLE), preview=preview).of("gcp:bigquery/table:Table")
    with pytest.raises(pulumi.RunError, match=VIEW):
        run_program(live=live(TABLE, VIEW), preview=Preview(frozenset({TABLE, VIEW}), preview.recorded))


def test_the_state_is_read_only_when_the_engine_s_answer_has_two_meanings(run_program):
    program = run_program(live=live(TABLE, VIEW), preview=Preview())
    assert not [read for read in program.reads if "stackName" in read or "name" in read]


def test_an_update_is_not_asked_since_every_id_is_known_by_then(run_program):
    assert run_program(live=live(TABLE)).one("gcp:bigquery/dataset:Dataset")


def test_another_layout_that_is_not_ours_is_refused_with_adoption_as_the_way(run_program):
    found = live(TABLE)
    found[TABLE]["schema"] = '[{"name": "flag", "type": "INTEGER", "mode": "REQUIRED"}]'
    with pytest.raises(pulumi.RunError, match=r"(?s)feature_flags exists with another layout .*eros adopt -s prod"):
        run_program(live=found, preview=Preview(frozenset({TABLE})))
    found[TABLE]["labels"] = {"environment": "prod"}
    with pytest.raises(pulumi.RunError, match=r"in two releases"):
        run_program(live=found)
