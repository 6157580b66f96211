"""`gcp:monitoring/alertPolicy:AlertPolicy`."""

from __future__ import annotations

from typing import Any

from local_cloud.provider.facts import Facts, paths
from local_cloud.provider.resource import Resource

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
