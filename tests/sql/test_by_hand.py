"""What people change by hand, as they type it, on the local BigQuery: shown first, written whole and audited.

Counts are those of the captions that the test put in, worked out here. What needs no BigQuery is tested elsewhere.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from operations.byhand.hand_changes import NotWritten
from operations.byhand.rule_tables import PROFILES, RESTRICTIONS, changed, check_words, save
from operations.cli import app
from operations.commands import by_hand, by_page
from operations.display import BUSINESS_ZONE
from operations.weeks.week_statements import Statements
from settings.errors import ErosError
from tests.sql.captions import Row, caption, flag, restriction, usage
from tests.sql.warehouse import DATASET, Warehouse

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(BUSINESS_ZONE).date()
USED = (
    *("page_caption_pool", "caption_restrictions_in_force", "declared_flags", "active_creators", "creator_reports"),
    *("active_caption_assignments", "schedule_recommendations", "schedule_generation_queue", "audit_log"),
    "price_bucket",
)
BIG = -9007199254740995


@pytest.fixture
def agency(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """Ten captions that sell, of Solo and Feet in turn, and two bumps; the pages alice and bella."""
    warehouse.deploy(*USED)
    for table in ("creator_caption_restrictions", "creator_allowed_profile", "feature_flags", "audit_log"):
        warehouse.insert(table, [])
    tiers = ["premium", "mid"] * 5 + ["bump"] * 2
    warehouse.insert("caption_bank", [caption(n, tier, "Feet" if n % 2 else "Solo") for n, tier in enumerate(tiers)])
    warehouse.insert("active_creators", [{"page_name": name} for name in ("Alice", "bella")])
    statements = statements_of(warehouse)
    for room in (by_hand, by_page):
        monkeypatch.setattr(room, "warehouse_of", lambda stack: statements)
    return warehouse


def statements_of(warehouse: Warehouse) -> Statements:
    return Statements(warehouse.client, warehouse.place)


def typed(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, [*words, "-s", "local"], input=answer)


def refused(*words: str, answer: str = "") -> tuple[str, str]:
    error = typed(*words, answer=answer).exception
    return getattr(error, "message", repr(error)), getattr(error, "fix", "")


def found(*words: str) -> Any:
    done = typed(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def rows_of(warehouse: Warehouse, table: str, columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in warehouse.rows(f"SELECT {columns} FROM {DATASET}.{table}")]


def test_a_restriction_shows_its_effect_is_written_as_a_version_and_lifted(agency: Warehouse) -> None:
    """The pattern takes 1 of what sells (0 to 9), and of the bumps both, 10 and 11; SOFT lowers 2 and 3."""
    words = ("restrictions", "set", "ALICE", "--hard", "number 1", "--soft", "number [23]", "--min-ppv", "9")
    shown = found(*words, "--min-bump", "0", "--dry-run")
    assert [(one["scope"], one["before"], one["after"], one["least"]) for one in shown["effect"]["scopes"]] == [
        *(("PPV", 10, 9, 9), ("BUMP", 2, 0, 0)),
    ]
    assert {(one["scope"], one["rule"], one["value"], one["captions"]) for one in shown["effect"]["leaving"]} == {
        *(("PPV", "PATTERN_HARD", "number 1", 1), ("BUMP", "PATTERN_HARD", "number 1", 2)),
    }
    assert shown["effect"]["lowered"] == 2
    assert [one["nothingIsSelected"] for one in shown["effect"]["scopes"]] == [False, True]
    for table in ("creator_caption_restrictions", "audit_log"):
        assert rows_of(agency, table, "COUNT(*)") == [(0,)]

    done = typed(*words, "--scope", "ppv_only", "--by", "ada", answer="yes\n")
    assert done.exit_code == 0, done.output
    assert "alice PPV: 10 of 10 may be sent now, 9 then; 9 pass the rules, at least 9 must" in done.output
    assert "1 of alice PPV by PATTERN_HARD 'number 1', e.g. Caption number 1" in done.output
    lifted = found("restrictions", "set", "alice", "--off", "--yes")
    assert [one["captions"] for one in lifted["effect"]["coming"]] == [1]
    kept = rows_of(agency, "creator_caption_restrictions", "version, is_active, updated_by, hard_patterns, page_name")
    assert sorted(kept)[0] == (1, True, "ada", ["number 1"], "alice")
    assert [row[0:2] for row in sorted(kept)] == [(1, True), (2, False)]
    audited = rows_of(agency, "audit_log", "action, entity_type, entity_id, page_name, user_agent")
    assert ("set", "restriction", "alice", "alice", "eros by hand, ada") in audited
    assert sorted(row[0] for row in audited) == ["off", "set"]


def test_words_that_bigquery_or_the_bank_does_not_know_are_refused(agency: Warehouse) -> None:
    """Compiled as RE2 by BigQuery itself: lookahead is Perl's, and a group must end."""
    statements = statements_of(agency)
    good = {"hard_patterns": [r"lea(k|ked)?", r"\p{L}+"], "restricted_categories": ["SOLO"]}
    check_words(statements, RESTRICTIONS, {**good, "restricted_price_tiers": ["Premium"]})
    for table, name, word, said, fix in (
        (RESTRICTIONS, "hard_patterns", "lea(k", "'lea(k' is no regular expression", "RE2"),
        (RESTRICTIONS, "soft_patterns", "(?=x)", "'(?=x)' is no regular expression", "lookaround"),
        (RESTRICTIONS, "restricted_categories", "Sollo", "there is no category 'Sollo'", "spelling"),
        (PROFILES, "ppv_allowed_price_tiers", "gold", "there is no price tier 'gold'", "spelling"),
    ):
        with pytest.raises(ErosError, match=re.escape(said)) as no:
            check_words(statements, table, {name: [word]})
        assert fix in no.value.fix


def test_a_profile_allows_what_it_names(agency: Warehouse) -> None:
    made = found("profiles", "set", "bella", "--ppv-category", "feet", "--notes", "asked for", "--yes")
    assert [(one["rule"], one["value"], one["captions"]) for one in made["effect"]["leaving"]] == [
        ("ALLOWED_PROFILE", "Solo", 5)
    ]
    now = found("profiles", "show", "bella")
    assert (now["ppv_allowed_categories"], now["ppv_allowed_price_tiers"], now["isOn"]) == (["feet"], [], True)


def test_somebody_who_was_faster_is_not_written_over(agency: Warehouse) -> None:
    """Between the look and the write, version 1 of somebody else."""
    rule = changed(RESTRICTIONS, "alice", None, {"hard_patterns": ["ours"]}, off=False)
    agency.insert("creator_caption_restrictions", [restriction(hard_patterns=["theirs"])])
    with pytest.raises(NotWritten, match="somebody changed alice meanwhile; nothing was written") as no:
        save(statements_of(agency), RESTRICTIONS, rule, None, "")
    assert no.value.fix == "look at it again: eros restrictions show alice"
    assert rows_of(agency, "creator_caption_restrictions", "hard_patterns") == [(["theirs"],)]
    assert rows_of(agency, "audit_log", "action") == []


def test_a_flag_lives_beside_what_is_declared_and_shows_what_it_lifts(agency: Warehouse) -> None:
    """Both are declared on; nothing has applied them yet."""
    before = {one["flag"]: one for one in found("flags", "list")}
    assert (before["auto_export"]["live"], before["auto_export"]["declared"]) == (None, True)
    agency.insert("feature_flags", [flag(is_enabled=True)])
    agency.insert(
        "creator_caption_restrictions",
        [restriction(hard_patterns=["number [0-4]$"]), restriction("bella", restricted_categories=["feet"])],
    )
    off = found("flags", "set", "caption_restrictions_enabled", "off", "--yes")
    assert {(one["page"], one["rule"], one["captions"]) for one in off["effect"]["coming"]} == {
        *(("alice", "PATTERN_HARD", 5), ("bella", "CATEGORY", 5), ("bella", "CATEGORY", 1)),
    }
    shown = typed("flags", "show", "caption_restrictions_enabled").output
    assert "caption_restrictions_enabled: off (config/flags.yaml: on); set otherwise by hand" in shown
    assert "Hard and soft caption restrictions of creators are applied" in shown


def queued(page: str, status: str, **values: object) -> Row:
    return {"page_name": page, "execution_date": TODAY, "queued_at": NOW, "status": status, **values}


def test_a_page_is_dropped_from_the_queue_and_put_into_it_again(agency: Warehouse) -> None:
    rows = [
        queued("alice", "FAILED", attempts=3, error_message="no captions"),
        queued("bella", "PROCESSING", schedule_id="s", lease_expires_at=NOW + timedelta(minutes=9)),
    ]
    agency.insert("schedule_generation_queue", rows)
    assert typed("queue", "requeue", "alice", "--reason", "mended").exit_code == 0
    assert found("queue", "list", "--page", "alice")[0]["status"] == "PENDING"
    assert "waits in the queue already" in refused("queue", "requeue", "alice")[0]
    assert "a builder is at work on bella" in refused("queue", "drop", "bella")[0]
    assert typed("queue", "drop", "alice", "--reason", "on leave").exit_code == 0
    state = "page_name, status, attempts, error_message"
    assert sorted(rows_of(agency, "schedule_generation_queue", state)) == [
        *(("alice", "COMPLETED", 0, "dropped: on leave"), ("bella", "PROCESSING", None, None)),
    ]
    assert [one["page_name"] for one in found("queue", "list")] == ["bella"]
    actions = rows_of(agency, "audit_log", "action, entity_type, entity_id")
    assert sorted(actions) == [("drop", "queue", "alice"), ("requeue", "queue", "alice")]


def test_locks_are_freed_unless_a_schedule_needs_them_or_they_were_sent(agency: Warehouse) -> None:
    at = NOW + timedelta(days=2)
    message = {"schedule_id": "live", "page_name": "alice", "day_of_week": "Monday", "scheduled_send_time": at}
    agency.insert(
        "schedule_recommendations",
        [
            {**message, "message_type": "PPV", "created_at": NOW, "is_active": True, "scheduled_send_hour": 1}
            | {"scheduled_send_date": TODAY + timedelta(days=2), "status": "pending"}
        ],
    )
    agency.insert("schedule_generation_queue", [queued("bella", "PROCESSING", schedule_id="making")])
    later = TODAY + timedelta(days=2)
    agency.insert(
        "active_caption_assignments",
        [
            usage(1, later, schedule_id="live"),
            usage(2, later, schedule_id="dead"),
            usage(3, later, schedule_id=None),
            usage(4, TODAY, schedule_id="dead", scheduled_send_hour=-1),
            usage(5, later, "bella", schedule_id="making"),
            usage(BIG, later, "bella", schedule_id="dead2"),
        ],
    )
    held = f"SELECT caption_id FROM {DATASET}.active_caption_assignments WHERE is_active ORDER BY caption_id"

    def locked() -> list[int]:
        return [row["caption_id"] for row in agency.rows(held)]

    listed = {one["caption_id"]: one["is_needed"] for one in found("locks", "list")}
    assert listed == {"1": True, "2": False, "3": False, "4": False, "5": True, str(BIG): False}
    done = typed("locks", "free", "--page", "alice", "--yes").output
    assert "2 of 4 locks would be free; 1 are of active schedules" in done
    assert "2 locks are free" in done
    assert locked() == [BIG, 1, 4, 5]
    assert typed("locks", "free", "--caption", str(BIG), "--yes").exit_code == 0
    assert typed("locks", "free", "--schedule", "live", "--of-active", "--yes", "--by", "ada").exit_code == 0
    assert locked() == [4, 5]
    reasons = rows_of(agency, "active_caption_assignments", "DISTINCT deactivation_reason")
    assert sorted(reasons, key=str) == [("CANCELLED",), (None,)]
    assert sorted(rows_of(agency, "audit_log", "action, entity_id")) == [
        *(("free", str(BIG)), ("free", "alice"), ("free", "live")),
    ]
