"""The service object that the modules of Monitoring register with, and what of the API no document says."""

from __future__ import annotations

from gcp_local.services.discovery.overlay import Overlay, Words, fields
from gcp_local.services.monitoring import dashboard_words
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
ALIGNERS = Words(
    f"{PACKAGE}.Aggregation.Aligner",
    (0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 24, 17, 18, 19, 20, 21, 23),
)
REDUCERS = Words(f"{PACKAGE}.Aggregation.Reducer", (0, 1, 2, 3, 4, 5, 6, 7, 15, 8, 9, 10, 11, 12))
MISSING_DATA = Words(f"{POLICY_TYPE}.Condition.EvaluationMissingData")

# Numbers, groups and wrappers: github.com/googleapis/googleapis, google/monitoring/v3/alert.proto, common.proto and
# notification.proto, whose comments call the output-only fields read-only; the document does not mark them. Of
# objectives: google/monitoring/v3/service.proto.
OVERLAY = Overlay(
    output_only=(
        fields("AlertPolicy", "name validity creationRecord mutationRecord")
        | fields("NotificationChannel", "name verificationStatus creationRecord mutationRecords")
        | fields("Snooze", "name")
    ),
    presence=frozenset({"AlertPolicy.enabled", "NotificationChannel.enabled"}),
    oneofs={
        "Condition": {"condition": CONDITION_KINDS},
        "Trigger": {"type": ("count", "percent")},
        "SqlCondition": {
            "schedule": ("minutes", "hourly", "daily"),
            "evaluate": ("rowCountTest", "booleanTest"),
        },
        **dashboard_words.GROUPS,
        "ServiceLevelObjective": {"period": ("rollingPeriod", "calendarPeriod")},
        "ServiceLevelIndicator": {"type": ("basicSli", "requestBased", "windowsBased")},
        "RequestBasedSli": {"method": ("goodTotalRatio", "distributionCut")},
    },
    enums={
        "AlertPolicy.combiner": Words(f"{POLICY_TYPE}.ConditionCombinerType"),
        "AlertPolicy.severity": Words(f"{POLICY_TYPE}.Severity"),
        "AlertStrategy.notificationPrompts": Words(f"{POLICY_TYPE}.AlertStrategy.NotificationPrompt", (0, 1, 3)),
        "MetricThreshold.comparison": COMPARISONS,
        "RowCountTest.comparison": COMPARISONS,
        "MetricThreshold.evaluationMissingData": MISSING_DATA,
        "MonitoringQueryLanguageCondition.evaluationMissingData": MISSING_DATA,
        "Aggregation.perSeriesAligner": ALIGNERS,
        "Aggregation.crossSeriesReducer": REDUCERS,
        **{f"?{name}.perSeriesAligner": ALIGNERS for name in ("aggregation", "secondaryAggregation")},
        **{f"?{name}.crossSeriesReducer": REDUCERS for name in ("aggregation", "secondaryAggregation")},
        **dashboard_words.WORDS,
        "ServiceLevelObjective.calendarPeriod": Words("google.type.CalendarPeriod"),
        "?view": Words(f"{PACKAGE}.ListTimeSeriesRequest.TimeSeriesView"),
    },
    paths={"/v3/{v3Id}/{v3Id1}/services": "/v3/projects/{projectsId}/services"},
)
SERVICE = Service(
    name="monitoring",
    documents=("v3", "v1"),
    overlay=OVERLAY,
    notes=(
        "Policies are evaluated: log conditions at every entry, threshold and absence conditions every minute. PromQL, "
        "MQL, forecast and ratio conditions, several aggregations and repeated notifications "
        "(`renotifyInterval`) are kept and not evaluated.",
        "Recorded metrics: `bigquerydatatransfer.googleapis.com/transfer_config/completed_runs`, one point a run that "
        "ended; of the statements of these runs `bigquery.googleapis.com/query/execution_times` and "
        "`query/statement_scanned_bytes_billed`; the project's log metrics, `logging.googleapis.com/user/NAME`. "
        "Whether a metric exists is not checked; one that is not recorded has no data.",
        "Percentiles of distributions are exact, where Google estimates them from buckets; no buckets are answered.",
        "Dashboards are kept as Google keeps them, without what is empty or 0. Services are custom ones, objectives "
        "request-based, kept and not computed.",
        "Log conditions: an entry that matches while an incident of the same condition and labels is open notifies of "
        "that one again; one notification a period of the policy and 20 in 24 hours; closed by `autoClose` after the "
        "last match, without a notification.",
        "An absence is seen only of a series that had a point after the policy was created or last changed, as Google "
        "documents it: a job that never ran since then is not missed. Closed for want of data, it opens again only "
        "after new data.",
        "Thresholds without data stay as they are unless `evaluationMissingData` says otherwise: an incident of a "
        "metric that is not reported again closes by `autoClose`, which is 7 days when unset.",
        "Notifications are kept in an outbox and sent where receivers are stated (see the README); mails and requests "
        "go to nobody else. Google Chat gets no documentation. Sensitive channel labels are answered obfuscated.",
        "Filters are checked for syntax and, in metric conditions, for `metric.type` and `resource.type`; the text of "
        "PromQL and MQL queries is not.",
    ),
)
