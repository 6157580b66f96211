"""Statements of weeks and exports, analyzed as BigQuery would: names, types, language. The emulator forgives more."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import operations.byhand
import operations.sheets
import operations.weeks
from catalog import Rights
from catalog.analysis import generated
from catalog.references import LogicalSql
from catalog.tokens import SqlText
from catalog.usage import usage_of_statement
from catalog.week_rights import NAMED
from googlesql_gate.checker import check
from operations import locks
from operations.byhand.rule_tables import PROFILES, RESTRICTIONS
from operations.weeks import selecting, storing

ROOT = Path(__file__).parents[4]
TEXTS = (
    *("page", "stamp", "id", "status", "schedule", "reason", "zone", "action", "details", "segment", "error", "by"),
    *("form", "flag", "sheet", "entity", "job", "caption", "restriction_text", "applies_to_scope", "notes", "pattern"),
)
TYPES = {
    **dict.fromkeys(TEXTS, "STRING"),
    **dict.fromkeys(("pages", "ids", "patterns", "categories", "tiers"), "ARRAY<STRING>"),
    **dict.fromkeys((*RESTRICTIONS.lists, *PROFILES.lists), "ARRAY<STRING>"),
    **dict.fromkeys(("today", "since", "monday", "sunday", "latest", "first", "last", "day"), "DATE"),
    **dict.fromkeys(("is_on", "closed", "needed_too"), "BOOL"),
    **dict.fromkeys(("now", "lease", "ended", "claimed", "built", "logged", "newer_than"), "TIMESTAMP"),
    **dict.fromkeys(("recent", "alerts_since", "newest", "earliest"), "TIMESTAMP"),
    **dict.fromkeys(("locks", "hour", "budget", "mid", "premium", "bump", "limit"), "INT64"),
    **dict.fromkeys(("version", "min_ppv_pool", "min_bump_pool"), "INT64"),
    "seconds": "FLOAT64",
}


def structs(fields: Mapping[str, str]) -> str:
    return f"ARRAY<STRUCT<{', '.join(f'{name} {kind}' for name, kind in fields.items())}>>"


# Where a name stands for something else in a statement.
OTHER_TYPES = {
    "TARGETS": {"pages": structs({"page_name": "STRING", "size_tier": "STRING", "risk_level": "STRING"})},
    "LOG": {"messages": "INT64"},
    "STORE": {"messages": structs(storing.FIELDS)},
    "SELECT": {"requests": structs(selecting.FIELDS)},
    "CONFLICTS": {
        "assignments": structs({"caption_id": "INT64", "scheduled_send_date": "DATE", "scheduled_send_hour": "INT64"})
    },
}


class Logical(dict[str, str]):
    """`{name}` as files below sql/ write it."""

    def __missing__(self, name: str) -> str:
        return f"`eros_scheduling_brain.{name}`"


def statements(package: ModuleType = operations.weeks) -> dict[tuple[str, str], str]:
    """Every statement by its module and name."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        values = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
        for name, text in values.items():
            if name.isupper() and isinstance(text, str) and re.search(r"\{[a-z_]+\}", text):
                found[module.name, name] = text
    return found


def scripts() -> dict[Path, str]:
    """Every statement as a script whose variables are its parameters."""
    every = statements() | statements(operations.sheets) | statements(operations.byhand)
    return {Path("sql") / f"{module}_{name}.sql": script(name, text) for (module, name), text in every.items()}


def script(name: str, text: str) -> str:
    types = TYPES | OTHER_TYPES.get(name, {})
    sql = text.format_map(Logical()).strip().rstrip(";")
    declared = "".join(f"DECLARE v_{one} {types[one]};\n" for one in sorted(set(re.findall(r"@(\w+)", sql))))
    return declared + re.sub(r"@(\w+)", r"v_\1", sql) + ";\n"


def test_every_statement_is_one_that_bigquery_takes() -> None:
    """And one with a column that no table has is found among them."""
    sound = scripts()
    assert len(sound) >= 31
    claim = sound[Path("sql/queue_CLAIM.sql")]
    assert "lease_expires_at" in claim
    broken = {Path("sql/broken.sql"): claim.replace("lease_expires_at", "lease_ends_at")}
    report = check(ROOT, generated=generated(ROOT) | sound | broken)
    assert [found.path for found in report.findings] == [Path("sql/broken.sql")]
    assert "lease_ends_at" in report.findings[0].message


def test_the_stack_grants_week_builders_what_the_statements_name() -> None:
    read, written, called = set[str](), set[str](), set[str]()
    for text in (statements() | statements(operations.sheets)).values():
        source = SqlText(Path("sql/statement.sql"), text.format_map(Logical()))
        usage = usage_of_statement(LogicalSql(source, source.tokens))
        read |= usage.reads
        written |= usage.writes.keys()
        called |= usage.calls
    # Its statement is that of operations.locks, for weeks and for people.
    called |= {"lock_caption_assignments_at"} & set(re.findall(r"\w+", inspect.getsource(locks)))
    assert Rights(frozenset(read), frozenset(written), frozenset(called)) == NAMED
