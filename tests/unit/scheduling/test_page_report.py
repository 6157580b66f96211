"""The report of a page: what the builder reads of it, and what is no report."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scheduling.errors import SchedulingError
from scheduling.model import AnalysedHour, PageReport
from scheduling.page_report import page_report

REPORT: dict[str, Any] = {
    "creator_name": "alice",
    "account_classification": {"size_tier": "LARGE", "daily_ppv_target_min": 2},
    "behavioral_segment": {"segment_label": "PREMIUM", "avg_rpr": 3.1},
    "saturation": {"risk_level": "MEDIUM", "volume_adjustment_factor": 0.85},
    "time_window_optimization": [
        {
            "day_type": "Weekend",
            "hour_24": 21,
            "msg_count": 4,
            "avg_rpr": 0.5,
            "avg_conv": 0.1,
            "confidence": "LOW_CONF",
        },
        {
            "day_type": "Weekday",
            "hour_24": 9,
            "msg_count": 40,
            "avg_rpr": None,
            "avg_conv": None,
            "confidence": "HIGH_CONF",
        },
    ],
}


def test_size_segment_risk_and_hours_are_read_in_their_order() -> None:
    hours = (AnalysedHour("Weekend", 21, 0.5, "LOW_CONF"), AnalysedHour("Weekday", 9, None, "HIGH_CONF"))
    assert page_report(json.dumps(REPORT)) == PageReport("alice", "LARGE", "PREMIUM", "MEDIUM", hours)


def test_the_report_of_an_unknown_page_says_nothing() -> None:
    empty: dict[str, Any] = {"creator_name": "new", "account_classification": None, "time_window_optimization": []}
    assert page_report(json.dumps(empty)) == PageReport("new")
    neutral = {**empty, "behavioral_segment": {"segment_label": None}, "time_window_optimization": None}
    assert page_report(json.dumps(neutral)) == PageReport("new")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", json.dumps({**REPORT, "time_window_optimization": [{"hour_24": 9}]})],
)
def test_what_is_no_report_is_refused_with_a_fix(text: str) -> None:
    with pytest.raises(SchedulingError, match="this is no report of a page") as refused:
        page_report(text)
    assert "eros run daily_automation" in str(refused.value.fix)
