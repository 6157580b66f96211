"""calculate_engagement_rates, calculate_performance_metrics, get_creator_baseline and detect_anomalies."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.sql.analyses import Analyses, by, close
from tests.sql.messages import Row, la, la_noon, message, utc

NOW = utc("2025-11-10 20:00")
TODAY = date(2025, 11, 10)


def test_trailing_figures_count_calendar_days_and_not_rows(analyses: Analyses) -> None:
    """11-01 and 11-07 lie within seven days, 11-01 and 11-08 do not; the clock changed between them."""
    analyses.add(
        "mass_messages",
        [
            message("rates", la("2025-11-01 00:00"), sent_count=100, viewed_count=80, purchased_count=8, earnings=100),
            message("rates", la("2025-11-07 23:59"), sent_count=300, viewed_count=40, purchased_count=4, earnings=60),
            message("rates", la("2025-11-08 00:00"), sent_count=100, viewed_count=0, purchased_count=0, earnings=20),
            message("rates", la("2025-11-08 09:00"), sent_count=0, viewed_count=0, price=None, message_type="Bump"),
        ],
    )

    found = by(analyses.call("calculate_engagement_rates_at", "rates", 30, NOW), "la_date")

    columns = ("message_count", "sent_count", "view_rate", "conversion_rate", "rpr", "view_rate_7d", "rpr_7d")
    # The bump's $200 to nobody count for the day: these figures are over all messages.
    assert {day.day: tuple(row[name] for name in columns) for day, row in found.items()} == {
        1: (1, 100, pytest.approx(0.8), pytest.approx(0.1), 1.0, pytest.approx(0.8), 1.0),
        7: (1, 300, pytest.approx(40 / 300), pytest.approx(0.1), 0.2, 0.3, 0.4),
        8: (2, 100, 0.0, None, 2.2, 0.1, pytest.approx(0.7)),
    }


def test_metrics_come_per_type_and_together(analyses: Analyses) -> None:
    analyses.add(
        "mass_messages",
        [
            message("metrics", NOW, price=10, sent_count=100, viewed_count=50, purchased_count=5, earnings=50),
            message("metrics", NOW, price=20, sent_count=300, viewed_count=50, purchased_count=10, earnings=200),
            message("metrics", NOW, price=30, sent_count=0, viewed_count=0, purchased_count=0, earnings=0),
            message(
                "metrics",
                NOW,
                price=None,
                sent_count=600,
                viewed_count=100,
                purchased_count=None,
                earnings=None,
                message_type="Bump",
            ),
        ],
    )

    found = by(analyses.call("calculate_performance_metrics_at", "metrics", 1, NOW), "message_type")

    columns = (
        "message_count total_sent total_viewed total_purchased total_revenue view_rate conversion_rate rpr avg_emv"
    )
    columns += " median_price"
    assert {kind: [row[name] for name in columns.split()] for kind, row in found.items()} == close(
        {
            "PPV": [3, 400, 100, 15, 250.0, 0.25, 0.15, 0.625, (5.0 + 40.0) / 3, 20.0],
            "Bump": [1, 600, 100, 0, 0.0, 100 / 600, 0.0, 0.0, 0.0, 0.0],
            "ALL": [4, 1000, 200, 15, 250.0, 0.2, 0.075, 0.25, 45.0 / 4, 15.0],
        }
    )


def _days_back(page: str, back: int, **values: Any) -> Row:
    return message(page, la_noon(TODAY - timedelta(days=back)), **values)


def test_the_baseline_leaves_out_the_last_seven_days_and_pools_thin_weekdays(analyses: Analyses) -> None:
    """Ten days back to 2025-10-24. Mondays at 14, 21 and 28 days are enough; one Sunday (8 days) is not."""
    analyses.add(
        "mass_messages",
        [
            _days_back("base", back, viewed_count=500, earnings=earned)
            for back, earned in ((14, 100), (21, 200), (28, 600))
        ]
        + [_days_back("base", 8, sent_count=3000, viewed_count=0, purchased_count=0, earnings=2_100)]
        # A bump counts for the views, not for rpr and conversion; a day without recipients is no day.
        + [_days_back("base", 14, message_type="Bump", price=0, purchased_count=0, viewed_count=500, earnings=0)]
        + [_days_back("base", 15, sent_count=0)]
        # The week itself, one day before the baseline begins, and the first day that belongs to it.
        + [_days_back("base", back, viewed_count=999, earnings=9_999) for back in (0, 1, 7, 38)],
    )

    found = by(analyses.call("get_creator_baseline_at", "base", 30, NOW), "day_of_week_la")

    monday = {
        "day_of_week_la": 2,
        "n_days": 3,
        "view_rate": 2000 / 4000,
        "rpr": 900 / 3000,
        "conversion_rate": 60 / 1500,
        "rpr_stddev": (((0.1 - 0.3) ** 2 + (0.2 - 0.3) ** 2 + (0.6 - 0.3) ** 2) / 2) ** 0.5,
    }
    pooled = {
        "n_days": 4,
        "view_rate": 2000 / 7000,
        "rpr": 3000 / 6000,
        "conversion_rate": 60 / 1500,
        "rpr_stddev": (((0.1 - 0.4) ** 2 + (0.2 - 0.4) ** 2 + (0.6 - 0.4) ** 2 + (0.7 - 0.4) ** 2) / 3) ** 0.5,
    }
    expected = {day: {"day_of_week_la": day} | pooled for day in (1, 3, 4, 5, 6, 7)} | {2: monday}
    assert found == close(expected)


@pytest.mark.parametrize(("back", "belongs"), [(7, False), (8, True), (37, True), (38, False)])
def test_the_baseline_days_are_los_angeles_days(analyses: Analyses, back: int, belongs: bool) -> None:  # defect: T5
    """One message in the first and one in the last minute of the day; in UTC it is tomorrow already."""
    late = la("2025-11-10 23:30")
    day = TODAY - timedelta(days=back)
    analyses.add(
        "mass_messages", [message("edge", la(f"{day} 00:00")), message("edge", la(f"{day} 23:59"), earnings=400)]
    )

    found = analyses.call("get_creator_baseline_at", "edge", 30, late)

    figures = {(row["n_days"], round(row["rpr"], 9)) for row in found}
    assert figures == ({(1, 0.3)} if belongs else set())


def test_a_day_that_stands_out_is_found_by_the_median(analyses: Analyses) -> None:
    """Revenue 98 ... 102 and one day of 200: median 100, MAD 1, z = 0.6745 * 100."""
    earned = [100, 102, 98, 101, 99, 100, 200]
    analyses.add("mass_messages", [_days_back("odd", n, earnings=value) for n, value in enumerate(earned, 1)])
    analyses.add("mass_messages", [_days_back("odd", 0, earnings=0)])

    found = by(analyses.call("detect_anomalies_at", "odd", 30, NOW), "metric", "la_date")

    assert len(found) == 5 * 7
    assert {metric for metric, _ in found} == {"view_rate", "conversion_rate", "rpr", "revenue", "message_count"}
    assert found["revenue", date(2025, 11, 3)] == close(
        {
            "la_date": date(2025, 11, 3),
            "metric": "revenue",
            "value": 200.0,
            "expected": 100.0,
            "robust_z": 67.45,
            "is_anomaly": True,
            "direction": "HIGH",
        }
    )
    odd = {key for key, row in found.items() if row["is_anomaly"]}
    assert odd == {("revenue", date(2025, 11, 3)), ("rpr", date(2025, 11, 3))}
    assert found["view_rate", date(2025, 11, 3)]["robust_z"] is None


def test_an_anomaly_begins_at_three_and_a_half(analyses: Analyses) -> None:
    """Revenue 10,000 + d with MAD 1,000: z = 0.6745 * d / 1,000, so 3.5 lies between d = 5,189 and 5,190."""
    deltas = [0, 0, 1_000, -1_000, 1_000, -1_000, 5_190, -5_190, 5_188]
    analyses.add("mass_messages", [_days_back("limit", n, earnings=10_000 + d) for n, d in enumerate(deltas, 1)])

    found = by(analyses.call("detect_anomalies_at", "limit", 30, NOW, where="f.metric = 'revenue'"), "la_date")

    directions = [found[TODAY - timedelta(days=n)]["direction"] for n in range(1, len(deltas) + 1)]
    assert directions == [None, None, None, None, None, None, "HIGH", "LOW", None]


def test_fewer_than_seven_complete_days_show_no_anomalies(analyses: Analyses) -> None:
    analyses.add("mass_messages", [_days_back("few", n, earnings=10**n) for n in range(7)])

    assert analyses.call("detect_anomalies_at", "few", 30, NOW) == []
