"""Billing: `gcp:billing/budget:Budget`; checked and compared only.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/billingbudgets/resource_billing_budget.go:150-520,
and the answers of the real plugin in `tests/data`.
"""

from __future__ import annotations

from typing import Any

from gcp_local.provider import rules
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource

FILTERS = (
    "calendarPeriod", "creditTypes", "creditTypesTreatment", "customPeriod", "labels", "projects", "resourceAncestors",
    "services", "subaccounts",
)  # fmt: skip


def _monthly(old: Any, new: Any) -> bool:
    # checkValAndDefaultStringSuppress (:59)
    return {old, new} == {"", "MONTH"}


class Budget(Resource):
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
