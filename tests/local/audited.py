"""The dataset that the old system left, on a local cloud: made by REST calls alone, never through our catalog.

Objects and columns as audited (tests/data/audited_dataset.json), none partitioned; beside them what the audit could
not list: a holiday calendar of two columns, routines under names that we use too, scheduled queries, people.
Large tables hold fewer rows than the audit counted, all others exactly as many.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from gcp_local import environment
from local.cloud import DATASET, PROJECT

AUDIT: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "audited_dataset.json").read_text(encoding="utf-8")
)
MOST_ROWS = {"mass_messages": 400, "caption_bank": 240, "caption_bank_staging": 60}
PAGES = [f"page_{number:02d}" for number in range(38)]
LEGACY_ACCOUNT = "legacy-etl"
ANALYST, EDITOR = "ann.analyst@example.com", "eve.editor@example.com"
# A table that somebody wanted for a year only, and what the dataset does to partitions made in it.
EXPIRING = "feature_flags"
PARTITIONS_LIVE_MS = 3650 * 86_400_000
BATCH = 100
# What another ETL and people do with the dataset: none of it is ours.
ROUTINES = (
    "CREATE FUNCTION `{d}.caption_key`(message STRING, page STRING) AS (TO_HEX(MD5(CONCAT(page, message))))",
    "CREATE FUNCTION `{d}.wilson_sample`(successes FLOAT64, failures FLOAT64) AS (successes / (successes + failures))",
    "CREATE FUNCTION `{d}.la_hour`(t TIMESTAMP) AS (EXTRACT(HOUR FROM t AT TIME ZONE 'America/Los_Angeles'))",
    "CREATE PROCEDURE `{d}.sweep_expired_caption_locks`(IN max_age_days INT64)\nBEGIN\n  SELECT max_age_days;\nEND",
    "CREATE PROCEDURE `{d}.run_daily_automation`(IN execution_date DATE, IN dry_run BOOL)\nBEGIN\n  SELECT 1;\nEND",
    "CREATE PROCEDURE `{d}.nightly_cleanup`()\nBEGIN\n  SELECT 1;\nEND",
)
SCHEDULES = {
    "Caption performance (legacy)": ("every 6 hours", "CALL `{p}.{d}.nightly_cleanup`()"),
    "Caption lock cleanup (legacy)": ("every 1 hours", "CALL `{p}.{d}.sweep_expired_caption_locks`(7)"),
}
APIS = ("bigquery", "bigquerydatatransfer", "cloudresourcemanager", "iam", "monitoring", "storage")


@dataclass
class OldSystem:
    """The dataset and how to speak to its cloud. `now` is the day of the audit as far as the rows go."""

    ports: Mapping[str, int]
    now: datetime

    @classmethod
    def build(cls, ports: Mapping[str, int]) -> OldSystem:
        """Makes everything."""
        made = cls(ports, datetime.now(UTC).replace(microsecond=0))
        made._dataset()
        for entry in AUDIT:
            if entry["kind"] == "table":
                made._table(entry["name"], entry["columns"], entry["rows"])
        made._table("holiday_calendar", [_column("holiday_date", "DATE"), _column("name", "STRING")], 0)
        for entry in AUDIT:
            if entry["kind"] == "view":
                made._view(entry["name"], entry["columns"])
        for statement in ROUTINES:
            made.query(statement.format(d=f"{PROJECT}.{DATASET}"))
        made._schedules()
        return made

    def rest(self, method: str, path: str, body: Any = None, **parameters: str) -> Any:
        """A call of Google's API; fails on an error."""
        process = environment.BIGQUERY if path.startswith("/bigquery/") else environment.SERVICES
        url = environment.url(self.ports[process], path)
        answer = httpx.request(method, url, json=body, params=parameters, timeout=120, trust_env=False)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else {}

    def query(self, sql: str) -> list[list[Any]]:
        """Rows of a statement as REST writes them."""
        body = {"query": sql, "useLegacySql": False, "timeoutMs": 60000}
        answer = self.rest("POST", f"/bigquery/v2/projects/{PROJECT}/queries", body)
        assert answer.get("jobComplete", True), answer
        return [[cell["v"] for cell in row["f"]] for row in answer.get("rows", [])]

    def contents(self, table: str, columns: list[str]) -> list[str]:
        """Every row of a table as text, sorted: what must be there afterwards too."""
        listed = ", ".join(f"`{name}`" for name in columns)
        rows = self.query(f"SELECT TO_JSON_STRING(STRUCT({listed})) FROM `{PROJECT}.{DATASET}.{table}`")
        return sorted(row[0] for row in rows)

    def _dataset(self) -> None:
        access = [
            {"role": "OWNER", "specialGroup": "projectOwners"},
            {"role": "WRITER", "userByEmail": EDITOR},
            {"role": "READER", "userByEmail": ANALYST},
            {"role": "READER", "specialGroup": "projectReaders"},
            {"view": {"projectId": PROJECT, "datasetId": "reports", "tableId": "sales_by_page"}},
            {"dataset": {"dataset": {"projectId": PROJECT, "datasetId": "boards"}, "targetTypes": ["VIEWS"]}},
        ]
        reference = {"projectId": PROJECT, "datasetId": DATASET}
        body = {
            "datasetReference": reference,
            "location": "US",
            "access": access,
            "labels": {"team": "scheduling"},
            "defaultPartitionExpirationMs": str(PARTITIONS_LIVE_MS),
        }
        self.rest("POST", f"/bigquery/v2/projects/{PROJECT}/datasets", body)

    def _table(self, name: str, columns: list[dict[str, Any]], count: int) -> None:
        end = str(int((self.now + timedelta(days=300)).timestamp() * 1000))
        expiring = {"expirationTime": end} if name == EXPIRING else {}
        self._insert(name, {"schema": {"fields": columns}, **expiring})
        rows = [self._row(name, columns, number) for number in range(min(count, MOST_ROWS.get(name, count)))]
        for start in range(0, len(rows), BATCH):
            values = ",\n".join(f"({', '.join(row)})" for row in rows[start : start + BATCH])
            listed = ", ".join(f"`{column['name']}`" for column in columns)
            self.query(f"INSERT INTO `{PROJECT}.{DATASET}.{name}` ({listed}) VALUES {values}")

    def _view(self, name: str, columns: list[dict[str, Any]]) -> None:
        listed = ", ".join(f"{_empty(column)} AS `{column['name']}`" for column in columns)
        self._insert(name, {"view": {"query": f"SELECT {listed} LIMIT 0", "useLegacySql": False}})

    def _insert(self, name: str, body: dict[str, Any]) -> None:
        reference = {"projectId": PROJECT, "datasetId": DATASET, "tableId": name}
        path = f"/bigquery/v2/projects/{PROJECT}/datasets/{DATASET}/tables"
        self.rest("POST", path, {"tableReference": reference, **body})

    def _schedules(self) -> None:
        """Two scheduled queries under names of their own, run by an account of the old system."""
        for api in APIS:
            self.rest("POST", f"/serviceusage/v1/projects/{PROJECT}/services/{api}.googleapis.com:enable", {})
        account = {"accountId": LEGACY_ACCOUNT, "serviceAccount": {"displayName": "Old ETL"}}
        email = self.rest("POST", f"/iam/v1/projects/{PROJECT}/serviceAccounts", account)["email"]
        agent = self.rest(
            "POST",
            f"/serviceusage/v1beta1/projects/{PROJECT}/services/bigquerydatatransfer.googleapis.com"
            ":generateServiceIdentity",
            {},
        )["response"]["email"]
        binding = {"role": "roles/iam.serviceAccountTokenCreator", "members": [f"serviceAccount:{agent}"]}
        path = f"/iam/v1/projects/{PROJECT}/serviceAccounts/{email}:setIamPolicy"
        self.rest("POST", path, {"policy": {"bindings": [binding]}})
        for name, (schedule, query) in SCHEDULES.items():
            config = {
                "displayName": name,
                "dataSourceId": "scheduled_query",
                "schedule": schedule,
                "params": {"query": query.format(p=PROJECT, d=DATASET)},
            }
            path = f"/bigquerydatatransfer/v1/projects/{PROJECT}/locations/us/transferConfigs"
            self.rest("POST", path, config, serviceAccountName=email)

    def _row(self, table: str, columns: list[dict[str, Any]], number: int) -> list[str]:
        """Literals of a row, the same in each run: by column name where it means something, else by type."""
        chance = random.Random(f"{table}/{number}")
        return [self._literal(column, number, chance) for column in columns]

    def _literal(self, column: dict[str, Any], number: int, chance: random.Random) -> str:
        name, kind = column["name"], column["type"]
        if column["mode"] == "REPEATED":
            inner = [_text(f"{name} {number}")] if kind == "STRING" else [str(number % 24)]
            return f"[{', '.join(inner * (number % 3))}]" if number % 3 else f"ARRAY<{_sql(kind)}>[]"
        if known := self._known(name, number, chance):
            return known
        if column["mode"] == "NULLABLE" and number % 7 == 6:
            return "NULL"
        moment = self.now - timedelta(minutes=37 * number + 60)
        values = {
            "STRING": _text(f"{name} {number}"),
            "INTEGER": str(number),
            "FLOAT": f"{chance.random():.6f}",
            "BOOLEAN": "TRUE" if number % 2 else "FALSE",
            "TIMESTAMP": f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}+00'",
            "DATE": f"DATE '{moment:%Y-%m-%d}'",
            "JSON": f"JSON '{json.dumps({'messages': [{'n': number}]})}'",
        }
        return values[kind]

    def _known(self, name: str, number: int, chance: random.Random) -> str:
        day: date = (self.now + timedelta(days=number % 11 - 5)).date()
        known = {
            "page_name": _text(PAGES[number % len(PAGES)]),
            "caption_id": str(-(10**15) - number),
            "caption_text": _text(f"Only today, number {number}: what do you say?"),
            "message": _text(f"Only today, number {number % 240}: what do you say?"),
            "row_id": str(number),
            "assignment_key": _text(f"{PAGES[number % len(PAGES)]}|{number}"),
            "scheduled_send_date": f"DATE '{day}'",
            "scheduled_send_hour": str(number % 24),
            "sent_count": str(200 + number),
            "viewed_count": str(100 + number % 90),
            "purchased_count": f"{number % 20}.0",
            "earnings": f"{chance.random() * 90:.2f}",
            "price": f"{5 + number % 30}.0",
            "message_type": _text("PPV" if number % 3 else "Bump"),
            "price_tier": _text(("low", "budget", "mid", "high", "premium", "luxury", "bump")[number % 7]),
            "usage_status": _text("available"),
            "overall_performance_score": f"{0.1 + chance.random():.4f}",
            "conversion_score": f"{chance.random():.4f}",
            "flag": _text("caption_restrictions_enabled"),
            "is_enabled": "TRUE",
        }
        return known.get(name, "")


def _column(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "mode": "NULLABLE"}


def _sql(kind: str) -> str:
    return {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}.get(kind, kind)


def _empty(column: dict[str, Any]) -> str:
    kind = _sql(column["type"])
    return f"ARRAY<{kind}>[]" if column["mode"] == "REPEATED" else f"CAST(NULL AS {kind})"


def _text(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"
