"""What commands by hand refuse, ask and say without BigQuery, whose answers are stated here."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import create_autospec

import pytest
from google.cloud.bigquery_datatransfer_v1 import DataTransferServiceClient
from typer.testing import CliRunner, Result

from catalog import load_cached
from operations.byhand import called_jobs, flag_switches, pool_effects, queue_rows, rule_tables
from operations.byhand.hand_changes import AUDIT
from operations.cli import app
from operations.commands import by_hand, by_page, scheduled
from operations.scheduled_runs import ScheduledQueries
from operations.weeks import page_facts
from operations.weeks.queue import la_date
from outputs import StackOutputs

ROOT = Path(__file__).parents[4]
NOW = datetime.now(UTC)


class Row(SimpleNamespace):
    """As BigQuery's: by attribute and by name."""

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


class Told:
    """A warehouse that answers what it was told to, and remembers what it was asked."""

    def __init__(self, answers: dict[str, list[Row]]) -> None:
        self.answers, self.asked = answers, list[str]()

    def rows(self, sql: str, /, **values: Any) -> list[Row]:
        self.asked.append(sql)
        return self.answers.get(sql, [])

    def change(self, sql: str, /, **values: Any) -> int:
        self.asked.append(sql)
        return len(self.answers.get(sql, []))

    def call(self, sql: str, wait: float, /, **values: Any) -> None:
        self.asked.append(sql)

    @property
    def wrote(self) -> bool:
        writing = (rule_tables.WRITE_RESTRICTION, rule_tables.WRITE_PROFILE, flag_switches.WRITE_SWITCH, AUDIT)
        return any(sql in writing for sql in self.asked)


def pool(captions: int, after: str | None, **values: Any) -> Row:
    """Captions that sell and may be sent before the change."""
    plain = {"page_name": "alice", "scope": "PPV", "rule_before": None, "value": "x", "min_pool": 3}
    return Row(
        **{**plain, "captions": captions, "rule_after": after, "lowered": 0, "raised": 0, "examples": ["\x1b[7mHi"]}
        | values
    )


KNOWN = [Row(page_name="alice", is_creator=True, report_date=None, performance_report=None)]
HELD = {
    **{"page_name": "alice", "hard_patterns": ["x"], "soft_patterns": [], "restricted_categories": None},
    **{"restricted_price_tiers": [], "applies_to_scope": None, "min_ppv_pool": 3, "min_bump_pool": None},
    **{"restriction_text": None, "is_on": True, "version": 4, "updated_at": NOW, "updated_by": "ada"},
}
FLAG = {"flag": "auto_export", "is_enabled": False, "declared": True, "updated_at": NOW, "updated_by": "ada"}
ANSWERS = {
    page_facts.PAGES: KNOWN,
    page_facts.CREATORS: [Row(page_name="alice"), Row(page_name="bella")],
    rule_tables.RESTRICTIONS_NOW: [Row(**HELD)],
    rule_tables.WORDS: [Row(kind="pattern", word="y", is_known=True)],
    rule_tables.TRY_RESTRICTION: [pool(7, None), pool(2, "PATTERN_HARD")],
    rule_tables.WRITE_RESTRICTION: [Row(newer=1)],
    flag_switches.FLAGS_NOW: [Row(**FLAG)],
}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Told]:
    def tell(**answers: Any) -> Told:
        by_name = {
            page_facts.PAGES: answers.pop("pages", None),
            flag_switches.FLAGS_NOW: answers.pop("flags", None),
            rule_tables.TRY_RESTRICTION: answers.pop("tried", None),
        }
        by_name |= {
            queue_rows.QUEUED: answers.pop("queue", None),
            rule_tables.WRITE_RESTRICTION: answers.pop("wrote", None),
        }
        made = Told({**ANSWERS, **{sql: rows for sql, rows in by_name.items() if rows is not None}})
        for room in (by_hand, by_page, scheduled):
            monkeypatch.setattr(room, "warehouse_of", lambda stack: made)
        return made

    return tell


def typed(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, [*words, "-s", "local"], input=answer)


@pytest.mark.parametrize(
    ("words", "said", "fix"),
    [
        (("restrictions", "set", "a;b", "--hard", "x"), "'a;b' is no page", "page names have"),
        (("restrictions", "set", "alice", "--hard", " "), "one of the patterns is empty", "leave it out"),
        (("restrictions", "set", "alice", "--scope", "some"), "no such scope", "PPV_ONLY"),
        (("restrictions", "set", "alice", "--clear", "all"), "--clear all", "hard, soft"),
        (("restrictions", "set", "alice", "--hard", "x"), "is so already", "show alice"),
        (("restrictions", "set", "alice", "--hard", "y"), "nobody is here to agree", "--yes"),
        (("profiles", "set", "alice"), "alice has no profile", "--help"),
        (("profiles", "set", "alice", "--off"), "alice has no profile", "list"),
        (("profiles", "show", "alice"), "alice has no profile", "list"),
        (("flags", "set", "auto_exprot", "off"), "there is no flag 'auto_exprot'", "perhaps auto_export"),
        (("flags", "set", "auto_export", "maybe"), "neither on nor off", "off"),
        (("flags", "set", "auto_export", "off"), "is off already", "eros flags list"),
        (("queue", "drop", "alice"), "nothing of alice waits", "eros queue list"),
        (("locks", "free"), "which locks?", "--page X"),
        (("locks", "free", "--page", "alice", "--yes"), "nothing to free", "locks list"),
        (("locks", "list", "--schedule", "a b"), "'a b' is no schedule", "sched_"),
        (("run",), "which one?", "eros run NAME"),
        (("run", "--date", "2025-01-01"), "--date is of one job", "daily_automation"),
        (("run", "cost_report", "--date", "2025-01-01"), "cost_report is of no date", "daily_automation"),
        (("run", "daily_automation", "--date", "yesterday"), "'yesterday' is no date", "--date 20"),
        (("run", "daily_automation", "--date", "2999-01-01"), "2999-01-01 cannot be run", "to today"),
        (("run", "daily_automation", "--date", "2020-01-01"), "2020-01-01 cannot be run", "90 days ago"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    told: Callable[..., Told], words: tuple[str, ...], said: str, fix: str
) -> None:
    warehouse = told()
    error = typed(*words).exception
    assert said in getattr(error, "message", repr(error))
    assert fix in getattr(error, "fix", "")
    assert not warehouse.wrote


def test_a_page_that_nobody_knows_has_no_restriction_but_an_old_one_can_be_lifted(told: Callable[..., Told]) -> None:
    unknown = [Row(page_name="alise", is_creator=False, report_date=None, performance_report=None)]
    warehouse = told(pages=unknown)
    error = typed("restrictions", "set", "alise", "--hard", "y", "--yes").exception
    assert (getattr(error, "message", "")[:28], getattr(error, "fix", "")) == (
        "nobody knows the page alise:",
        "perhaps alice",
    )
    assert not warehouse.wrote
    assert typed("restrictions", "set", "alise", "--off", "--yes").exit_code == 0
    assert warehouse.wrote


def test_the_effect_is_shown_before_anybody_is_asked_and_no_terminal_obeys_it(told: Callable[..., Told]) -> None:
    for answer, wrote in (("no\n", False), ("yes\n", True)):
        warehouse = told()
        done = typed("restrictions", "set", "alice", "--hard", "y", "--clear", "min-ppv", answer=answer)
        assert done.exit_code == 0, done.output
        lines = done.output.splitlines()
        assert lines[:3] == ["hard_patterns: - x", "hard_patterns: + y", "min_ppv_pool: 3 -> none"]
        assert "alice PPV: 9 of 9 may be sent now, 7 then; 7 pass the rules, at least 3 must" in lines
        assert r"  2 of alice PPV by PATTERN_HARD 'x', e.g. \x1b[7mHi" in lines
        asked = next(number for number, line in enumerate(lines) if line.startswith("Write it?"))
        assert asked > lines.index("2 captions leave")
        assert warehouse.wrote is wrote


def test_what_would_leave_nothing_to_select_is_not_agreed_to_beforehand(told: Callable[..., Told]) -> None:
    for tried in ([pool(9, "PATTERN_HARD", min_pool=None)], [pool(2, None), pool(7, "PATTERN_HARD")], [pool(2, None)]):
        warehouse = told(tried=tried)
        refused = typed("restrictions", "set", "alice", "--hard", "y", "--yes").exception
        assert "nothing PPV would be selected for alice any more; nothing was changed" in str(refused)
        assert not warehouse.wrote
        assert typed("restrictions", "set", "alice", "--hard", "y", "--yes", "--even-so").exit_code == 0
        assert warehouse.wrote
    assert not pool_effects.PoolScope("alice", "PPV", 9, before=1, after=2, after_rules=2, least=3).is_grave


def test_restrictions_that_are_switched_off_say_so(told: Callable[..., Told]) -> None:
    """Their effect on the pool is none, for that reason alone."""
    off = {**FLAG, "flag": "caption_restrictions_enabled"}
    for flags, said in (([Row(**off)], True), ([Row(**{**off, "is_enabled": None})], False), ([Row(**FLAG)], False)):
        told(flags=flags)
        shown = typed("restrictions", "set", "alice", "--hard", "y", "--dry-run").output
        assert ("! caption_restrictions_enabled is off" in shown) is said


def test_two_who_wrote_at_the_same_moment_are_told(told: Callable[..., Told]) -> None:
    told(wrote=[Row(newer=2)])
    error = typed("restrictions", "set", "alice", "--hard", "y", "--yes").exception
    assert "somebody wrote alice at the same moment; the newest of both counts" in str(error)


def test_pages_that_a_builder_is_at_work_on_stay_in_the_queue(told: Callable[..., Told]) -> None:
    row = Row(status="PROCESSING", lease_expires_at=NOW + timedelta(minutes=5), schedule_id="sched_1")
    for verb in ("requeue", "drop"):
        warehouse = told(queue=[row])
        assert "a builder is at work on alice until" in str(typed("queue", verb, "alice").exception)
        assert not warehouse.wrote
    told(queue=[Row(status="PENDING")])
    assert "waits in the queue already" in str(typed("queue", "requeue", "alice").exception)


def test_a_job_of_a_date_says_how_it_went_and_whether_it_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    today = datetime.now(UTC).date() - timedelta(days=1)
    plain = {"job_duration_seconds": 3.0, "creators_processed": 2, "creators_failed": 1, "error_message": None}
    ran: list[list[Row]] = []

    class Runs(Told):
        def rows(self, sql: str, /, **values: Any) -> list[Row]:
            assert (sql, values["day"], values["job"]) == (called_jobs.RUN_OF, today, "daily_automation")
            return ran.pop(0)

    monkeypatch.setattr(scheduled, "warehouse_of", lambda stack: Runs({}))
    for before, after, code, said in (
        ([], "SUCCESS", 0, "SUCCESS in 3.0 s; 2 pages, 1 failed"),
        ([Row(job_id="1", job_status="SUCCESS", **plain)], "SUCCESS", 0, "SUCCESS before; it was not run again"),
        ([], "FAILED", 1, "FAILED in 3.0 s"),
    ):
        ran[:] = [before, [Row(job_id="1", job_status=after, **plain)]]
        done = typed("run", "daily_automation", "--date", str(today))
        assert (done.exit_code, said in done.output) == (code, True), done.output


def test_jobs_of_the_dispatcher_are_called_and_are_of_their_day_or_month(monkeypatch: pytest.MonkeyPatch) -> None:
    """They have no scheduled query; one that is unknown stops all before anything runs."""
    stack = SimpleNamespace(schedules={"cost_report": "projects/1/x"})
    queries = ScheduledQueries(create_autospec(DataTransferServiceClient, instance=True), cast(StackOutputs, stack))
    row = Row(job_id="1", job_status="SUCCESS", job_duration_seconds=2.0, creators_processed=None)
    called = Told({called_jobs.RUN_OF: [row]})
    row.creators_failed = row.error_message = None
    monkeypatch.setattr(scheduled, "warehouse_of", lambda stack: called)
    monkeypatch.setattr(scheduled, "_queries", lambda stack: queries)
    assert "no scheduled query 'nonsense'" in str(typed("run", "daily_report", "nonsense").exception)
    assert called.asked == []
    done = typed("run", "monthly_maintenance")
    first = la_date(datetime.now(UTC)).replace(day=1)
    assert done.output == f"monthly_maintenance {first}: SUCCESS before; it was not run again\n"
    assert called.asked == [called_jobs.RUN_OF, called_jobs.CALL_MONTHLY, called_jobs.RUN_OF]


def test_every_job_that_the_dispatcher_starts_can_be_run() -> None:
    catalog = load_cached(ROOT)
    started = set(re.findall(r"\('(\w+)', '(?:DAY|MONTH)'", catalog.views["dispatched_jobs"].sql.source.text))
    assert started
    assert started <= {*called_jobs.UNDATED, *catalog.schedules}
