"""What shows how a platform does, as cases of `test_provider`: log metrics, dashboards, services with objectives."""

from __future__ import annotations

import json

from provider_engine import Case

from gcp_local import environment

PROJECT, NUMBER = environment.project(), environment.PROJECT_NUMBER
METRIC, DASHBOARD = "gcp:logging/metric:Metric", "gcp:monitoring/dashboard:Dashboard"
WATCHED, SLO = "gcp:monitoring/customService:CustomService", "gcp:monitoring/slo:Slo"
RUNS = (
    'metric.type = "bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"'
    ' AND resource.type = "bigquery_dts_config"'
)
FAILED = f'{RUNS} AND metric.labels.completion_state = "FAILED"'
SECONDS = 'metric.type = "bigquery.googleapis.com/query/execution_times" AND resource.type = "bigquery_project"'


def dashboard(title: str, *, period: str = "3600s") -> str:
    """A dashboard with one chart, which says all that Google would fill in and nothing that it leaves out."""
    query = {
        "timeSeriesFilter": {
            "filter": RUNS,
            "aggregation": {"alignmentPeriod": period, "perSeriesAligner": "ALIGN_SUM"},
        }
    }
    chart = {"xyChart": {"dataSets": [{"plotType": "STACKED_BAR", "timeSeriesQuery": query}]}}
    tile = {"width": 24, "height": 16, "widget": {"title": "runs", **chart}}
    return json.dumps({"displayName": title, "mosaicLayout": {"columns": 48, "tiles": [tile]}})


SHOWN = [
    Case(
        METRIC,
        {"name": "made", "filter": 'severity >= ERROR AND jsonPayload.event = "deploy"', "description": "failures",
         "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "unit": "1",
                              "labels": [{"key": "event"}]},
         "labelExtractors": {"event": "EXTRACT(jsonPayload.event)"}},
        id="made",
        known={"name": "made", "project": PROJECT, "disabled": False, "valueExtractor": ""},
        change={"filter": "severity >= CRITICAL", "description": "worse"},
        changed={"filter": "UPDATE", "description": "UPDATE"},
        unknown=("id",),
    ),
    Case(
        METRIC,
        {"name": "figure", "filter": 'jsonPayload.event = "figures"', "valueExtractor": "EXTRACT(jsonPayload.score)",
         "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION", "unit": "1"},
         "bucketOptions": {"linearBuckets": {"numFiniteBuckets": 20, "width": 5, "offset": 0}}},
        id="figure",
        kind="distribution",
        known={"bucketOptions": {"linearBuckets": {"numFiniteBuckets": 20, "width": 5, "offset": 0},
                                 "explicitBuckets": None, "exponentialBuckets": None}},
        change={"valueExtractor": 'REGEXP_EXTRACT(jsonPayload.text, "score=([0-9]+)")'},
        changed={"valueExtractor": "UPDATE"},
        unknown=("id",),
    ),
    Case(
        DASHBOARD,
        {"dashboardJson": dashboard("made")},
        id=f"projects/{NUMBER}/dashboards/",
        known={"project": PROJECT},
        change={"dashboardJson": dashboard("changed", period="600s")},
        changed={"dashboardJson": "UPDATE"},
        unknown=("id",),
    ),
    Case(
        WATCHED,
        {"serviceId": "made", "displayName": "the platform", "userLabels": {"env": "dev"}},
        id=f"projects/{NUMBER}/services/made",
        known={"serviceId": "made", "project": PROJECT, "userLabels": {"env": "dev"}},
        change={"displayName": "the whole platform", "userLabels": {"env": "prod"}},
        changed={"displayName": "UPDATE", "userLabels.env": "UPDATE"},
        unknown=("id", "name"),
    ),
    Case(
        SLO,
        {"service": "base", "sloId": "good", "displayName": "runs", "goal": 0.999, "rollingPeriodDays": 28,
         "requestBasedSli": {"goodTotalRatio": {"badServiceFilter": FAILED, "totalServiceFilter": RUNS}}},
        id=f"projects/{NUMBER}/services/base/serviceLevelObjectives/good",
        kind="ratio",
        known={"service": "base", "sloId": "good", "goal": 0.999, "rollingPeriodDays": 28, "calendarPeriod": ""},
        change={"goal": 0.99, "rollingPeriodDays": 7},
        changed={"goal": "UPDATE", "rollingPeriodDays": "UPDATE"},
        unknown=("id", "name"),
    ),
    Case(
        SLO,
        {"service": "base", "sloId": "fast", "goal": 0.95, "calendarPeriod": "MONTH",
         "requestBasedSli": {"distributionCut": {"distributionFilter": SECONDS, "range": {"max": 30}}}},
        id=f"projects/{NUMBER}/services/base/serviceLevelObjectives/fast",
        kind="cut",
        known={"requestBasedSli": {"goodTotalRatio": None,
                                   "distributionCut": {"distributionFilter": SECONDS, "range": {"max": 30, "min": 0}}}},
        change={"requestBasedSli": {"distributionCut": {"distributionFilter": SECONDS, "range": {"max": 10}}}},
        changed={"requestBasedSli.distributionCut.range.max": "UPDATE"},
        unknown=("id", "name"),
    ),
]  # fmt: skip
