"""What alert policies and notification channels may hold."""

from __future__ import annotations

from gcp_local.services.fields import (
    ANY_OBJECT,
    BOOL,
    DOUBLE,
    DURATION,
    INT32,
    LABELS,
    STRING,
    STRINGS,
    TIMESTAMP,
    Enum,
    Message,
    Repeated,
    Wrapped,
)

POLICY_TYPE = "google.monitoring.v3.AlertPolicy"
RECORD = Message({"mutateTime": TIMESTAMP, "mutatedBy": STRING})
COMPARISONS = Enum(
    "google.monitoring.v3.ComparisonType",
    (
        "COMPARISON_UNSPECIFIED",
        "COMPARISON_GT",
        "COMPARISON_GE",
        "COMPARISON_LT",
        "COMPARISON_LE",
        "COMPARISON_EQ",
        "COMPARISON_NE",
    ),
)
ALIGNERS = Enum(
    "google.monitoring.v3.Aggregation.Aligner",
    (
        "ALIGN_NONE",
        "ALIGN_DELTA",
        "ALIGN_RATE",
        "ALIGN_INTERPOLATE",
        "ALIGN_NEXT_OLDER",
        "ALIGN_MIN",
        "ALIGN_MAX",
        "ALIGN_MEAN",
        "ALIGN_COUNT",
        "ALIGN_SUM",
        "ALIGN_STDDEV",
        "ALIGN_COUNT_TRUE",
        "ALIGN_COUNT_FALSE",
        "ALIGN_FRACTION_TRUE",
        "ALIGN_PERCENTILE_99",
        "ALIGN_PERCENTILE_95",
        "ALIGN_PERCENTILE_50",
        "ALIGN_PERCENTILE_05",
        "ALIGN_PERCENT_CHANGE",
    ),
    (0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 24, 17, 18, 19, 20, 21, 23),
)
REDUCERS = Enum(
    "google.monitoring.v3.Aggregation.Reducer",
    (
        "REDUCE_NONE",
        "REDUCE_MEAN",
        "REDUCE_MIN",
        "REDUCE_MAX",
        "REDUCE_SUM",
        "REDUCE_STDDEV",
        "REDUCE_COUNT",
        "REDUCE_COUNT_TRUE",
        "REDUCE_COUNT_FALSE",
        "REDUCE_FRACTION_TRUE",
        "REDUCE_PERCENTILE_99",
        "REDUCE_PERCENTILE_95",
        "REDUCE_PERCENTILE_50",
        "REDUCE_PERCENTILE_05",
    ),
    (0, 1, 2, 3, 4, 5, 6, 7, 15, 8, 9, 10, 11, 12),
)
MISSING_DATA = Enum(
    f"{POLICY_TYPE}.Condition.EvaluationMissingData",
    (
        "EVALUATION_MISSING_DATA_UNSPECIFIED",
        "EVALUATION_MISSING_DATA_INACTIVE",
        "EVALUATION_MISSING_DATA_ACTIVE",
        "EVALUATION_MISSING_DATA_NO_OP",
    ),
)
TRIGGER = Message({"count": INT32, "percent": DOUBLE}, oneofs={"type": ("count", "percent")})
AGGREGATION = Message(
    {
        "alignmentPeriod": DURATION,
        "perSeriesAligner": ALIGNERS,
        "crossSeriesReducer": REDUCERS,
        "groupByFields": STRINGS,
    }
)
THRESHOLD = Message(
    {
        "filter": STRING,
        "aggregations": Repeated(AGGREGATION),
        "denominatorFilter": STRING,
        "denominatorAggregations": Repeated(AGGREGATION),
        "forecastOptions": Message({"forecastHorizon": DURATION}),
        "comparison": COMPARISONS,
        "thresholdValue": DOUBLE,
        "duration": DURATION,
        "trigger": TRIGGER,
        "evaluationMissingData": MISSING_DATA,
    }
)
ABSENT = Message({"filter": STRING, "aggregations": Repeated(AGGREGATION), "duration": DURATION, "trigger": TRIGGER})
MATCHED_LOG = Message({"filter": STRING, "labelExtractors": LABELS})
QUERY_LANGUAGE = Message(
    {"query": STRING, "duration": DURATION, "trigger": TRIGGER, "evaluationMissingData": MISSING_DATA}
)
PROMETHEUS = Message(
    {
        "query": STRING,
        "duration": DURATION,
        "evaluationInterval": DURATION,
        "labels": LABELS,
        "ruleGroup": STRING,
        "alertRule": STRING,
        "disableMetricValidation": BOOL,
    }
)
CONDITION_KINDS = (
    "conditionThreshold",
    "conditionAbsent",
    "conditionMatchedLog",
    "conditionMonitoringQueryLanguage",
    "conditionPrometheusQueryLanguage",
    "conditionSql",
)
CONDITION = Message(
    {
        "name": STRING,
        "displayName": STRING,
        "conditionThreshold": THRESHOLD,
        "conditionAbsent": ABSENT,
        "conditionMatchedLog": MATCHED_LOG,
        "conditionMonitoringQueryLanguage": QUERY_LANGUAGE,
        "conditionPrometheusQueryLanguage": PROMETHEUS,
        "conditionSql": Wrapped(ANY_OBJECT),
    },
    oneofs={"condition": CONDITION_KINDS},
)
PROMPTS = Enum(
    f"{POLICY_TYPE}.AlertStrategy.NotificationPrompt",
    ("NOTIFICATION_PROMPT_UNSPECIFIED", "OPENED", "CLOSED"),
    (0, 1, 3),
)
STRATEGY = Message(
    {
        "notificationRateLimit": Message({"period": DURATION}),
        "notificationPrompts": Repeated(PROMPTS),
        "autoClose": DURATION,
        "notificationChannelStrategy": Repeated(
            Message({"notificationChannelNames": STRINGS, "renotifyInterval": DURATION})
        ),
    }
)
DOCUMENTATION = Message(
    {
        "content": STRING,
        "mimeType": STRING,
        "subject": STRING,
        "links": Repeated(Message({"displayName": STRING, "url": STRING})),
    }
)
POLICY = Message(
    {
        "displayName": STRING,
        "documentation": DOCUMENTATION,
        "userLabels": LABELS,
        "conditions": Repeated(CONDITION),
        "combiner": Enum(
            f"{POLICY_TYPE}.ConditionCombinerType", ("COMBINE_UNSPECIFIED", "AND", "OR", "AND_WITH_MATCHING_RESOURCE")
        ),
        "enabled": Wrapped(BOOL),
        "notificationChannels": STRINGS,
        "alertStrategy": STRATEGY,
        "severity": Enum(f"{POLICY_TYPE}.Severity", ("SEVERITY_UNSPECIFIED", "CRITICAL", "ERROR", "WARNING")),
    },
    output_only=frozenset({"name", "validity", "creationRecord", "mutationRecord"}),
)
CHANNEL = Message(
    {
        "type": STRING,
        "displayName": STRING,
        "description": STRING,
        "labels": LABELS,
        "userLabels": LABELS,
        "enabled": Wrapped(BOOL),
    },
    output_only=frozenset({"name", "verificationStatus", "creationRecord", "mutationRecords"}),
)
