"""`eros page` on the local BigQuery: what it counts is what was put in, counted here by hand."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from operations.byhand.page_overview import PageOverview, overview, reasons
from operations.weeks.week_statements import Statements
from settings.errors import ErosError
from tests.sql.captions import NOW, Row, caption, days, profile, restriction, usage
from tests.sql.warehouse import Warehouse

USED = (
    *("scored_captions_of_pages_at", "caption_restrictions_in_force", "creator_allowed_profile_v", "active_creators"),
    *("schedule_generation_queue", "creator_processing_errors", "automation_alerts", "schedule_recommendations"),
    *("schedule_export_log", "creator_reports"),
)
REPORT = json.dumps(
    {
        "creator_name": "alice",
        "account_classification": {"size_tier": "LARGE"},
        "behavioral_segment": {"segment_label": "STANDARD"},
        "saturation": {"risk_level": "LOW"},
    }
)


def report(page: str, age: int = 0) -> Row:
    return {"page_name": page, "report_date": days(-age), "performance_report": REPORT, "created_at": NOW}


@pytest.fixture
def agency(warehouse: Warehouse) -> Warehouse:
    """Twelve captions: 0-3 premium, 4-7 mid, 8-9 budget, 10-11 bump; alice and bella."""
    warehouse.deploy(*USED)
    tiers = ["premium"] * 4 + ["mid"] * 4 + ["low"] * 2 + ["bump"] * 2
    warehouse.insert("caption_bank", [caption(n, tier, "Feet" if n % 2 else "Solo") for n, tier in enumerate(tiers)])
    warehouse.insert("active_creators", [{"page_name": name} for name in ("Alice", "bella")])
    warehouse.insert("creator_reports", [report("alice")])
    return warehouse


def seen_of(warehouse: Warehouse, page: str = "alice") -> PageOverview:
    return overview(Statements(warehouse.client, warehouse.place), page, NOW)


def message(schedule: str, hours: int, kind: str = "PPV", page: str = "alice", **values: object) -> Row:
    at = NOW + timedelta(hours=hours)
    row: Row = {
        **{"schedule_id": schedule, "page_name": page, "day_of_week": "Monday", "scheduled_send_time": at},
        **{"message_type": kind, "created_at": NOW, "scheduled_send_date": days(hours // 24), "scheduled_send_hour": 1},
    }
    return {**row, "is_active": True, "status": "pending", **values}


def test_the_pool_is_counted_by_bucket_and_by_what_takes_captions_out(agency: Warehouse) -> None:
    patterns: Row = {"hard_patterns": ["number [01]$"], "soft_patterns": ["number 6"]}
    agency.insert(
        "creator_caption_restrictions",
        [restriction(**patterns, restricted_price_tiers=["low"], min_ppv_pool=7, applies_to_scope="PPV_ONLY")],
    )
    agency.insert("creator_allowed_profile", [profile(bump_allowed_categories=["solo"])])
    sent = usage(2, days(-1), is_active=False, deactivation_reason="PAST_SEND_DATE")
    agency.insert("active_caption_assignments", [sent, usage(3, days(5), "bella"), usage(4, days(3), schedule_id="s1")])
    seen = seen_of(agency, " ALICE")
    pool = seen.pool
    in_all = {"premium": 4, "mid": 4, "budget": 2, "bump": 2}
    assert {bucket: pool.count(bucket) for bucket in in_all} == in_all
    assert pool.by_rule("premium") == [("PATTERN_HARD", 2), ("COOLDOWN", 1), ("AGENCY_LOCK", 1)]
    assert pool.by_rule("mid") == [("COOLDOWN", 1)]
    assert pool.by_rule("budget") == [("PRICE_TIER", 2)]
    assert pool.by_rule("bump") == [("ALLOWED_PROFILE", 1)]
    assert (pool.count("mid", ""), pool.lowered("mid"), pool.count("bump", "")) == (3, 1, 1)
    assert ("PATTERN_HARD", "number [01]$", 2) in [(one.rule, one.value, one.captions) for one in pool.values(3)]
    assert list(reasons(seen))[:3] == [
        "nothing is selected: 6 PPV captions pass its rules, and 7 must be left",
        "premium: none of 4 captions may be sent now: PATTERN_HARD 2, COOLDOWN 1, AGENCY_LOCK 1",
        "budget: none of 2 captions may be sent now: PRICE_TIER 2",
    ]
    assert [(row["schedule_id"], row["captions"], row["first_day"]) for row in seen.locks] == [("s1", 1, days(3))]


def test_what_stands_in_the_tables_of_a_page_and_nothing_of_others(agency: Warehouse) -> None:
    for page in ("alice", "bella"):
        agency.insert(
            "schedule_recommendations",
            [message(f"{page}-1", hours, kind, page) for hours, kind in ((-3, "PPV"), (2, "PPV"), (30, "Bump"))]
            + [message(f"{page}-old", 5, page=page, is_active=False)],
        )
        row = {"page_name": page, "execution_date": days(-1), "queued_at": NOW, "status": "FAILED", "attempts": 3}
        agency.insert("schedule_generation_queue", [row, {**row, "execution_date": days(-8)}])
        agency.insert(
            "creator_processing_errors", [{"job_id": "j", "page_name": page, "error_message": page, "error_time": NOW}]
        )
        agency.insert(
            "automation_alerts",
            [
                {"alert_id": page, "alert_time": NOW, "alert_level": "WARNING", "alert_source": "daily_automation"}
                | {"alert_kind": f"pool_low:{page}", "alert_message": "m", "acknowledged": acknowledged}
                for acknowledged in (False, True)
            ],
        )
        agency.insert(
            "schedule_export_log",
            [
                {"schedule_id": page, "page_name": page, "export_timestamp": NOW - timedelta(hours=age), "status": said}
                for age, said in ((1, "SUCCESS"), (2, "FAILED"))
            ],
        )
    seen = seen_of(agency)
    assert list(reasons(seen)) == []
    (schedule,) = seen.schedules
    assert (schedule["schedule_id"], schedule["sells"], schedule["free"]) == ("alice-1", 1, 1)
    assert schedule["next_send"] == NOW + timedelta(hours=2)
    assert [(row["execution_date"], row["attempts"]) for row in seen.queue] == [(days(-1), 3)]
    assert [row["error_message"] for row in seen.errors] == ["alice"]
    assert [row["alert_id"] for row in seen.alerts] == ["alice"]
    assert [(row["schedule_id"], row["status"]) for row in seen.exports] == [("alice", "SUCCESS")]
    assert (seen.is_creator, seen.report and seen.report.size_tier, seen.profile) == (True, "LARGE", None)


def test_an_unknown_page_is_refused_with_the_names_next_to_it(agency: Warehouse) -> None:
    with pytest.raises(ErosError, match="nobody knows the page alise") as refused:
        seen_of(agency, "alise")
    assert refused.value.fix == "perhaps alice"
