"""config/schedules.yaml: what is declared, and what is refused before the service sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog import Catalog
from catalog.addresses import Placement
from tests.unit.catalog.conftest import Project

PROCEDURE = """
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.{name}`({arguments}) OPTIONS(description="P.")
BEGIN
  SELECT 1;
END;
"""
ENTRY = {
    "display_name": '"EROS: Sweep"',
    "description": "Releases what has ended.",
    "owner": "devops",
    "severity": "ERROR",
    "recipients": "[devops, data-team]",
    "call": "CALL `eros_scheduling_brain.sweep`()",
    "schedule": "every 6 hours from 00:23 to 23:59",
    "start_time": "2025-01-01T00:23:00Z",
    "max_runtime_seconds": "30",
}
# The line of each entry in the file that `write` makes.
LINES = {name: number for number, name in enumerate(ENTRY, 2)}


def write(project: Project, **changed: str | None) -> Project:
    """One schedule named sweep; an entry set to None is left out."""
    project.write("sql/procedures/sweep.sql", PROCEDURE.format(name="sweep", arguments=""))
    project.write("sql/procedures/daily.sql", PROCEDURE.format(name="daily", arguments="p_day DATE, p_now TIMESTAMP"))
    entries = {name: value for name, value in (ENTRY | changed).items() if value is not None}
    lines = "".join(f"  {name}: {value}\n" for name, value in entries.items())
    return project.write("config/schedules.yaml", f"sweep:\n{lines}")


def test_a_schedule_carries_its_call_its_times_and_who_looks_after_it(project: Project) -> None:
    schedule = write(project).load().schedules["sweep"]
    assert (schedule.name, schedule.display_name, schedule.owner) == ("sweep", "EROS: Sweep", "devops")
    assert schedule.description == "Releases what has ended."
    assert (schedule.severity, schedule.recipients) == ("ERROR", ("devops", "data-team"))
    assert (schedule.schedule, schedule.start_time, schedule.max_runtime_seconds) == (
        "every 6 hours from 00:23 to 23:59",
        "2025-01-01T00:23:00Z",
        30,
    )
    assert schedule.call == "CALL `eros_scheduling_brain.sweep`()"
    assert schedule.procedure == "sweep"
    assert schedule.query(Placement("p", "d")) == "CALL `p.d.sweep`()"
    assert (str(schedule.path), schedule.line) == ("config/schedules.yaml", 2)


@pytest.mark.parametrize("start", ["2025-01-01T00:23:00Z", "2025-03-01T18:23:00Z", None])
def test_runs_are_the_times_of_the_schedule_wherever_the_start_lies(project: Project, start: str | None) -> None:
    schedule = write(project, start_time=start).load().schedules["sweep"]
    assert schedule.next_after(datetime(2025, 11, 4, 20, tzinfo=UTC)) == datetime(2025, 11, 5, 0, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "start"),
    [
        ("every day 09:20", None),
        ("every 15 minutes from 00:07 to 23:52", "2025-01-01T00:07:00Z"),
        ("every 15 minutes from 00:07 to 23:59", None),
        ("1st,3rd monday of month 15:31", None),
    ],
)
def test_schedules_that_never_meet_the_hour_are_taken(project: Project, schedule: str, start: str | None) -> None:
    assert write(project, schedule=schedule, start_time=start).load().schedules["sweep"].schedule == schedule


@pytest.mark.parametrize(
    ("changed", "at", "message"),
    [
        ({"schedule": "every 6 hrs"}, "schedule", "neither minutes nor hours"),
        ({"schedule": "every 2 minutes"}, "schedule", "at least 5 minutes"),
        ({"schedule": "Every 6 Hours"}, "schedule", "another spelling"),
        ({"schedule": "every mon 09:20"}, "schedule", "another spelling"),
        ({"schedule": "every day 09:00", "start_time": None}, "schedule", "exactly on the hour"),
        ({"schedule": "every 6 hours"}, "schedule", "an interval without times of day"),
        ({"schedule": "every 15 minutes", "start_time": None}, "schedule", "an interval without times of day"),
        ({"schedule": "every 1 hours from 01:00 to 23:59", "start_time": None}, "schedule", r"\(01:00 UTC\)"),
        ({"start_time": "2025-01-01T00:24:00Z"}, "start_time", "is not a time of the schedule"),
        ({"start_time": "2025-01-01T02:23:00Z"}, "start_time", "is not a time of the schedule"),
        ({"schedule": "every 6 hours synchronized", "start_time": None}, "schedule", "exactly on the hour"),
        ({"schedule": "every 20 minutes from 00:10 to 23:50", "start_time": None}, None, None),
        ({"schedule": "every 25 minutes from 00:10 to 23:50", "start_time": None}, "schedule", "exactly on the hour"),
        ({"start_time": "now"}, "start_time", "'now' is no UTC instant"),
        ({"start_time": "2025-01-01T00:23:00-08:00"}, "start_time", "is no UTC instant"),
        ({"start_time": "2025-13-01T00:23:00Z"}, "start_time", "is no UTC instant"),
        ({"max_runtime_seconds": "0"}, "max_runtime_seconds", "no number of seconds"),
        ({"severity": "HIGH"}, "severity", "is no severity of an alert"),
        ({"recipients": "devops"}, "recipients", "recipients is no list of words"),
        ({"recipients": "[]"}, "recipients", "recipients is no list of words"),
        ({"recipients": "[a, a]"}, "recipients", "recipients is no list of words"),
        ({"recipients": "[{a: b}]"}, "recipients", "recipients is no list of words"),
        ({"recipients": "[ops@example.com]"}, "recipients", "'ops@example.com' is no name of a recipient"),
        ({"max_runtime_seconds": "soon"}, "max_runtime_seconds", "no number of seconds"),
        ({"call": "SELECT 1"}, "call", "is not one CALL"),
        ({"call": "CALL sweep()"}, "call", "is not one CALL"),
        ({"call": "CALL `eros_scheduling_brain.sweep`(); SELECT 1"}, "call", "is not one CALL"),
        ({"call": "CALL `eros_scheduling_brain.sweep`("}, "call", "is not one CALL"),
        ({"retries": "3"}, "max_runtime_seconds", "unknown entry retries"),
    ],
)
def test_a_bad_entry_is_refused_at_its_line_with_a_fix(
    project: Project, changed: dict[str, Any], at: str | None, message: str | None
) -> None:
    findings = write(project, **changed).findings()
    if at is None:
        assert findings == []
        return
    (finding,) = findings
    line = LINES[at] + (1 if "retries" in changed else 0)
    assert (str(finding.location), bool(finding.fix)) == (f"config/schedules.yaml:{line}", True)
    with pytest.raises(type(finding), match=message):
        raise finding


def test_the_canonical_spelling_is_offered_as_fix(project: Project) -> None:
    (finding,) = write(project, schedule="every monday of month 9:20").findings()
    assert finding.fix == "write schedule: every monday 09:20"


@pytest.mark.parametrize(
    "missing", ["display_name", "description", "owner", "severity", "call", "schedule", "max_runtime_seconds"]
)
def test_a_missing_entry_is_refused(project: Project, missing: str) -> None:
    (finding,) = write(project, **{missing: None}).findings()
    assert f"sweep: {missing} is missing" in str(finding)


def test_an_open_interval_is_refused_with_the_form_that_states_its_times(project: Project) -> None:
    (finding,) = write(project, schedule="every 6 hours").findings()
    assert finding.fix == "state them, for example every 6 hours from 00:07 to 23:59"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("CALL `eros_scheduling_brain.sweeep`()", "calls sweeep, which is no declared procedure"),
        ("CALL `eros_scheduling_brain.sweep`(1)", "calls sweep with 1 of 0 arguments"),
        ("CALL `eros_scheduling_brain.daily`(DATE(2025, 1, 1))", "calls daily with 1 of 2 arguments"),
    ],
)
def test_a_call_must_fit_a_declared_procedure(project: Project, call: str, message: str) -> None:
    (finding,) = write(project, call=f'"{call}"').findings()
    assert message in str(finding)


def test_a_call_with_all_arguments_is_taken(project: Project) -> None:
    call = '"CALL `eros_scheduling_brain.daily`(DATE(2025, 1, 1), NULL)"'
    assert write(project, call=call).load().schedules["sweep"].procedure == "daily"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("sweep: [", 1, "no valid YAML"),
        ("", 0, "the file is empty"),
        ("- sweep", 1, "is no mapping"),
        ("sweep: every day", 1, "sweep is no mapping"),
        ("sweep:\n  owner: a\n  owner: b", 3, "owner is given twice"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_its_line(project: Project, text: str, line: int, message: str) -> None:
    (finding,) = project.write("config/schedules.yaml", text).findings()
    assert (finding.location.line, message in str(finding)) == (line, True), str(finding)


def test_the_platform_runs_feedback_and_sweep_off_the_hour(declared: Catalog) -> None:
    schedules = declared.schedules
    assert {name: (s.schedule, s.display_name) for name, s in schedules.items()}.items() >= {
        "update_caption_performance": ("every 6 hours from 00:23 to 23:59", "EROS: Caption Performance Updates"),
        "sweep_expired_caption_locks": ("every 1 hours from 00:41 to 23:59", "EROS: Caption Lock Cleanup"),
    }.items()
    runs = {name: s.next_after(datetime(2025, 11, 4, 20, tzinfo=UTC)) for name, s in schedules.items()}
    assert all(run.minute for run in runs.values())
