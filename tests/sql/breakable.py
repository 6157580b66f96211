"""`Platform`: what the acceptance checks look at, in a dataset of its own with rows, to be broken and mended."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import requests
from google.cloud import bigquery

from catalog import Catalog, Check, Placement
from catalog.model import Routine, Table
from catalog.references import LOGICAL_DATASET
from gcp_local.testing import NO_RETRY
from outputs import StackOutputs
from tests.deploying import Deployment
from tests.sql import parameters
from tests.sql.captions import Row, caption
from tests.sql.emulator import PROJECT

DATASET = "verified_dataset"
PLACE = Placement(PROJECT, DATASET)
SECONDS = 120
TODAY = datetime.now(ZoneInfo("America/Los_Angeles")).date()
TOMORROW = TODAY + timedelta(days=1)
REPORT = (
    '{"creator_name":"alice","analysis_timestamp":"2025-11-04T20:00:00Z","data_freshness":null,'
    '"account_classification":{"size_tier":"SMALL"},"behavioral_segment":{},"saturation":{"risk_level":"LOW"},'
    '"psychological_trigger_analysis":[],"content_category_performance":[],"day_of_week_patterns":[],'
    '"time_window_optimization":[],"available_categories":[]}'
)


def statistics(caption_id: int, successes: int, failures: int, lower: float, upper: float) -> Row:
    return {
        "page_name": "alice",
        "caption_id": caption_id,
        "successes": successes,
        "failures": failures,
        "total_observations": successes + failures - 2,
        "confidence_lower_bound": lower,
        "confidence_upper_bound": upper,
        "performance_percentile": 50,
        "last_updated": datetime.now(UTC),
    }


def lock(caption_id: int, days: int, key: str, page: str = "alice") -> Row:
    return {
        "page_name": page,
        "caption_id": caption_id,
        "caption_text": "text",
        "assigned_date": TODAY,
        "scheduled_send_date": TODAY + timedelta(days=days),
        "scheduled_send_hour": 9,
        "is_active": True,
        "assignment_key": key,
        "schedule_id": f"{page}-1",
    }


def message(hour: int, caption_id: int) -> Row:
    """A message of an active schedule, tomorrow at this hour in Los Angeles."""
    local = datetime(TOMORROW.year, TOMORROW.month, TOMORROW.day, hour, tzinfo=ZoneInfo("America/Los_Angeles"))
    return {
        "schedule_id": "alice-1",
        "page_name": "alice",
        "day_of_week": f"{TOMORROW:%A}",
        "scheduled_send_time": local.astimezone(UTC),
        "message_type": "PPV",
        "caption_id": caption_id,
        "created_at": datetime.now(UTC),
        "is_active": True,
        "scheduled_send_date": TOMORROW,
        "scheduled_send_hour": hour,
    }


def run(pages: int) -> Row:
    now = datetime.now(UTC)
    return {
        "job_id": "daily_automation_1",
        "job_name": "daily_automation",
        "job_start_time": now,
        "job_status": "SUCCESS",
        "execution_date": TODAY,
        "creators_processed": pages,
    }


WEEK = "sched_20251104_200000_bella"
MONDAY = TODAY + timedelta(days=7 - TODAY.weekday())
BUILT = {"monday": str(MONDAY), "messages": 5, "gap_minutes": 180, "gave_way": []}


def of_week(day: int, hour: int, kind: str, caption_id: int | None, price: float | None, tier: str = "") -> Row:
    """A message of a week that `eros week` built for bella."""
    date = MONDAY + timedelta(days=day)
    local = datetime(date.year, date.month, date.day, hour, tzinfo=ZoneInfo("America/Los_Angeles"))
    where = {"schedule_id": WEEK, "page_name": "bella", "day_of_week": f"{date:%A}", "is_active": True}
    when = {"scheduled_send_time": local.astimezone(UTC), "scheduled_send_date": date, "scheduled_send_hour": hour}
    what = {"message_type": kind, "caption_id": caption_id, "recommended_price": price, "price_tier": tier or None}
    return {**where, **when, **what, "created_at": datetime.now(UTC), "status": "pending", "saturation_zone": "GREEN"}


BELLA = [
    of_week(0, 9, "Bump", 10, None, "bump"),
    of_week(0, 12, "PPV", 11, 15.0, "low"),
    of_week(1, 1, "Follow up", None, 15.0),
    of_week(1, 9, "Bump", 12, None, "bump"),
    of_week(6, 20, "PPV", 13, 27.5, "mid"),
]


def locks_of(messages: list[Row]) -> list[Row]:
    """The lock of each message that has a caption."""
    return [
        lock(row["caption_id"], (row["scheduled_send_date"] - TODAY).days, f"w{number}", page="bella")
        | {"schedule_id": WEEK}
        for number, row in enumerate(messages)
        if row["caption_id"] is not None
    ]


def export(schedule: str, messages: int, by: str) -> Row:
    """A row of the export log."""
    now = datetime.now(UTC)
    row = {"schedule_id": schedule, "page_name": "bella", "export_timestamp": now, "message_count": messages}
    return {**row, "status": "SUCCESS", "export_format": "CSV", "exported_by": by}


ROWS: Mapping[str, list[Row]] = {
    "caption_bank": [
        caption(n, tier) for n, tier in enumerate(["bump", "low", "budget", "mid", "high", "premium"] * 3)
    ],
    "caption_bandit_stats": [statistics(1, 10, 5, 0.417131, 0.848239), statistics(2, 1, 3, 0.045586, 0.699364)],
    # Eight days apart is allowed, also across pages.
    "active_caption_assignments": [
        lock(1, 0, "k1"),
        lock(1, 8, "k2", page="bella"),
        lock(2, 3, "k3"),
        *locks_of(BELLA),
    ],
    "schedule_recommendations": [message(6, 1), message(9, 2), message(23, 3), *BELLA],
    "audit_log": [
        {
            **{"action": "build", "entity_type": "schedule", "entity_id": WEEK, "page_name": "bella"},
            **{"details": json.dumps(BUILT), "timestamp": datetime.now(UTC)},
        }
    ],
    "schedule_export_log": [export(WEEK, 4, "SYSTEM")],
    "creator_reports": [
        {"report_date": TODAY, "page_name": "alice", "performance_report": REPORT, "created_at": datetime.now(UTC)}
    ],
    "etl_job_runs": [run(1)],
}

APPLY = "apply_reference_data"
REFERENCE_DATA = {"holiday_calendar", "feature_flags", "etl_job_runs"}


class Platform:
    """A deployment that a test may break; `mend` makes the named objects anew, with their rows."""

    def __init__(self, endpoint: str, client: bigquery.Client, catalog: Catalog) -> None:
        self._url = f"{endpoint}/bigquery/v2/projects/{PROJECT}/datasets"
        self._session, self._client, self._catalog = requests.Session(), client, catalog
        self._names = self._closure(self._looked_at() | {APPLY})
        self._deployment = Deployment(endpoint, catalog, PLACE)
        self._deployment.dataset(DATASET)
        self.mend([name for name in catalog.order() if name in self._names], there=())

    @property
    def checks(self) -> Mapping[str, Check]:
        return self._catalog.checks

    @property
    def routines(self) -> Mapping[str, Routine]:
        return {name: routine for name, routine in self._catalog.routines.items() if name in self._names}

    @property
    def outputs(self) -> StackOutputs:
        """The outputs of a stack that declares just these objects."""
        names = sorted(self._names)
        sources = [name for name in names if name in self._catalog.tables and self._catalog.tables[name].is_source]
        return StackOutputs(
            project=PROJECT,
            location="US",
            dataset=DATASET,
            tables=[name for name in names if name in self._catalog.tables and name not in sources],
            sources=sources,
            views=[name for name in names if name in self._catalog.views],
            routines=[name for name in names if name in self._catalog.routines],
            schedules={},
            run_account="",
            backup_bucket="",
            notification_channel="",
            alert_policies={},
        )

    def sql(self, script: str) -> None:
        """Run statements that name the logical dataset."""
        job = self._client.query(self._physical(script), timeout=SECONDS, retry=NO_RETRY, job_retry=None)
        job.result(timeout=SECONDS, retry=NO_RETRY)

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        encoded = [{key: parameters.json_value(value) for key, value in row.items()} for row in rows]
        errors = self._client.insert_rows_json(f"{PROJECT}.{DATASET}.{table}", encoded, timeout=SECONDS, retry=NO_RETRY)
        assert not errors, errors

    def redefine(self, name: str, before: str, after: str) -> None:
        """Replace a view or routine by itself with a part of its text changed, as somebody in the console would."""
        declared = self._catalog.objects[name]
        assert not isinstance(declared, Table)
        text = declared.sql.source.text.partition("CREATE OR REPLACE")
        changed = "".join(text[1:]).replace(before, after)
        assert changed != "".join(text[1:])
        self.sql(changed)

    def mend(self, names: Collection[str], there: Collection[str] | None = None) -> None:
        """Make these objects anew; `there` are those that exist, None: look."""
        for name in names:
            if there is None or name in there:
                self._remove(name)
            self._deployment.create(name)
            if name in self._catalog.tables:
                self._fill(name)
        if REFERENCE_DATA & set(names):
            self.sql(f"CALL `{LOGICAL_DATASET}.{APPLY}`()")

    def checks_that_see(self, names: Collection[str]) -> list[str]:
        """The checks that name one of the objects or use it through others; d1 and d3 see them all."""
        return ["d1", "d3"] + [
            check.id
            for check in self.checks.values()
            if self._closure(_declared_references(check)) & set(names)
            or any(f"'{name}'" in check.sql.text for name in names)
        ]

    def _fill(self, table: str) -> None:
        if table in ROWS:
            self.insert(table, ROWS[table])

    def _looked_at(self) -> set[str]:
        """What checks query, and what they look up by name."""
        found: set[str] = set()
        for check in self.checks.values():
            found |= _declared_references(check)
            found |= {word for word in re.findall(r"'(\w+)'", check.sql.text) if word in self._catalog.objects}
        return found

    def _closure(self, names: Iterable[str]) -> set[str]:
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += self._catalog.dependencies(name)
        return found

    def _remove(self, name: str) -> None:
        """Whatever stands under the name, if anything does."""
        for kind in ("routines", "tables"):
            answer = self._session.delete(f"{self._url}/{DATASET}/{kind}/{name}", timeout=SECONDS)
            assert answer.status_code in (200, 204, 404), answer.text

    def _physical(self, text: str) -> str:
        return text.replace(f"`{LOGICAL_DATASET}.", f"`{PROJECT}.{DATASET}.")


def _declared_references(check: Check) -> set[str]:
    return {reference.name for reference in check.sql.references if not reference.is_information_schema}
