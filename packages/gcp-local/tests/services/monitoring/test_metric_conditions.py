"""Policies on metrics: thresholds with their windows, absences, how incidents end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from services.monitoring.conftest import RUNS

if TYPE_CHECKING:
    from services.monitoring.conftest import Watched

FAILED = f'{RUNS} AND metric.labels.completion_state="FAILED"'
SUCCEEDED = f'{RUNS} AND metric.labels.completion_state="SUCCEEDED"'
DELTA = {"alignmentPeriod": "300s", "perSeriesAligner": "ALIGN_DELTA"}
SUM = {**DELTA, "crossSeriesReducer": "REDUCE_SUM", "groupByFields": ["resource.label.config_id"]}


def threshold(text: str = FAILED, **changes: Any) -> dict[str, Any]:
    body = {"filter": text, "comparison": "COMPARISON_GT", "thresholdValue": 0, "duration": "0s", **changes}
    return {"conditionThreshold": {"aggregations": [DELTA], **body}}


def absent(minutes: int = 30, **changes: Any) -> dict[str, Any]:
    return {"conditionAbsent": {"filter": SUCCEEDED, "duration": f"{minutes * 60}s", **changes}}


class TestThreshold:
    """Values above or below a bound."""

    def test_a_failed_run_opens_an_incident_of_its_series(self, watched: Watched) -> None:
        watched.policy(threshold(), severity="ERROR")
        watched.runs("SUCCEEDED")
        assert watched.evaluate() == []
        watched.runs("FAILED", "c-2")
        (record,) = watched.evaluate()
        assert record["subject"] == "[ALERT - Error] Stale"
        assert "is above the threshold of 0.000 with a value of 1.000" in record["text"]
        (alert,) = watched.alerts()
        assert alert["resource"]["labels"] == {"project_id": "gcp-local", "location": "us", "config_id": "c-2"}
        assert alert["metric"]["labels"]["completion_state"] == "FAILED"

    def test_a_run_between_two_evaluations_is_not_missed(self, watched: Watched) -> None:
        watched.policy(threshold())
        watched.evaluate()
        watched.clock.advance(hours=1)
        watched.runs("FAILED")
        (record,) = watched.after(hours=1)
        assert record["time"] == "2026-03-01T13:00:00Z"

    def test_a_config_that_the_filter_does_not_name_is_silence(self, watched: Watched) -> None:
        watched.policy(threshold(f'{FAILED} AND resource.labels.config_id="c-1"'))
        watched.runs("FAILED", "c-2")
        assert watched.evaluate() == []

    def test_without_data_an_incident_stays_open_until_it_closes_by_itself(self, watched: Watched) -> None:
        watched.policy(threshold(), alertStrategy={"autoClose": "3600s"})
        watched.runs("FAILED")
        assert len(watched.evaluate()) == 1
        watched.clock.advance(minutes=20)
        watched.runs("FAILED")
        assert watched.evaluate() == []
        assert watched.after(minutes=50) == []
        (closed,) = watched.after(minutes=20)
        assert (closed["state"], closed["subject"]) == ("closed", "[RESOLVED] Stale")
        assert watched.after(hours=2) == []
        watched.runs("FAILED")
        assert [record["state"] for record in watched.evaluate()] == ["open"]

    def test_missing_data_can_count_as_fine(self, watched: Watched) -> None:
        inactive = {"evaluationMissingData": "EVALUATION_MISSING_DATA_INACTIVE", "duration": "60s"}
        watched.policy(threshold(**inactive))
        watched.runs("FAILED")
        assert [record["state"] for record in watched.after(minutes=2)] == ["open"]
        assert [record["state"] for record in watched.after(minutes=5)] == ["closed"]

    def test_a_condition_has_to_hold_for_its_duration(self, watched: Watched) -> None:
        watched.policy(threshold(duration="600s"))
        watched.runs("FAILED")
        assert watched.after(minutes=4) == []
        watched.runs("FAILED")
        assert watched.after(minutes=4) == []
        watched.runs("FAILED")
        (record,) = watched.after(minutes=4)
        assert record["time"] == "2026-03-01T12:10:00Z"

    def test_a_value_below_the_bound_is_found_and_ends(self, watched: Watched) -> None:
        too_few = {"comparison": "COMPARISON_LT", "thresholdValue": 2, "aggregations": [SUM]}
        watched.policy(threshold(RUNS, **too_few))
        watched.runs("SUCCEEDED")
        (opened,) = watched.evaluate()
        assert "is below the threshold of 2.000 with a value of 1.000" in opened["text"]
        watched.runs("FAILED")
        assert [record["state"] for record in watched.evaluate()] == ["closed"]

    def test_a_trigger_counts_series(self, watched: Watched) -> None:
        watched.policy(threshold(trigger={"count": 2}))
        watched.runs("FAILED", "c-1")
        assert watched.evaluate() == []
        watched.runs("FAILED", "c-2")
        assert len(watched.evaluate()) == 2

    def test_conditions_joined_by_and_have_to_be_met_together(self, watched: Watched) -> None:
        both = [{"displayName": "f", **threshold()}, {"displayName": "s", **threshold(SUCCEEDED)}]
        watched.policy({}, conditions=both, combiner="AND")
        watched.runs("FAILED")
        assert watched.evaluate() == []
        watched.runs("SUCCEEDED", "c-2")
        assert len(watched.evaluate()) == 2

    def test_a_changed_policy_begins_anew(self, watched: Watched) -> None:
        policy = watched.policy(threshold(duration="600s"))
        watched.runs("FAILED")
        watched.after(minutes=4)
        path = f"/monitoring/v3/{policy['name']}"
        watched.api("PATCH", path, {"displayName": "New"}, updateMask="displayName")
        watched.runs("FAILED")
        assert watched.after(minutes=4) == []
        watched.runs("FAILED")
        assert watched.after(minutes=4) == []

    def test_an_incident_of_a_changed_policy_ends_when_its_time_is_over(self, watched: Watched) -> None:
        policy = watched.policy(threshold(), alertStrategy={"autoClose": "1800s"})
        watched.runs("FAILED")
        assert len(watched.evaluate()) == 1
        watched.clock.advance(minutes=31)
        path = f"/monitoring/v3/{policy['name']}"
        watched.api("PATCH", path, {"displayName": "New"}, updateMask="displayName")
        assert [record["state"] for record in watched.evaluate()] == ["closed"]

    def test_an_incident_of_a_condition_that_was_replaced_ends_in_silence(self, watched: Watched) -> None:
        policy = watched.policy(threshold())
        watched.runs("FAILED")
        assert len(watched.evaluate()) == 1
        conditions = [{"displayName": "other", **threshold(SUCCEEDED)}]
        path = f"/monitoring/v3/{policy['name']}"
        watched.clock.advance(minutes=10)
        watched.api("PATCH", path, {"conditions": conditions}, updateMask="conditions")
        assert watched.evaluate() == []
        assert watched.states() == ["CLOSED"]

    @pytest.mark.parametrize(
        ("condition", "reason"),
        [
            (threshold(aggregations=[{**DELTA, "perSeriesAligner": "ALIGN_PERCENTILE_99"}]), "ALIGN_PERCENTILE_99"),
            (threshold(aggregations=[DELTA, DELTA]), "more than one aggregation"),
            (threshold(f'{FAILED} AND metadata.user_labels.a="b"'), "the field metadata.user_labels.a"),
            ({"conditionPrometheusQueryLanguage": {"query": "up == 0"}}, "conditionPrometheusQueryLanguage"),
        ],
    )
    def test_what_is_not_evaluated_is_said_and_keeps_nothing_else_from_it(
        self, watched: Watched, condition: dict[str, Any], reason: str
    ) -> None:
        odd = watched.policy(condition)
        watched.policy(threshold())
        watched.runs("FAILED")
        answer = watched.api.send("POST", "/local/evaluate", None).json()
        assert answer["notifications"] == 1
        assert reason in answer["notEvaluated"][odd["name"]]


class TestAbsence:
    """A job that no longer runs: what a dead man's switch sees, and what it does not."""

    def test_a_series_that_falls_silent_is_missed(self, watched: Watched) -> None:
        watched.policy(absent(30), severity="CRITICAL")
        watched.runs()
        assert watched.after(minutes=29) == []
        (record,) = watched.after(minutes=2)
        assert (record["time"], record["subject"]) == ("2026-03-01T12:30:00Z", "[ALERT - Critical] Stale")
        assert "has had no data for 30 minutes or longer" in record["text"]

    def test_a_series_that_comes_back_ends_the_incident(self, watched: Watched) -> None:
        watched.policy(absent(30))
        watched.runs()
        assert len(watched.after(minutes=31)) == 1
        watched.runs()
        assert [record["state"] for record in watched.evaluate()] == ["closed"]
        assert watched.after(minutes=29) == []

    def test_a_series_that_runs_on_time_is_not_missed(self, watched: Watched) -> None:
        watched.policy(absent(30))
        for _ in range(8):
            watched.runs()
            assert watched.after(minutes=25) == []

    def test_a_series_that_never_spoke_is_never_missed(self, watched: Watched) -> None:
        watched.policy(absent(30))
        assert watched.after(hours=20) == []

    def test_what_was_said_before_the_policy_was_changed_does_not_count(self, watched: Watched) -> None:
        policy = watched.policy(absent(30))
        watched.runs()
        watched.clock.advance(minutes=1)
        path = f"/monitoring/v3/{policy['name']}"
        watched.api("PATCH", path, {"displayName": "New"}, updateMask="displayName")
        assert watched.after(hours=2) == []

    def test_runs_of_another_state_are_no_sign_of_life(self, watched: Watched) -> None:
        watched.policy(absent(30))
        watched.runs()
        watched.clock.advance(minutes=20)
        watched.runs("FAILED")
        assert len(watched.after(minutes=11)) == 1

    def test_an_incident_that_closed_by_itself_comes_again_only_after_new_data(self, watched: Watched) -> None:
        watched.policy(absent(30), alertStrategy={"autoClose": "3600s"})
        watched.runs()
        assert len(watched.after(minutes=31)) == 1
        assert [record["state"] for record in watched.after(hours=1)] == ["closed"]
        assert watched.after(hours=20) == []
        watched.runs()
        assert [record["state"] for record in watched.after(minutes=31)] == ["open"]
