"""analyze_content_categories: trend halves, best tier, price sensitivity."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.sql.analyses import Analyses, by, close
from tests.sql.messages import Row, caption, message, utc

NOW = utc("2025-11-04 20:00")
CUT = NOW - timedelta(hours=24 * 30)
TICK = timedelta(microseconds=1)
MID = caption("mid")


def _sent(page: str, at: datetime, used: Row = MID, **values: Any) -> Row:
    return message(page, at, caption_id=used["caption_id"], **values)


def test_the_trend_compares_the_last_thirty_days_with_the_thirty_before(analyses: Analyses) -> None:
    late, early = NOW - timedelta(days=2), NOW - timedelta(days=40)
    pages = {
        "trend_up": [_sent("trend_up", late, earnings=111), _sent("trend_up", early, earnings=100)],
        "trend_ten": [_sent("trend_ten", late, earnings=110), _sent("trend_ten", early, earnings=100)],
        "trend_minus": [_sent("trend_minus", late, earnings=90), _sent("trend_minus", early, earnings=100)],
        "trend_down": [_sent("trend_down", late, earnings=89), _sent("trend_down", early, earnings=100)],
        "trend_new": [_sent("trend_new", late)],
        "trend_gone": [_sent("trend_gone", early)],
        "trend_zero": [_sent("trend_zero", late), _sent("trend_zero", early, earnings=0)],
        # By recipients: 300 / 2,000 = .15 against .1, although one of the two messages made only .1.
        "trend_sums": [
            _sent("trend_sums", late, earnings=200),
            _sent("trend_sums", late, earnings=100),
            _sent("trend_sums", early, earnings=100),
        ],
        # The cut belongs to the earlier half, its other end to neither.
        "trend_edges": [
            _sent("trend_edges", CUT + TICK, earnings=120),
            _sent("trend_edges", CUT, earnings=100),
            _sent("trend_edges", CUT - timedelta(days=30), earnings=9_000),
            _sent("trend_edges", NOW + TICK, earnings=9_000),
        ],
    }
    analyses.add("caption_bank", [MID])
    analyses.add("mass_messages", [row for rows in pages.values() for row in rows])

    found = analyses.calls("analyze_content_categories_at", {page: [page, 90, NOW] for page in pages})

    assert {page: (row["trend_direction"], row["trend_pct"]) for page, [row] in found.items()} == close(
        {
            "trend_up": ("RISING", 11.0),
            "trend_ten": ("STABLE", 10.0),
            "trend_minus": ("STABLE", -10.0),
            "trend_down": ("DECLINING", -11.0),
            "trend_new": ("UNKNOWN", None),
            "trend_gone": ("UNKNOWN", None),
            "trend_zero": ("UNKNOWN", None),
            "trend_sums": ("RISING", 50.0),
            "trend_edges": ("RISING", 20.0),
        }
    )


def test_a_lookback_of_thirty_days_knows_no_trend(analyses: Analyses) -> None:
    analyses.add("caption_bank", [MID])
    analyses.add("mass_messages", [_sent("trend_short", NOW - timedelta(days=n)) for n in (1, 40)])

    [found] = analyses.call("analyze_content_categories_at", "trend_short", 30, NOW)

    assert (found["msg_count"], found["trend_direction"], found["trend_pct"]) == (1, "UNKNOWN", None)


def test_tiers_are_one_whatever_their_case_and_ties_go_by_count_then_name(analyses: Analyses) -> None:
    bank = [
        caption("a", price_tier="Mid"),
        caption("b", price_tier="MID"),
        caption("c", price_tier="premium"),
        caption("d", price_tier="high", content_category="Feet"),
        caption("e", price_tier="budget", content_category="Feet"),
        caption("f", price_tier="low", content_category="Feet"),
    ]
    at = NOW - timedelta(days=1)
    analyses.add("caption_bank", bank)
    # General: mid and premium both at .2, mid with more messages. Feet: all three alike, so the name decides;
    # low is lower by less than a millionth only.
    earned = {"f": 199.9999}
    analyses.add(
        "mass_messages",
        [_sent("tier_ties", at, row, earnings=earned.get(row["caption_text"], 200)) for row in bank],
    )

    found = by(analyses.call("analyze_content_categories_at", "tier_ties", 90, NOW), "content_category", "price_tier")

    assert {key: (row["msg_count"], row["best_price_tier"]) for key, row in found.items()} == {
        ("General", "mid"): (2, "mid"),
        ("General", "premium"): (1, "mid"),
        ("Feet", "high"): (1, "budget"),
        ("Feet", "budget"): (1, "budget"),
        ("Feet", "low"): (1, "budget"),
    }


def test_price_sensitivity_is_the_correlation_of_price_and_conversion_or_unknown(analyses: Analyses) -> None:
    at = NOW - timedelta(days=1)
    analyses.add("caption_bank", [MID])
    analyses.add(
        "mass_messages",
        [_sent("price_falls", at, price=price, purchased_count=50 - price) for price in (10, 20, 30)]
        + [_sent("price_falls", at, price=99, viewed_count=0, purchased_count=0)]
        + [_sent("price_one", at, purchased_count=n) for n in (10, 20)],
    )

    found = analyses.calls(
        "analyze_content_categories_at", {page: [page, 90, NOW] for page in ("price_falls", "price_one")}
    )

    assert {page: row["price_sensitivity_corr"] for page, [row] in found.items()} == {
        "price_falls": -1.0,
        "price_one": None,
    }
