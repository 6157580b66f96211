"""`config/schedules.yaml`: the scheduled queries, one transfer config each.

Owns what suits the platform: canonical schedule text, stated times, off the hour (exactly on the hour the service may
fire twice), one CALL of a declared procedure with the right number of arguments. The grammar of schedules is
`catalog.schedule_grammar`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog import yamlfile
from catalog.addresses import Placement
from catalog.cursor import Cursor
from catalog.errors import CatalogError, finding
from catalog.model import Routine
from catalog.references import LOGICAL_DATASET, LogicalSql, referenced_name
from catalog.tokens import SqlText
from settings.roles import ACCOUNTS
from transfer_schedule import EVERY_WEEKDAY, IntervalSchedule, ScheduleSpec, ScheduleSyntaxError, parse

FILE = "schedules.yaml"
ENTRIES = (
    *("display_name", "description", "owner", "severity", "recipients", "account"),
    *("call", "schedule", "start_time", "max_runtime_seconds"),
)
# Of an alert policy: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#Severity
SEVERITIES = ("CRITICAL", "ERROR", "WARNING")
RECIPIENT = re.compile(r"[a-z][a-z0-9-]{0,62}")
DAY_SECONDS = 24 * 60 * 60
FIRST_YEAR, LAST_YEAR = 2000, 2100
START_TIME = f"UTC instant of the years {FIRST_YEAR} to {LAST_YEAR} such as 2025-01-01T00:23:00Z"
# More than one day of the shortest interval, and more steps than there are minutes in an hour.
RUNS_LOOKED_AT = 300


@dataclass(frozen=True)
class Schedule:
    """A scheduled query. `schedule` is canonical, times are UTC.

    `start_time` is the literal instant before which nothing runs, '' for none;
    `severity` and `recipients` are those of the alert on a failed run, recipients by name;
    `account` is the purpose of the account that runs it (settings.roles); `max_runtime_seconds` is how long a healthy
    run takes at most; `call` is the statement with logical names.
    """

    name: str
    path: Path
    line: int
    display_name: str
    description: str
    owner: str
    severity: str
    recipients: tuple[str, ...]
    account: str
    schedule: str
    start_time: str
    max_runtime_seconds: int
    sql: LogicalSql
    spec: ScheduleSpec

    @property
    def call(self) -> str:
        return self.sql.text

    @property
    def procedure(self) -> str:
        """Name of the procedure that is called."""
        return self.sql.references[0].name

    @property
    def start(self) -> datetime | None:
        """`start_time` as an aware instant."""
        return _instant(self.start_time) if self.start_time else None

    def title(self, stack: str) -> str:
        """Display name of its transfer config."""
        return f"{self.display_name} ({stack})"

    def query(self, place: Placement) -> str:
        """The statement with the procedure fully qualified."""
        return self.sql.qualified(place)

    def next_after(self, instant: datetime) -> datetime:
        """The first run later than an aware instant."""
        return self.spec.next_after(instant, self.start)


def load(root: Path, findings: list[CatalogError]) -> dict[str, Schedule]:
    """The schedules by name, in the order of the file; what is wrong is added to `findings`."""
    schedules: dict[str, Schedule] = {}
    try:
        file = yamlfile.read(root, FILE)
        entries = list(file.sections()) if file else []
    except CatalogError as error:
        findings.append(error)
        return schedules
    for name, section in entries:
        try:
            schedules[name] = _schedule(name, section)
        except CatalogError as error:
            findings.append(error)
    return schedules


def check_calls(schedules: Mapping[str, Schedule], routines: Mapping[str, Routine]) -> Iterator[CatalogError]:
    """A finding for each call of something that is no declared procedure, or with the wrong arguments."""
    for schedule in schedules.values():
        routine = routines.get(schedule.procedure)
        if routine is None or routine.kind != "PROCEDURE":
            message = f"{schedule.name} calls {schedule.procedure}, which is no declared procedure"
            fix = f"declare it in sql/procedures/{schedule.procedure}.sql"
            yield finding(schedule.path, schedule.line, message, fix=fix, rule="reference")
        elif (given := _argument_count(schedule.sql)) != len(routine.arguments):
            message = f"{schedule.name} calls {routine.name} with {given} of {len(routine.arguments)} arguments"
            yield finding(schedule.path, schedule.line, message, fix="give every argument", rule="reference")


def _schedule(name: str, section: yamlfile.Section) -> Schedule:
    section.only(*ENTRIES)
    spec = _spec(section)
    start = section.parsed("start_time", _literal_instant, START_TIME, default="")
    _refuse_doubtful_times(section, spec, start)
    return Schedule(
        name=name,
        path=section.path,
        line=section.line,
        display_name=section.text("display_name"),
        description=section.text("description"),
        owner=section.text("owner"),
        severity=section.parsed("severity", _severity, f"severity of an alert ({', '.join(SEVERITIES)})"),
        recipients=_recipients(section),
        account=section.parsed("account", _account, f"account ({', '.join(ACCOUNTS)})", default="automation"),
        schedule=section.text("schedule"),
        start_time=start,
        max_runtime_seconds=section.parsed("max_runtime_seconds", _seconds, "number of seconds, at most a day"),
        sql=_call(section),
        spec=spec,
    )


def _spec(section: yamlfile.Section) -> ScheduleSpec:
    text = section.text("schedule")
    try:
        spec = parse(text)
    except ScheduleSyntaxError as error:
        raise section.error(error.message, fix=error.fix, key="schedule") from None
    if text != spec.canonical():
        message = f'schedule "{text}" comes back from the service in another spelling'
        raise section.error(message, fix=f"write schedule: {spec.canonical()}", key="schedule")
    return spec


def _refuse_doubtful_times(section: yamlfile.Section, spec: ScheduleSpec, start_time: str) -> None:
    """Times that the service may take differently: an open interval, the full hour, a start between runs."""
    if isinstance(spec, IntervalSchedule) and not spec.window and not spec.synchronized:
        # Google says of an interval without times only that it repeats; not that it counts from a start in the past.
        message = "an interval without times of day: from which instant it counts is not documented"
        # Days and times of day exclude each other.
        plain = spec.canonical() if spec.weekdays == EVERY_WEEKDAY else "every 1 hours"
        fix = f"state them, for example {plain} from 00:07 to 23:59"
        raise section.error(message, fix=fix, key="schedule")
    start = _instant(start_time) if start_time else None
    run = (start or datetime(2025, 1, 1, tzinfo=UTC)) - timedelta(seconds=1)
    if start and spec.next_after(run, start) != start:
        message = f"start_time {start_time} is not a time of the schedule"
        raise section.error(message, fix="write the first run, or take start_time out", key="start_time")
    for _ in range(RUNS_LOOKED_AT):
        run = spec.next_after(run, start)
        if run.minute == 0:
            message = f"runs exactly on the hour ({run:%H:%M} UTC), where the service may fire twice"
            raise section.error(message, fix="choose minutes off the hour", key="schedule")


def _severity(text: str) -> str:
    if text not in SEVERITIES:
        raise ValueError(text)
    return text


def _account(text: str) -> str:
    if text not in ACCOUNTS:
        raise ValueError(text)
    return text


def _recipients(section: yamlfile.Section) -> tuple[str, ...]:
    names = section.texts("recipients")
    for name in names:
        if not RECIPIENT.fullmatch(name):
            message = f"{section.where}: recipients: {name!r} is no name of a recipient"
            fix = "use names of lower-case letters, digits and hyphens; addresses belong to alertRecipients"
            raise section.error(message, fix=fix, key="recipients")
    return names


def _call(section: yamlfile.Section) -> LogicalSql:
    text = section.text("call")
    form = f"write CALL `{LOGICAL_DATASET}.PROCEDURE`(arguments) without semicolon"
    try:
        cursor = Cursor(SqlText(section.path, text))
        cursor.expect("CALL", fix=form)
        name = cursor.name("a procedure")
        if referenced_name(name) is None or not cursor.sees("("):
            raise cursor.error(f"{name.text} is not a call of a procedure of this dataset", fix=form)
        cursor.bracketed()
        if not cursor.at_end:
            raise cursor.error("more than one call", fix=form)
    except CatalogError as error:
        raise section.error(f"call: {text!r} is not one CALL", fix=error.fix, key="call") from None
    return LogicalSql(cursor.source, cursor.tokens)


def _argument_count(sql: LogicalSql) -> int:
    cursor = Cursor(sql.source, sql.tokens[3:-1])
    count = 0
    while not cursor.at_end:
        cursor.until(",")
        cursor.accept(",")
        count += 1
    return count


def _literal_instant(text: str) -> str:
    if text and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z", text):
        raise ValueError(text)
    if text and not FIRST_YEAR <= _instant(text).year <= LAST_YEAR:
        raise ValueError(text)
    return text


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _seconds(text: str) -> int:
    seconds = int(text)
    if not 0 < seconds <= DAY_SECONDS:
        raise ValueError(text)
    return seconds
