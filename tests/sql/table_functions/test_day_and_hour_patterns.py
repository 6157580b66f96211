"""analyze_day_patterns and analyze_time_windows: Los Angeles days and hours, confidence."""

from __future__ import annotations

import pytest

from tests.sql.analyses import Analyses, by, close
from tests.sql.messages import la, message, utc

NOW = utc("2025-11-04 20:00")


def test_a_weekday_is_compared_with_the_other_weekdays(analyses: Analyses) -> None:  # defect: M3
    """Mondays .5, .6, .7 against .1, .2, .3 (df 4, critical 3.182): t = .4 / sqrt(.01/3 + .01/3) = 4.899."""
    mondays = ["2025-10-06 12:00", "2025-10-13 12:00", "2025-10-20 12:00"]
    others = ["2025-10-07 12:00", "2025-10-08 12:00", "2025-10-09 12:00"]
    analyses.add(
        "mass_messages",
        [
            message("day_test", la(at), earnings=e, purchased_count=40)
            for at, e in zip(mondays, (500, 600, 700), strict=True)
        ]
        + [message("day_test", la(at), earnings=e) for at, e in zip(others, (100, 200, 300), strict=True)]
        + [message("day_test", la("2025-10-06 13:00"), earnings=90_000, sent_count=0)]
        + [message("day_test", la("2025-10-06 13:00"), earnings=0, price=0, message_type="Bump")],
    )

    found = by(analyses.call("analyze_day_patterns_at", "day_test", 90, NOW), "day_of_week_la")

    assert set(found) == {2, 3, 4, 5}
    assert found[2] == {
        "day_of_week_la": 2,
        "n": 3,
        "avg_rpr": pytest.approx(0.6),
        "avg_conv": pytest.approx(0.1),
        "t_rpr_approx": pytest.approx(4.8990, abs=1e-4),
        "rpr_stat_sig": True,
    }
    assert found[3] == close(
        {"day_of_week_la": 3, "n": 1, "avg_rpr": 0.1, "avg_conv": 0.05, "t_rpr_approx": None, "rpr_stat_sig": False}
    )


def test_days_and_hours_change_at_midnight_in_los_angeles(analyses: Analyses) -> None:  # defect: T5
    """Both sides of midnight, before and after the clock change of 2025-11-02."""
    instants = {
        utc("2025-11-01 06:59"): (6, "Weekday", 23),
        utc("2025-11-01 07:00"): (7, "Weekend", 0),
        utc("2025-11-02 08:30"): (1, "Weekend", 1),
        utc("2025-11-02 09:30"): (1, "Weekend", 1),
        utc("2025-11-03 07:59"): (1, "Weekend", 23),
        utc("2025-11-03 08:00"): (2, "Weekday", 0),
    }
    analyses.add("mass_messages", [message("day_midnight", at) for at in instants])

    days = by(analyses.call("analyze_day_patterns_at", "day_midnight", 90, NOW), "day_of_week_la")
    hours = by(analyses.call("analyze_time_windows_at", "day_midnight", 90, NOW), "day_type", "hour_la")

    assert {day: row["n"] for day, row in days.items()} == {6: 1, 7: 1, 1: 3, 2: 1}
    assert {window: row["n"] for window, row in hours.items()} == {
        ("Weekday", 23): 1,
        ("Weekend", 0): 1,
        ("Weekend", 1): 2,
        ("Weekend", 23): 1,
        ("Weekday", 0): 1,
    }


def test_confidence_counts_messages_and_rates_are_ratios_of_sums(analyses: Analyses) -> None:
    counts = {9: 4, 10: 5, 11: 9, 12: 10}
    weekdays = [13, 14, 15, 16, 17, 20, 21, 22, 23, 24]
    analyses.add(
        "mass_messages",
        [
            message("hours", la(f"2025-10-{day} {hour:02}:15"))
            for hour, count in counts.items()
            for day in weekdays[:count]
        ]
        + [
            message(
                "hours",
                la("2025-10-18 09:00"),
                sent_count=9_000,
                viewed_count=1_600,
                purchased_count=180,
                earnings=800.0,
            )
        ]
        + [message("hours", la("2025-10-18 09:59"))],
    )

    found = by(analyses.call("analyze_time_windows_at", "hours", 90, NOW), "day_type", "hour_la")

    assert {hour: row["confidence"] for (kind, hour), row in found.items() if kind == "Weekday"} == {
        9: "LOW_CONF",
        10: "MED_CONF",
        11: "MED_CONF",
        12: "HIGH_CONF",
    }
    assert found["Weekend", 9] == close(
        {"day_type": "Weekend", "hour_la": 9, "n": 2, "avg_rpr": 0.1, "avg_conv": 0.1, "confidence": "LOW_CONF"}
    )
