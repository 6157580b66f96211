"""The materialized views and the plain views with their rates."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sql.analyses import DATASET, Analyses, by, close
from tests.sql.messages import Row, caption, la, message, utc

NOW = utc("2025-11-04 20:00")
SQL = Path(__file__).parents[3] / "sql"
MATERIALIZED = sorted((SQL / "materialized_views").glob("*.sql"))


def _stat(page: str, caption_id: int, lower: float | None, **values: Any) -> Row:
    row: Row = {"page_name": page, "caption_id": caption_id, "confidence_lower_bound": lower, "last_used": NOW}
    figures = {"successes": 3, "failures": 1, "total_observations": 2, "total_revenue": 100.0}
    return row | figures | {"avg_conversion_rate": 0.1, "avg_emv": 5.0} | values


STATS = [
    _stat("alice", 1, 0.7, successes=9, failures=1, total_observations=8, total_revenue=800.0, avg_emv=15.0),
    _stat("alice", 2, 0.6999),
    _stat("alice", 3, 0.4, avg_conversion_rate=0.3),
    _stat("alice", 4, 0.3999),
    _stat("alice", 5, None),
    _stat("bella", 1, 0.5, last_used=NOW + timedelta(days=1), total_revenue=50.0),
    _stat("bella", 4, 0.1),
]


def test_statistics_are_summed_per_page_and_tier(analyses: Analyses) -> None:
    analyses.add("caption_bandit_stats", STATS)

    found = by(analyses.rows(f"SELECT * FROM `{DATASET}.caption_stats_summary_v`"), "page_name", "performance_tier")

    columns = (
        "caption_count",
        "total_observations",
        "total_revenue",
        "success_rate",
        "mean_conversion_rate",
        "mean_emv",
    )
    assert {key: [row[name] for name in columns] for key, row in found.items()} == close(
        {
            ("alice", "high"): [1, 8, 800.0, 0.9, 0.1, 15.0],
            ("alice", "medium"): [2, 4, 200.0, 0.75, 0.2, 5.0],
            ("alice", "low"): [2, 4, 200.0, 0.75, 0.1, 5.0],
            ("bella", "medium"): [1, 2, 50.0, 0.75, 0.1, 5.0],
            ("bella", "low"): [1, 2, 100.0, 0.75, 0.1, 5.0],
        }
    )
    assert found["alice", "high"]["revenue_per_observation"] == 100


def test_top_captions_are_those_sure_to_do_well_somewhere(analyses: Analyses) -> None:
    analyses.add("caption_bandit_stats", STATS)
    analyses.add("caption_bank", [caption("one", caption_id=1, price_tier="high")])

    found = by(analyses.rows(f"SELECT * FROM `{DATASET}.top_captions_v`"), "caption_id")

    assert set(found) == {1, 2, 3}
    assert found[1] == close(
        {
            "caption_id": 1,
            "caption_text": "one",
            "content_category": "General",
            "price_tier": "high",
            "performance_tier": "high",
            "best_lower_bound": 0.7,
            "page_count": 2,
            "total_observations": 10,
            "total_revenue": 850.0,
            "success_rate": 12 / 14,
            "revenue_per_observation": 85.0,
            "last_used": NOW + timedelta(days=1),
        }
    )
    assert (found[2]["performance_tier"], found[2]["caption_text"]) == ("medium", None)


MESSAGES = [
    message(" Alice", la("2025-11-01 23:59"), message_type=" unlock ", price=None, earnings=30.0),
    message("alice", la("2025-11-02 00:00"), message_type="Bump", price=5, purchased_count=3.0, earnings=15.0),
    message("alice", la("2025-11-02 23:59"), message_type=None, price=None, purchased_count=None, earnings=None),
    message("alice", la("2025-11-02 12:00"), message_type=None, price=0, sent_count=None, viewed_count=None),
    message("bella", la("2025-11-02 12:00"), message_type="PPV"),
    message("  ", la("2025-11-02 12:00")),
    message("bella", la("2025-11-02 12:00"), sending_time=None),
]


def test_days_are_summed_as_message_facts_sums_them(analyses: Analyses) -> None:
    """The materialized view derives page, day and PPV itself; message_facts says what is right."""  # defect: S15
    analyses.add("mass_messages", MESSAGES)

    found = analyses.rows(f"SELECT * FROM `{DATASET}.daily_performance_summary` AS d ORDER BY d.la_date, d.page_name")

    sums = ", ".join(
        f"SUM(m.{name}) AS {name}" for name in ("sent_count", "viewed_count", "purchased_count", "earnings")
    )
    ppv_sums = ", ".join(
        f"SUM(IF(m.message_type = 'PPV', m.{name}, 0)) AS ppv_{name}"
        for name in ("sent_count", "viewed_count", "purchased_count", "earnings")
    )
    expected = analyses.rows(
        f"""SELECT m.la_date, m.page_name, COUNT(*) AS message_count, COUNTIF(m.message_type = 'PPV') AS ppv_count,
          {sums}, {ppv_sums}
        FROM `{DATASET}.message_facts` AS m GROUP BY m.la_date, m.page_name ORDER BY m.la_date, m.page_name"""
    )
    assert found == close(expected)
    assert [(row["la_date"].day, row["page_name"], row["message_count"]) for row in found] == [
        (1, "alice", 1),
        (2, "alice", 3),
        (2, "bella", 1),
    ]


def test_daily_rates_come_from_the_sums(analyses: Analyses) -> None:
    analyses.add("mass_messages", MESSAGES)

    found = by(analyses.rows(f"SELECT * FROM `{DATASET}.daily_performance_summary_v`"), "la_date", "page_name")

    assert found[date(2025, 11, 2), "alice"] == close(
        {
            "la_date": date(2025, 11, 2),
            "page_name": "alice",
            "message_count": 3,
            "ppv_count": 1,
            "bump_count": 2,
            "sent_count": 2000,
            "total_revenue": 215.0,
            "view_rate": 0.4,
            "conversion_rate": 3 / 400,
            "rpr": 0.015,
        }
    )


@pytest.mark.parametrize("path", MATERIALIZED, ids=lambda path: path.stem)
def test_a_materialized_view_can_be_refreshed_incrementally(path: Path) -> None:  # defect: S15
    """Sums, counts and extremes over one table: no ordering, window, ratio, current time or function of ours."""
    sql = re.sub(r"--.*", "", path.read_text()).upper()
    query = sql[sql.index("\nAS\n") :]

    forbidden = r"ORDER BY|OVER|LIMIT|DISTINCT|JOIN|UNION|HAVING|QUALIFY|RAND|AVG|SAFE_DIVIDE"
    forbidden = rf"\b({forbidden}|CURRENT_\w+|APPROX_QUANTILES|PERCENTILE_CONT)\b"
    assert not re.findall(forbidden, query)
    assert "ALLOW_NON_INCREMENTAL_DEFINITION" not in sql
    assert len(re.findall(r"`EROS_SCHEDULING_BRAIN\.\w+`", query)) == 1
    assert re.findall(r"\b(?:SUM|COUNT|COUNTIF|MAX|MIN)\(", query)
    # An aggregate is a column by itself, never an operand.
    assert not re.findall(r"\)\s*[-+*/]\s*(?:SUM|COUNT|MAX|MIN)", query)
