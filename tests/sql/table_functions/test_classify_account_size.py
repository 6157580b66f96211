"""classify_account_size: tiers, targets, audience."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.analyses import Analyses
from tests.sql.messages import message, utc

NOW = utc("2025-11-04 20:00")
YESTERDAY = NOW - timedelta(days=1)
# tier: (PPV a day min, max, bumps a day, gap in minutes, tolerance)
TARGETS = {
    "MICRO": (1, 1, 1, 180, 0.15),
    "SMALL": (1, 2, 1, 150, 0.15),
    "MEDIUM": (1, 2, 2, 120, 0.20),
    "LARGE": (2, 3, 2, 90, 0.25),
    "MEGA": (2, 4, 3, 75, 0.30),
}
LIMITS = {
    4_999.99: "MICRO",
    5_000: "SMALL",
    24_999.99: "SMALL",
    25_000: "MEDIUM",
    99_999.99: "MEDIUM",
    100_000: "LARGE",
    499_999.99: "LARGE",
    500_000: "MEGA",
    0: "MICRO",
    -50: "MICRO",
}


def test_the_tier_follows_the_revenue_of_ninety_days(analyses: Analyses) -> None:
    pages = {f"size_{n}": (revenue, tier) for n, (revenue, tier) in enumerate(LIMITS.items())}
    analyses.add("mass_messages", [message(page, YESTERDAY, earnings=revenue) for page, (revenue, _) in pages.items()])

    found = analyses.calls("classify_account_size_at", {page: [page, 90, NOW] for page in pages})

    assert {page: rows[0]["size_tier"] for page, rows in found.items()} == {
        page: tier for page, (_, tier) in pages.items()
    }


def test_windows_of_any_length_agree_on_the_tier_but_report_their_own_revenue(analyses: Analyses) -> None:
    analyses.add(
        "mass_messages",
        [message("size_steady", NOW - timedelta(days=n, hours=-1), earnings=300) for n in range(1, 91)],
    )

    found = analyses.calls("classify_account_size_at", {str(days): ["size_steady", days, NOW] for days in (7, 30, 90)})

    assert {days: (rows[0]["size_tier"], rows[0]["total_revenue_period"]) for days, rows in found.items()} == {
        "7": ("MEDIUM", 2_100),
        "30": ("MEDIUM", 9_000),
        "90": ("MEDIUM", 27_000),
    }


def test_targets_are_constants_of_the_tier_whatever_the_views(analyses: Analyses) -> None:  # defect: L25
    analyses.add(
        "mass_messages",
        [
            message(f"size_{tier.lower()}", YESTERDAY, earnings=earnings, viewed_count=views, sent_count=60_000)
            for tier, earnings in zip(TARGETS, (1_000, 6_000, 30_000, 200_000, 900_000), strict=True)
            for views in (1, 50_000)
        ],
    )

    found = analyses.calls("classify_account_size_at", {tier: [f"size_{tier.lower()}", 90, NOW] for tier in TARGETS})

    names = "daily_ppv_target_min daily_ppv_target_max daily_bump_target min_ppv_gap_minutes saturation_tolerance"
    targets = {tier: tuple(row[name] for name in names.split()) for tier, [row] in found.items()}
    assert targets == TARGETS
    assert {tier: row["size_tier"] for tier, [row] in found.items()} == {tier: tier for tier in TARGETS}


def test_one_row_whatever_the_number_of_messages(analyses: Analyses) -> None:  # defect: S9
    """The audience is the 95th percentile: between 1,900 and 2,000 here, a twentieth of the way."""
    analyses.add(
        "mass_messages",
        [message("size_audience", YESTERDAY, sent_count=n * 100, earnings=n) for n in range(1, 21)]
        + [
            message("size_audience", YESTERDAY, sent_count=10**6, viewed_count=views, earnings=9) for views in (0, None)
        ],
    )

    [found] = analyses.call("classify_account_size_at", "size_audience", 90, NOW)

    assert found["avg_audience"] == pytest.approx(1_905)
    assert found["total_revenue_period"] == 210


def test_a_page_nobody_looked_at_has_no_size(analyses: Analyses) -> None:
    analyses.add(
        "mass_messages",
        [message("size_unseen", YESTERDAY, viewed_count=0), message("size_unseen", YESTERDAY, viewed_count=None)],
    )

    assert analyses.call("classify_account_size_at", "size_unseen", 90, NOW) == []
