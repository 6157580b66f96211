"""`gcp:monitoring/alertPolicy:AlertPolicy`."""

from __future__ import annotations

from typing import Any, Final

from typing_extensions import override

from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import MONITORING, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

SAME_NAME: Final = "displayName combiner conditions documentation notificationChannels severity userLabels"
STRATEGY: Final = "alertStrategy"
CHANNELS: Final = ("notificationChannelStrategies", "notificationChannelStrategy")

COMPARISONS = tuple(f"COMPARISON_{name}" for name in ("GT", "GE", "LT", "LE", "EQ", "NE"))
REDUCERS = (
    *(f"REDUCE_{name}" for name in ("NONE", "MEAN", "MIN", "MAX", "SUM", "STDDEV", "COUNT", "COUNT_TRUE")),
    *(f"REDUCE_{name}" for name in ("COUNT_FALSE", "FRACTION_TRUE")),
    *(f"REDUCE_PERCENTILE_{level}" for level in ("99", "95", "50", "05")),
    "",
)
ALIGNERS = (
    *(f"ALIGN_{name}" for name in ("NONE", "DELTA", "RATE", "INTERPOLATE", "NEXT_OLDER", "MIN", "MAX", "MEAN")),
    *(f"ALIGN_{name}" for name in ("COUNT", "SUM", "STDDEV", "COUNT_TRUE", "COUNT_FALSE", "FRACTION_TRUE")),
    *(f"ALIGN_PERCENTILE_{level}" for level in ("99", "95", "50", "05")),
    "ALIGN_PERCENT_CHANGE",
    "",
)
MISSING_DATA = (*(f"EVALUATION_MISSING_DATA_{name}" for name in ("INACTIVE", "ACTIVE", "NO_OP")), "")


def _no_reducer(old: Any, new: Any) -> bool:
    return {old, new} == {"", "REDUCE_NONE"} or (old == "" and new is None)


class AlertPolicy(Resource):
    """When to notify whom."""

    facts = Facts(
        "gcp:monitoring/alertPolicy:AlertPolicy",
        force_new=paths("project"),
        computed=paths("project deletionPolicy"),
        defaults={"enabled": True, "documentation.mimeType": "text/markdown"},
        enums={
            "combiner": ("AND", "OR", "AND_WITH_MATCHING_RESOURCE"),
            "severity": ("CRITICAL", "ERROR", "WARNING", ""),
            "*.comparison": COMPARISONS,
            "*.crossSeriesReducer": REDUCERS,
            "*.perSeriesAligner": ALIGNERS,
            "*.evaluationMissingData": MISSING_DATA,
            "alertStrategy.notificationPrompts": ("NOTIFICATION_PROMPT_UNSPECIFIED", "OPENED", "CLOSED"),
        },
        same={"*.crossSeriesReducer": _no_reducer},
        at_least_one=(
            ("documentation.content", "documentation.links", "documentation.mimeType", "documentation.subject"),
        ),
        read_only=paths("conditions.name"),
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the policy; the cloud names it."""
        wanted = self.wanted(cloud, inputs)
        parent = f"v3/projects/{wanted['project']}/alertPolicies"
        return str(cloud.call(MONITORING, "POST", parent, self._body(wanted))["name"])

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The policy as Monitoring has it."""
        found = cloud.get(MONITORING, f"v3/{identity}")
        if found is None:
            return None
        record = found.get("creationRecord")
        return {
            **given(found, f"{SAME_NAME} name"),
            "enabled": found.get("enabled", False),
            STRATEGY: _renamed(found.get(STRATEGY), CHANNELS[1], CHANNELS[0]),
            "creationRecords": [record] if record else [],
            "project": identity.split("/")[1],
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change what differs."""
        changed = sorted(set(self.diff(former, inputs).properties) - {"deletionPolicy"})
        if changed:
            body = {"name": identity, **self._body(self.wanted(cloud, inputs, former))}
            cloud.call(MONITORING, "PATCH", f"v3/{identity}", body, {"updateMask": ",".join(changed)})

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the policy."""
        cloud.remove(MONITORING, f"v3/{identity}")

    def _body(self, wanted: Bag) -> Bag:
        body: Bag = {**pruned(given(wanted, SAME_NAME)), "enabled": bool(wanted["enabled"])}
        strategy = _renamed(pruned(wanted.get(STRATEGY)), *CHANNELS)
        return {**body, STRATEGY: strategy} if strategy else body


def _renamed(block: Bag | None, here: str, there: str) -> Bag | None:
    if not block:
        return None
    return {there if name == here else name: value for name, value in block.items()}
