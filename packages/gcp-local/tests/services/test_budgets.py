"""Budgets: kept with the account's currency and Google's defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api

PARENT = "/billingbudgets/v1/billingAccounts/0123AB-4567CD-89EF01/budgets"
BUDGET: dict[str, Any] = {
    "displayName": "all of it",
    "amount": {"specifiedAmount": {"units": "50"}},
    "thresholdRules": [{"thresholdPercent": 0.9}],
}


def test_a_budget_is_completed_changed_by_mask_and_deleted(api: Api) -> None:
    made = api("POST", PARENT, BUDGET)
    assert made["amount"] == {"specifiedAmount": {"units": "50", "currencyCode": "USD"}}
    assert made["budgetFilter"] == {"creditTypesTreatment": "INCLUDE_ALL_CREDITS", "calendarPeriod": "MONTH"}
    assert made["thresholdRules"] == [{"thresholdPercent": 0.9, "spendBasis": "CURRENT_SPEND"}]
    path = f"/billingbudgets/v1/{made['name']}"
    more = {"amount": {"specifiedAmount": {"units": "60"}}, "displayName": "other"}
    changed = api("PATCH", path, more, updateMask="amount.specifiedAmount.units")
    assert (changed["amount"]["specifiedAmount"]["units"], changed["displayName"]) == ("60", "all of it")
    assert api("GET", PARENT)["budgets"] == [changed]
    api("DELETE", path)
    api.refused(404, "GET", path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": {}}, "needs one amount"),
        ({"amount": {"specifiedAmount": {"units": "5", "currencyCode": "EUR"}}}, "must be the account's (USD)"),
        ({"displayName": "x" * 61}, "more than 60 characters"),
    ],
)
def test_a_budget_that_google_refuses_is_refused(api: Api, changes: dict[str, Any], said: str) -> None:
    assert said in api.refused(400, "POST", PARENT, {**BUDGET, **changes})["message"]
    assert api("GET", PARENT) == {}
