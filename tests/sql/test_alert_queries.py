"""The query that an alert tells somebody to look with is one that runs."""

from __future__ import annotations

import pytest

from catalog import load_cached
from catalog.alerts import AlertRule
from tests.sql.emulator import ROOT
from tests.sql.warehouse import PLACE, Warehouse

RULES = load_cached(ROOT).alerts


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_what_an_alert_says_to_look_with_can_be_run(warehouse: Warehouse, rule: AlertRule) -> None:
    warehouse.deploy(*(reference.name for reference in rule.sql.references if not reference.is_information_schema))
    warehouse.rows(rule.query(PLACE))
