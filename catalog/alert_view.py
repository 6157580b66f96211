"""The alert rules as the view `declared_alert_rules`, one row a condition: what health check and evaluator go by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from catalog.alerts import AlertRule, Condition
from catalog.model import View
from catalog.references import LOGICAL_DATASET
from catalog.rows_view import rows_view, sql_bool, sql_string, sql_strings

DESCRIPTION = "Alert rules as the configuration declares them, one row a condition."
# Name, type and meaning.
COLUMNS = (
    ("rule", "STRING", "Name of the rule."),
    ("title", "STRING", "The rule in a few words."),
    ("level", "STRING", "CRITICAL, WARNING or INFO."),
    ("signal", "STRING", "What is measured; a rule may have conditions on several signals."),
    ("label", "STRING", "The signal in words."),
    ("unit", "STRING", "Unit of the signal's value and of the threshold."),
    ("comparison", "STRING", "ABOVE or BELOW: on which side of the threshold the condition is met."),
    ("threshold", "FLOAT64", "Threshold, in the signal's unit."),
    ("cooldown_minutes", "INT64", "The same is not told again sooner, in minutes."),
    ("auto_resolve", "BOOL", "TRUE when the alert closes by itself once the condition is gone."),
    ("is_enabled", "BOOL", "FALSE when it is told to nobody."),
    ("counts_for_health", "BOOL", "TRUE when it counts in the health score."),
    ("covers", "ARRAY<STRING>", "Kinds of alerts of jobs that are not told of beside it."),
    ("measured", "STRING", "Text of what was measured, with {placeholders}."),
    ("expected", "STRING", "What is well, in words."),
    ("meaning", "STRING", "What it means when the condition is met."),
    ("actions", "ARRAY<STRING>", "What to do, in order."),
    ("query", "STRING", "Statement to look with; its objects lie in this dataset."),
)


def view(name: str, path: Path, rules: Sequence[AlertRule]) -> View:
    """The view of these rules, which the file at `path` declares."""
    rows = [_row(rule, condition) for rule in rules for condition in rule.conditions]
    return rows_view(name, path, DESCRIPTION, COLUMNS, rows, component="telemetry")


def _row(rule: AlertRule, condition: Condition) -> str:
    values = (
        *map(sql_string, (rule.name, rule.title, condition.level, condition.signal)),
        *map(sql_string, (condition.measures.label, condition.measures.unit, condition.comparison)),
        repr(condition.threshold),
        str(rule.cooldown_minutes),
        *map(sql_bool, (rule.auto_resolve, rule.enabled, rule.health)),
        sql_strings(rule.covers),
        *map(sql_string, (rule.measured, condition.expected, rule.meaning)),
        sql_strings(rule.actions),
        sql_string(rule.sql.text.replace(f"`{LOGICAL_DATASET}.", "").replace("`", "")),
    )
    return f"({', '.join(values)})"
