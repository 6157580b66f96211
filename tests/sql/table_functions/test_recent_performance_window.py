"""get_recent_performance_window: whose messages, from when to when; and what an unknown page gets anywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.sql.analyses import Analyses, Raw, by, routine_call
from tests.sql.messages import caption, la, message, utc

NOW = utc("2025-11-04 20:00")
TICK = timedelta(microseconds=1)
NEUTRAL_SEGMENT = {
    "segment_label": "EXPLORATORY",
    "avg_rpr": None,
    "avg_conv": None,
    "rpr_price_slope": None,
    "rpr_price_corr": None,
    "conv_price_elasticity_proxy": None,
    "category_entropy": None,
    "sample_size": 0,
}
NEUTRAL_SCORE = {
    "saturation_score": 0.0,
    "risk_level": "LOW",
    "unlock_rate_deviation": 0.0,
    "emv_deviation": 0.0,
    "consecutive_underperform_days": 0,
    "recommended_action": "NO CHANGE",
    "volume_adjustment_factor": 1.0,
    "confidence_score": 0.0,
    "exclusion_reason": "INSUFFICIENT_DATA",
}
NEUTRAL_STATUS = {
    "size_tier": "MEDIUM",
    "saturation_score": 0.0,
    "risk_level": "LOW",
    "zone": "GREEN",
    "recommended_action": "NO CHANGE",
    "volume_adjustment_factor": 1.0,
    "confidence_score": 0.0,
    "exclusion_reason": "INSUFFICIENT_DATA",
}
# What each function says of a page that it knows nothing about, and its arguments after the page.
NEUTRAL: dict[str, tuple[list[dict[str, Any]], list[Any]]] = {
    "get_recent_performance_window": ([], [90]),
    "classify_account_size": ([], [90]),
    "analyze_behavioral_segments": ([NEUTRAL_SEGMENT], [90]),
    "analyze_trigger_performance": ([], [90]),
    "analyze_content_categories": ([], [90]),
    "analyze_day_patterns": ([], [90]),
    "analyze_time_windows": ([], [90]),
    "calculate_saturation_score": ([NEUTRAL_SCORE], ["SMALL"]),
    "calculate_engagement_rates": ([], [90]),
    "calculate_performance_metrics": ([], [90]),
    "get_creator_baseline": ([], [90]),
    "detect_anomalies": ([], [90]),
    "analyze_saturation_status": ([NEUTRAL_STATUS], []),
}
STRANGE_PAGES = {
    "null": None,
    "empty": "",
    "unknown": "window_nobody",
    "blanks inside": "window bad page",
    "comment": "window---page",
    "injection": "x' OR '1'='1",
    "backslash": "\\'; SELECT 1",
    "percent": "%",
    "long": "a" * 5000,
}


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Sums taken in another order differ in the last digit."""
    return {name: round(value, 9) if isinstance(value, float) else value for name, value in row.items()}


@pytest.mark.parametrize("function", NEUTRAL)
def test_a_page_that_nobody_knows_gets_the_neutral_result(analyses: Analyses, function: str) -> None:
    analyses.add(
        "mass_messages",
        [message("window bad page", NOW - timedelta(days=n)) for n in range(1, 30)]
        + [message("window---page", NOW - timedelta(days=n)) for n in range(1, 30)],
    )
    expected, arguments = NEUTRAL[function]

    found = analyses.calls(f"{function}_at", {name: [page, *arguments, NOW] for name, page in STRANGE_PAGES.items()})

    assert found == dict.fromkeys(STRANGE_PAGES, expected)


@pytest.mark.parametrize("function", NEUTRAL)
def test_the_public_function_is_the_at_function_at_the_present_moment(analyses: Analyses, function: str) -> None:
    bank = [caption("Everyone is here?"), caption("Plain words")]
    now = datetime.now(UTC)
    # Thirty minutes past the instants that any window could begin at, so that a slow query changes nothing.
    sends = [(n, now - timedelta(days=n) + timedelta(minutes=30)) for n in range(1, 40)]
    analyses.add("caption_bank", bank)
    analyses.add(
        "mass_messages",
        [message("window_now", at, earnings=n * 10, caption_id=bank[n % 2]["caption_id"]) for n, at in sends],
    )
    arguments = ["window_now", *NEUTRAL[function][1]]

    public, at = (
        f"SELECT '{kind}' AS kind, f.* FROM {call} AS f"
        for kind, call in {
            "public": routine_call(function, arguments),
            "at": routine_call(f"{function}_at", [*arguments, Raw("CURRENT_TIMESTAMP()")]),
        }.items()
    )
    found = [dict(row) for row in analyses.rows(f"{public} UNION ALL {at}")]

    kinds: dict[str, list[str]] = {"public": [], "at": []}
    for row in found:
        kinds[row.pop("kind")].append(repr(_rounded(row)))
    assert sorted(kinds["public"]) == sorted(kinds["at"])
    assert kinds["public"] not in ([], [repr(row) for row in NEUTRAL[function][0]])


def test_the_window_is_half_open_and_ends_now(analyses: Analyses) -> None:  # defect: T4
    start = NOW - timedelta(hours=24 * 90)
    analyses.add(
        "mass_messages",
        [
            message("window_edges", start, price=1),
            message("window_edges", start + TICK, price=2),
            message("window_edges", NOW, price=3),
            message("window_edges", NOW + TICK, price=4),
            message("window_edges", NOW + timedelta(days=1), price=5),
        ],
    )

    found = analyses.call("get_recent_performance_window_at", "window_edges", 90, NOW)

    assert sorted(row["price"] for row in found) == [2, 3]


def test_a_lookback_without_sense_counts_as_ninety_days(analyses: Analyses) -> None:
    ages = [1, 6, 8, 89, 91, 400]
    analyses.add("mass_messages", [message("window_days", NOW - timedelta(days=age), price=age) for age in ages])
    cases = {"null": None, "zero": 0, "negative": -7, "ninety": 90, "seven": 7, "huge": 2**62}

    found = analyses.calls(
        "get_recent_performance_window_at", {name: ["window_days", days, NOW] for name, days in cases.items()}
    )

    ninety = [1, 6, 8, 89]
    assert {name: sorted(row["price"] for row in rows) for name, rows in found.items()} == {
        "null": ninety,
        "zero": ninety,
        "negative": ninety,
        "ninety": ninety,
        "seven": [1, 6],
        "huge": ages,
    }


@pytest.mark.parametrize("change", ["2025-03-09", "2025-11-02"])
def test_a_day_of_the_window_is_24_hours_also_across_a_clock_change(analyses: Analyses, change: str) -> None:
    now = la(f"{change} 12:00")
    page = f"window_dst_{change.replace('-', '')}"
    analyses.add("mass_messages", [message(page, now - timedelta(hours=h), price=h) for h in (22, 23, 24, 25)])

    found = analyses.call("get_recent_performance_window_at", page, 1, now)

    assert sorted(row["price"] for row in found) == [22, 23]


def test_local_dates_and_hours_are_those_of_los_angeles(analyses: Analyses) -> None:  # defect: T2
    instants = {
        utc("2025-11-02 06:59:59.999999"): (date(2025, 11, 1), 23, 7, "Weekend"),
        utc("2025-11-02 07:00"): (date(2025, 11, 2), 0, 1, "Weekend"),
        utc("2025-11-02 08:30"): (date(2025, 11, 2), 1, 1, "Weekend"),
        utc("2025-11-02 09:30"): (date(2025, 11, 2), 1, 1, "Weekend"),
        utc("2025-11-03 07:59"): (date(2025, 11, 2), 23, 1, "Weekend"),
        utc("2025-11-03 08:00"): (date(2025, 11, 3), 0, 2, "Weekday"),
    }
    analyses.add("mass_messages", [message("window_la", at) for at in instants])

    found = by(analyses.call("get_recent_performance_window_at", "window_la", 90, NOW), "sending_time")

    assert {
        at: (row["la_date"], row["la_hour"], row["day_of_week_la"], row["day_type"]) for at, row in found.items()
    } == instants


def test_page_names_differ_in_case_and_blanks_only_by_accident(analyses: Analyses) -> None:
    analyses.add("mass_messages", [message(" Window_CASE ", NOW), message("window_case", NOW)])

    found = analyses.calls(
        "get_recent_performance_window_at", {"plain": ["window_case", 1, NOW], "odd": ["  WINDOW_case ", 1, NOW]}
    )

    assert {name: [row["page_name"] for row in rows] for name, rows in found.items()} == {
        "plain": ["window_case"] * 2,
        "odd": ["window_case"] * 2,
    }


def test_missing_figures_are_zero_and_their_rates_unknown(analyses: Analyses) -> None:
    nothing = dict.fromkeys(("price", "sent_count", "viewed_count", "purchased_count", "earnings", "message_type"))
    identity = -(2**63) + 7
    analyses.add("mass_messages", [message("window_nulls", NOW, **nothing, row_id=identity, caption_id=2**62 + 1)])

    [found] = analyses.call("get_recent_performance_window_at", "window_nulls", 1, NOW)

    assert found == {
        "row_id": identity,
        "page_name": "window_nulls",
        "sending_time": NOW,
        "la_date": date(2025, 11, 4),
        "la_hour": 12,
        "day_of_week_la": 3,
        "day_type": "Weekday",
        "message_type": "Bump",
        "caption_id": 2**62 + 1,
        "price": 0.0,
        "sent_count": 0,
        "viewed_count": 0,
        "purchased_count": 0,
        "earnings": 0.0,
        "view_rate": None,
        "conversion_rate": None,
        "rpr": None,
        "emv": 0.0,
    }
