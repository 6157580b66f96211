"""analyze_behavioral_segments: label, price response, variety."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.sql.analyses import DATASET, Analyses, close
from tests.sql.emulator import ROOT
from tests.sql.messages import Row, caption, message, utc

NOW = utc("2025-11-04 20:00")
YESTERDAY = NOW - timedelta(days=1)


def _same(page: str, count: int, **values: Any) -> list[Row]:
    return [message(page, YESTERDAY, **values) for _ in range(count)]


def test_the_label_follows_the_revenue_per_recipient(analyses: Analyses) -> None:
    earned = {499.999: "BUDGET", 500: "STANDARD", 1_999.99: "STANDARD", 2_000: "PREMIUM", 5_000: "LUXURY"}
    pages = {f"segment_{n}": (earnings, label) for n, (earnings, label) in enumerate(earned.items())}
    rows = [row for page, (earnings, _) in pages.items() for row in _same(page, 20, earnings=earnings)]
    analyses.add("mass_messages", [*rows, *_same("segment_thin", 19, earnings=5_000)])
    cases = {page: [page, 90, NOW] for page in [*pages, "segment_thin"]}

    found = analyses.calls("analyze_behavioral_segments_at", cases)

    labels = {page: (row["segment_label"], row["sample_size"]) for page, [row] in found.items()}
    assert labels == {page: (label, 20) for page, (_, label) in pages.items()} | {"segment_thin": ("EXPLORATORY", 19)}


def test_every_label_means_something_to_the_selection(analyses: Analyses) -> None:  # defect: C9
    """The labels are the vocabulary that segment_class turns into what the selection weighs."""
    sql = (ROOT / "sql" / "table_functions" / "behavioral_segments_at.sql").read_text()
    labels = sorted(re.findall(r"(?:THEN|ELSE) '([A-Z]+)'", sql))
    classes = ", ".join(f"`{DATASET}.segment_class`('{label}') AS {label}" for label in labels)

    [found] = analyses.rows(f"SELECT {classes}")

    assert found == {
        "BUDGET": "BUDGET_CONSCIOUS",
        "EXPLORATORY": "NEUTRAL",
        "LUXURY": "HIGH_VALUE",
        "PREMIUM": "HIGH_VALUE",
        "STANDARD": "NEUTRAL",
    }


def test_rates_are_ratios_of_sums_so_a_tiny_send_weighs_little(analyses: Analyses) -> None:  # defect: M5
    """Ten fans who all bought at $100 beside 49,990 of whom 1 % did at $10: a mean of ratios says 50."""
    analyses.add(
        "mass_messages",
        [
            message("segment_sizes", YESTERDAY, sent_count=10, viewed_count=10, purchased_count=10, earnings=1_000),
            message(
                "segment_sizes", YESTERDAY, sent_count=49_990, viewed_count=20_000, purchased_count=190, earnings=1_500
            ),
        ],
    )

    [found] = analyses.call("analyze_behavioral_segments_at", "segment_sizes", 90, NOW)

    assert found["avg_rpr"] == 0.05  # 2,500 / 50,000
    assert found["avg_conv"] == pytest.approx(0.01)  # 200 / 20,010, four digits


def test_slope_correlation_and_entropy_are_what_their_names_say(analyses: Analyses) -> None:
    # defect: M4
    # defect: L5
    """rpr 0.5, 0.3, 0.4 at $10, $20, $30: slope -0.005, r -0.5; conversion .1, .2, .3: r 1; two categories 3:1."""
    bank = [caption("a", content_category="Solo"), caption("b", content_category="Feet")]
    solo, feet = (row["caption_id"] for row in bank)
    priced = [(10, 500, 40, solo), (20, 300, 80, solo), (30, 400, 120, feet)]
    analyses.add("caption_bank", bank)
    analyses.add(
        "mass_messages",
        [
            message("segment_slope", YESTERDAY, price=price, earnings=earned, purchased_count=bought, caption_id=used)
            for price, earned, bought, used in priced
        ]
        # A free PPV message has no price to respond to, but a caption.
        + [message("segment_slope", YESTERDAY, price=0, earnings=0, purchased_count=0, caption_id=solo)]
        # No recipients, no bank caption, no PPV: no part in anything.
        + [message("segment_slope", YESTERDAY, price=90, sent_count=0, earnings=9, caption_id=feet)]
        + [message("segment_slope", YESTERDAY, price=0, message_type="Bump", caption_id=feet)],
    )

    [found] = analyses.call("analyze_behavioral_segments_at", "segment_slope", 90, NOW)

    assert found == close(
        {
            "segment_label": "EXPLORATORY",
            "avg_rpr": 0.3,  # 1,200 / 4,000
            "avg_conv": 0.15,  # 240 / 1,600
            "rpr_price_slope": -0.005,
            "rpr_price_corr": -0.5,
            "conv_price_elasticity_proxy": 1.0,
            "category_entropy": round(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)), 4),
            "sample_size": 4,
        }
    )


def test_a_constant_says_nothing_about_correlation(analyses: Analyses) -> None:
    """One price: no slope, no correlation. Two prices, one rpr: slope 0, correlation unknown."""
    one_price = [message("segment_price", YESTERDAY, price=9.99, earnings=n * 33.3) for n in range(1, 9)]
    one_rpr = [message("segment_rpr", YESTERDAY, price=n * 5, viewed_count=400) for n in range(1, 9)]
    analyses.add("mass_messages", [*one_price, *one_rpr])
    cases = {page: [page, 90, NOW] for page in ("segment_price", "segment_rpr")}

    found = analyses.calls("analyze_behavioral_segments_at", cases)

    columns = ("rpr_price_slope", "rpr_price_corr", "conv_price_elasticity_proxy", "category_entropy")
    assert {page: tuple(row[name] for name in columns) for page, [row] in found.items()} == {
        "segment_price": (None, None, None, None),
        "segment_rpr": (0.0, None, None, None),
    }
