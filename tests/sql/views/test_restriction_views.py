"""active_creator_caption_restrictions_v and creator_allowed_profile_v: newest first, then active."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.sql.analyses import DATASET, Analyses, by
from tests.sql.messages import Row, utc

NOW = utc("2025-11-04 20:00")


def _restriction(page: str, version: int, active: bool = True, hours: int = 0, **values: Any) -> Row:
    row = {"page_name": page, "version": version, "is_active": active, "updated_at": NOW + timedelta(hours=hours)}
    return row | {"hard_patterns": [f"v{version}"]} | values


def _profile(page: str, hours: int, active: bool = True, enabled: bool = True, **values: Any) -> Row:
    times = {"created_at": NOW, "updated_at": NOW + timedelta(hours=hours)}
    return {"page_name": page, "is_active": active, "feature_enabled": enabled, "notes": f"h{hours}"} | times | values


def test_the_newest_restriction_counts_if_it_is_active(analyses: Analyses) -> None:  # defect: L16
    analyses.add(
        "creator_caption_restrictions",
        [
            _restriction("plain", 1),
            _restriction("newer", 1), _restriction("newer", 3), _restriction("newer", 2, hours=9),
            _restriction("lifted", 1), _restriction("lifted", 2, active=False),
            _restriction("again", 1), _restriction("again", 2, active=False), _restriction("again", 3),
            _restriction("later", 5, hours=1, restricted_categories=["late"]), _restriction("later", 5, hours=0),
            _restriction("tie", 7), _restriction("tie", 7, active=False),
            _restriction(" Case_PAGE ", 1), _restriction("case_page", 2),
        ],
    )  # fmt: skip

    found = by(analyses.rows(f"SELECT * FROM `{DATASET}.active_creator_caption_restrictions_v`"), "page_name")

    assert {page: row["hard_patterns"] for page, row in found.items()} == {
        "plain": ["v1"],
        "newer": ["v3"],
        "again": ["v3"],
        "later": ["v5"],
        "case_page": ["v2"],
    }
    assert found["later"]["restricted_categories"] == ["late"]


def test_a_restriction_that_leaves_something_open_gets_the_defaults(analyses: Analyses) -> None:
    stated: dict[str, Any] = {
        "applies_to_scope": "ppv_only",
        "min_ppv_pool": 1,
        "min_bump_pool": 0,
        "soft_patterns": ["a", "b"],
    }
    lists: dict[str, Any] = {"restricted_categories": ["Feet"], "restricted_price_tiers": ["low"]}
    analyses.add(
        "creator_caption_restrictions", [_restriction("open", 1), _restriction("stated", 1, **stated, **lists)]
    )

    found = by(analyses.rows(f"SELECT * FROM `{DATASET}.active_creator_caption_restrictions_v`"), "page_name")

    assert found == {
        "open": {
            "page_name": "open",
            "applies_to_scope": "ALL",
            "min_ppv_pool": 200,
            "min_bump_pool": 50,
            "hard_patterns": ["v1"],
            "soft_patterns": [],
            "restricted_categories": [],
            "restricted_price_tiers": [],
        },
        "stated": {"page_name": "stated", "hard_patterns": ["v1"]} | stated | lists | {"applies_to_scope": "PPV_ONLY"},
    }


def test_the_newest_profile_counts_if_it_is_active_and_switched_on(analyses: Analyses) -> None:  # defect: L16
    earlier: dict[str, Any] = {"created_at": NOW - timedelta(days=1)}
    analyses.add(
        "creator_allowed_profile",
        [
            _profile("plain", 0, ppv_allowed_categories=["Solo"]),
            _profile("newer", 0), _profile("newer", 2), _profile("newer", 1),
            _profile("lifted", 0), _profile("lifted", 1, active=False),
            _profile("off", 0), _profile("off", 1, enabled=False),
            _profile("born", 0, notes="young"), _profile("born", 0, **earlier),
            _profile("tie", 0), _profile("tie", 0, active=False),
            _profile("Case", 0), _profile("case ", 5),
        ],
    )  # fmt: skip

    found = by(analyses.rows(f"SELECT * FROM `{DATASET}.creator_allowed_profile_v`"), "page_name")

    notes = {page: row["notes"] for page, row in found.items()}
    assert notes == {"plain": "h0", "newer": "h2", "born": "young", "case": "h5"}
    assert found["plain"]["ppv_allowed_categories"] == ["Solo"]
    assert found["plain"]["bump_allowed_price_tiers"] == []
    assert found["plain"]["updated_at"] == NOW
