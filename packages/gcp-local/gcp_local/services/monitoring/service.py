"""The service object that the modules of Monitoring register with, and what of the API no document says."""

from __future__ import annotations

from gcp_local.services.discovery.overlay import Overlay, Words, fields
from gcp_local.services.registry import Service

PACKAGE = "google.monitoring.v3"
POLICY_TYPE = f"{PACKAGE}.AlertPolicy"
CONDITION_KINDS = (
    "conditionThreshold",
    "conditionAbsent",
    "conditionMatchedLog",
    "conditionMonitoringQueryLanguage",
    "conditionPrometheusQueryLanguage",
    "conditionSql",
)
COMPARISONS = Words(f"{PACKAGE}.ComparisonType")
MISSING_DATA = Words(f"{POLICY_TYPE}.Condition.EvaluationMissingData")

# Numbers, groups and wrappers: github.com/googleapis/googleapis, google/monitoring/v3/alert.proto, common.proto and
# notification.proto, whose comments call the output-only fields read-only; the document does not mark them.
OVERLAY = Overlay(
    output_only=(
        fields("AlertPolicy", "name validity creationRecord mutationRecord")
        | fields("NotificationChannel", "name verificationStatus creationRecord mutationRecords")
    ),
    presence=frozenset({"AlertPolicy.enabled", "NotificationChannel.enabled"}),
    oneofs={
        "Condition": {"condition": CONDITION_KINDS},
        "Trigger": {"type": ("count", "percent")},
        "SqlCondition": {
            "schedule": ("minutes", "hourly", "daily"),
            "evaluate": ("rowCountTest", "booleanTest"),
        },
    },
    enums={
        "AlertPolicy.combiner": Words(f"{POLICY_TYPE}.ConditionCombinerType"),
        "AlertPolicy.severity": Words(f"{POLICY_TYPE}.Severity"),
        "AlertStrategy.notificationPrompts": Words(f"{POLICY_TYPE}.AlertStrategy.NotificationPrompt", (0, 1, 3)),
        "MetricThreshold.comparison": COMPARISONS,
        "RowCountTest.comparison": COMPARISONS,
        "MetricThreshold.evaluationMissingData": MISSING_DATA,
        "MonitoringQueryLanguageCondition.evaluationMissingData": MISSING_DATA,
        "Aggregation.perSeriesAligner": Words(
            f"{PACKAGE}.Aggregation.Aligner",
            (0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 24, 17, 18, 19, 20, 21, 23),
        ),
        "Aggregation.crossSeriesReducer": Words(
            f"{PACKAGE}.Aggregation.Reducer", (0, 1, 2, 3, 4, 5, 6, 7, 15, 8, 9, 10, 11, 12)
        ),
    },
)
SERVICE = Service(
    name="monitoring",
    documents=("v3", "v1"),
    overlay=OVERLAY,
    notes=(
        "Alert policies are kept and checked, not evaluated: no incident is opened and no notification is sent.",
        "Whether a metric exists is not checked. Filters are checked for syntax and, in metric conditions, for "
        "`metric.type` and `resource.type`; the text of PromQL and MQL queries is not.",
        "Sensitive channel labels are answered and kept obfuscated.",
    ),
)
