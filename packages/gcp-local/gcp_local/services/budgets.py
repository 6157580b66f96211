"""Billing budgets of the one billing account that the project is charged to. Nothing is charged, nobody is mailed."""

from __future__ import annotations

import uuid

from gcp_local.services.discovery.overlay import Overlay, Words
from gcp_local.services.errors import Json, invalid, not_found
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.paging import page
from gcp_local.services.registry import Call, Service

# Numbers: google-cloud-billing-budgets 1.22.0, google/cloud/billing/budgets_v1/types/budget_model.py;
# of ownershipScope and inputState, which that client does not have, the order is the document's.
_P, _W = "GoogleCloudBillingBudgetsV1", "google.cloud.billing.budgets.v1"
OVERLAY = Overlay(
    enums={
        f"{_P}Filter.calendarPeriod": Words(f"{_W}.CalendarPeriod"),
        f"{_P}Filter.creditTypesTreatment": Words(f"{_W}.Filter.CreditTypesTreatment"),
        f"{_P}ThresholdRule.spendBasis": Words(f"{_W}.ThresholdRule.Basis"),
        f"{_P}Budget.ownershipScope": Words(f"{_W}.OwnershipScope"),
        f"{_P}SpendCap.inputState": Words(f"{_W}.SpendCap.State"),
    },
    body_names={f"billingAccounts.budgets.{verb}": "" for verb in ("create", "patch")},
)
SERVICE = Service(
    name="billingbudgets",
    documents=("v1",),
    overlay=OVERLAY,
    notes=("Budgets are kept, in dollars; nothing here costs anything, so none is ever exceeded.",),
)
BUDGETS = "billingbudgets.budgets"
CURRENCY = "USD"


@SERVICE.handles("billingAccounts.budgets.create")
def create(call: Call) -> Json:
    """Make a budget; the account's currency is filled in."""
    name = f"billingAccounts/{call.path['billingAccountsId']}/budgets/{uuid.uuid4()}"
    return _save(call, {**call.body, "name": name})


@SERVICE.handles("billingAccounts.budgets.get")
def get(call: Call) -> Json:
    """One budget."""
    return _find(call)


@SERVICE.handles("billingAccounts.budgets.list")
def list_budgets(call: Call) -> Json:
    """The budgets of an account."""
    parent = f"billingAccounts/{call.path['billingAccountsId']}/"
    return page(call, "budgets", [one for one in call.cloud.store.list(BUDGETS) if one["name"].startswith(parent)])


@SERVICE.handles("billingAccounts.budgets.patch")
def patch(call: Call) -> Json:
    """Change what the mask names, or all that is given."""
    paths = read_mask(call.parameter("updateMask")) or [name for name in call.body if name not in ("name", "etag")]
    check_mask(paths, call.schema)
    with call.cloud.store.transaction():
        return _save(call, apply_mask(_find(call), call.body, paths))


@SERVICE.handles("billingAccounts.budgets.delete")
def delete(call: Call) -> Json:
    """Delete a budget."""
    call.cloud.store.delete(BUDGETS, _find(call)["name"])
    return {}


def _find(call: Call) -> Json:
    name = f"billingAccounts/{call.path['billingAccountsId']}/budgets/{call.path['budgetsId']}"
    budget = call.cloud.store.get(BUDGETS, name)
    if budget is None:
        raise not_found("Requested entity was not found.")
    return budget


def _save(call: Call, budget: Json) -> Json:
    """Defaults and limits: cloud.google.com/billing/docs/reference/budget/rest/v1/billingAccounts.budgets."""
    amount = budget.get("amount", {})
    if len(amount) != 1:
        raise invalid("A budget needs one amount: specifiedAmount or lastPeriodAmount.", field="budget.amount")
    money = amount.get("specifiedAmount")
    if money is not None and money.setdefault("currencyCode", CURRENCY) != CURRENCY:
        raise invalid(f"The currency must be the account's ({CURRENCY}).", field="budget.amount.specified_amount")
    if len(budget.get("displayName", "")) > 60:
        raise invalid("The display name has more than 60 characters.", field="budget.display_name")
    chosen = budget.setdefault("budgetFilter", {})
    chosen.setdefault("creditTypesTreatment", "INCLUDE_ALL_CREDITS")
    if not chosen.get("customPeriod"):
        chosen.setdefault("calendarPeriod", "MONTH")
    for rule in budget.get("thresholdRules", []):
        rule.setdefault("spendBasis", "CURRENT_SPEND")
    budget["etag"] = uuid.uuid4().hex[:16]
    call.cloud.store.put(BUDGETS, budget["name"], budget)
    return budget
