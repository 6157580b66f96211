"""Billing: `gcp:billing/budget:Budget`.

Rules: terraform-provider-google-beta (93c65b2),
google-beta/services/billingbudgets/resource_billing_budget.go:150-520, :520-625 (create), :701-856 (update mask),
:1150-1400 (amounts), :2013 (the name is the last part of the API's), and the answers of the real plugin in
`tests/data`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import BUDGETS, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import NamedByItsApi
from gcp_local.provider.values import Bag

FILTERS = (
    "calendarPeriod", "creditTypes", "creditTypesTreatment", "customPeriod", "labels", "projects", "resourceAncestors",
    "services", "subaccounts",
)  # fmt: skip

MASKS: Final[Mapping[str, tuple[str, ...]]] = {
    "displayName": ("displayName",),
    "budgetFilter": tuple(f"budgetFilter.{name}" for name in FILTERS),
    "amount": tuple(f"amount.specifiedAmount.{name}" for name in ("currencyCode", "units", "nanos")),
    "thresholdRules": ("thresholdRules",),
    "allUpdatesRule": tuple(
        f"notificationsRule.{name}"
        for name in (
            "pubsubTopic", "schemaVersion", "monitoringNotificationChannels", "disableDefaultIamRecipients",
            "enableProjectLevelRecipients",
        )
    ),
    "ownershipScope": ("ownershipScope",),
}  # fmt: skip


def _monthly(old: Any, new: Any) -> bool:
    # checkValAndDefaultStringSuppress (:59)
    return {old, new} == {"", "MONTH"}


class Budget(NamedByItsApi):
    """A budget of a billing account."""

    facts = Facts(
        "gcp:billing/budget:Budget",
        force_new=paths("billingAccount"),
        computed=paths(
            "amount.specifiedAmount.currencyCode budgetFilter budgetFilter.labels budgetFilter.services deletionPolicy"
        ),
        defaults={
            "allUpdatesRule.disableDefaultIamRecipients": False,
            "allUpdatesRule.enableProjectLevelRecipients": False,
            "allUpdatesRule.schemaVersion": "1.0",
            "budgetFilter.creditTypesTreatment": "INCLUDE_ALL_CREDITS",
            "thresholdRules.spendBasis": "CURRENT_SPEND",
        },
        enums={
            "budgetFilter.calendarPeriod": ("MONTH", "QUARTER", "YEAR", "CALENDAR_PERIOD_UNSPECIFIED", ""),
            "budgetFilter.creditTypesTreatment": (
                "INCLUDE_ALL_CREDITS", "EXCLUDE_ALL_CREDITS", "INCLUDE_SPECIFIED_CREDITS", "",
            ),
            "ownershipScope": ("OWNERSHIP_SCOPE_UNSPECIFIED", "ALL_USERS", "BILLING_ACCOUNT", ""),
            "thresholdRules.spendBasis": ("CURRENT_SPEND", "FORECASTED_SPEND", ""),
        },
        checks={
            "*.day": rules.between(1, 31),
            "*.month": rules.between(1, 12),
            "*.year": rules.between(1, 9999),
        },
        max_items={"allUpdatesRule.monitoringNotificationChannels": 5},
        sets=paths("budgetFilter.projects budgetFilter.resourceAncestors"),
        same={"budgetFilter.calendarPeriod": _monthly},
        exactly_one=(("amount.lastPeriodAmount", "amount.specifiedAmount"),),
        at_least_one=(
            ("allUpdatesRule.monitoringNotificationChannels", "allUpdatesRule.pubsubTopic"),
            tuple(f"budgetFilter.{name}" for name in FILTERS),
        ),
    )  # fmt: skip

    id_template = "billingAccounts/{billingAccount}/budgets/{name}"

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the budget."""
        wanted = self.wanted(cloud, inputs)
        made = cloud.call(BUDGETS, "POST", f"billingAccounts/{wanted['billingAccount']}/budgets", _body(wanted))
        return str(made["name"])

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The budget as the API has it."""
        found = cloud.get(BUDGETS, identity)
        if found is None:
            return None
        shown = given(found, "displayName budgetFilter amount thresholdRules ownershipScope")
        if rule := found.get("notificationsRule"):
            shown["allUpdatesRule"] = rule
        if known.get("amount", {}).get("lastPeriodAmount"):
            shown["amount"] = {"lastPeriodAmount": True}
        return {**shown, **self.parts(identity, cloud.project)}

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change what differs."""
        changed = set(self.diff(former, inputs).properties)
        if mask := ",".join(",".join(fields) for name, fields in MASKS.items() if name in changed):
            cloud.call(BUDGETS, "PATCH", identity, _body(self.wanted(cloud, inputs, former)), {"updateMask": mask})

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the budget."""
        cloud.remove(BUDGETS, identity)


def _body(wanted: Bag) -> Bag:
    amount = wanted.get("amount") or {}
    body: Bag = pruned(given(wanted, "displayName budgetFilter thresholdRules ownershipScope"))
    body["amount"] = (
        {"lastPeriodAmount": {}} if amount.get("lastPeriodAmount") else pruned(given(amount, "specifiedAmount"))
    )
    if wanted.get("allUpdatesRule"):
        body["notificationsRule"] = pruned(wanted["allUpdatesRule"])
    return body
