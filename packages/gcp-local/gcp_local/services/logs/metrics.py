"""Log metrics: what they count or extract of entries, as points that Monitoring reads as series.

Rules: docs.cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics and .../logs-based-metrics: a metric
knows what came after it was made, by the time in the entry, at most a day old and ten minutes ahead.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from gcp_local.services import points
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json, invalid, not_found
from gcp_local.services.logs import extractors, query
from gcp_local.services.logs.service import SERVICE
from gcp_local.services.paging import page
from gcp_local.services.registry import Call
from gcp_local.services.scalars import timestamp

METRICS = "logging.metrics"
TYPE = "logging.googleapis.com/user/"
NAME = re.compile(r"(?!/)[A-Za-z0-9_\-.,+!*',()%/]{1,100}")
PAST, AHEAD = timedelta(days=1), timedelta(minutes=10)


@SERVICE.handles("projects.metrics.create")
def create(call: Call) -> Json:
    """Make a metric; it counts from now on."""
    name = call.body.get("name", "")
    if not NAME.fullmatch(name):
        raise invalid(f"Invalid metric name '{name}'.", field="metric.name")
    with call.cloud.store.transaction():
        if call.cloud.store.get(METRICS, name) is not None:
            raise ApiError(409, f"Metric {name} already exists.", reason="alreadyExists")
        return _save(call, name, timestamp(call.cloud.now()))


@SERVICE.handles("projects.metrics.get")
def get(call: Call) -> Json:
    """One metric."""
    return _find(call)


@SERVICE.handles("projects.metrics.list")
def list_metrics(call: Call) -> Json:
    """The project's metrics."""
    return page(call, "metrics", call.cloud.store.list(METRICS))


@SERVICE.handles("projects.metrics.update")
def update(call: Call) -> Json:
    """Write a metric whole, new or changed; its points stay."""
    name = unquote(call.path["metricsId"])
    if call.body.get("name", name) != name or not NAME.fullmatch(name):
        raise invalid(f"The metric's name '{call.body.get('name')}' is not that of the path.", field="metric.name")
    with call.cloud.store.transaction():
        former = call.cloud.store.get(METRICS, name)
        if former and former["metricDescriptor"]["valueType"] != _descriptor(call, name)["valueType"]:
            raise invalid("The value type of a metric cannot be changed.", field="metric.metric_descriptor")
        return _save(call, name, former["createTime"] if former else timestamp(call.cloud.now()))


@SERVICE.handles("projects.metrics.delete")
def delete(call: Call) -> Json:
    """Delete a metric."""
    with call.cloud.store.transaction():
        call.cloud.store.delete(METRICS, _find(call)["name"])
    return {}


def count(cloud: Cloud, entry: Json) -> None:
    """Add a point to each metric that an entry belongs to."""
    at = datetime.fromisoformat(entry["timestamp"])
    if not cloud.now() - PAST <= at <= cloud.now() + AHEAD:
        return
    for metric in cloud.store.list(METRICS):
        if not metric.get("disabled") and query.read(metric["filter"])(entry):
            _record(cloud, metric, entry, at)


def _record(cloud: Cloud, metric: Json, entry: Json, at: datetime) -> None:
    value = 1.0
    if extractor := metric.get("valueExtractor"):
        try:
            value = float(extractors.extract({"value": extractor}, entry)["value"])
        except ValueError:
            return  # an entry without a number gives no value
    labels = extractors.extract(metric.get("labelExtractors", {}), entry)
    descriptor = metric["metricDescriptor"]
    points.record(
        cloud, descriptor["type"], labels, entry["resource"], value, value_type=descriptor["valueType"], at=at
    )


def _find(call: Call) -> Json:
    name = unquote(call.path["metricsId"])
    metric = call.cloud.store.get(METRICS, name)
    if metric is None:
        raise not_found(f"Metric {name} does not exist.")
    return metric


def _save(call: Call, name: str, created: str) -> Json:
    body, descriptor = call.body, _descriptor(call, name)
    if not body.get("filter", "").strip():
        raise invalid("A metric must have a filter.", field="metric.filter")
    query.read(body["filter"])
    extracted = body.get("labelExtractors", {})
    extractors.check(extracted, "metric.label_extractors")
    declared = {label["key"] for label in descriptor.get("labels", [])}
    if declared != set(extracted):
        wrong = sorted(declared ^ set(extracted))
        raise invalid(f"Labels and label extractors must have the same keys: {', '.join(wrong)}.", field="metric")
    _check_value(body, descriptor)
    metric = {
        **body,
        "name": name,
        "resourceName": f"projects/{call.cloud.project}/metrics/{quote(name, safe='')}",
        "metricDescriptor": descriptor,
        "createTime": created,
        "updateTime": timestamp(call.cloud.now()),
    }
    call.cloud.store.put(METRICS, name, metric)
    return metric


def _check_value(body: Json, descriptor: Json) -> None:
    is_distribution = descriptor["valueType"] == "DISTRIBUTION"
    if descriptor["metricKind"] != "DELTA" or descriptor["valueType"] not in ("INT64", "DISTRIBUTION"):
        said = f"{descriptor['metricKind']} and {descriptor['valueType']}"
        raise invalid(f"Log metrics are DELTA, of INT64 or DISTRIBUTION; got {said}.", field="metric.metric_descriptor")
    if is_distribution != ("valueExtractor" in body):
        raise invalid("A value extractor goes with a DISTRIBUTION, and only with one.", field="metric.value_extractor")
    if "bucketOptions" in body and not is_distribution:
        raise invalid("Bucket options go with a DISTRIBUTION only.", field="metric.bucket_options")
    extractors.check({"value": body["valueExtractor"]} if is_distribution else {}, "metric.value_extractor")


def _descriptor(call: Call, name: str) -> Json:
    kind = f"{TYPE}{name}"
    return {
        "metricKind": "DELTA",
        "valueType": "INT64",
        "unit": "1",
        **call.body.get("metricDescriptor", {}),
        "name": f"projects/{call.cloud.project}/metricDescriptors/{kind}",
        "type": kind,
    }
