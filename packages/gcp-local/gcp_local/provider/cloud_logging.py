"""Logging: log metrics, and project sinks, which are checked and compared only.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/logging, resource_logging_metric.go:139-378
(schema), :380-510 (create, the id is the name), :512-593 (read), :595-732 (update: whole), :895-905 (a label is text
unless said otherwise); resource_logging_sink.go:30-130 and resource_logging_project_sink.go:32-150; and the answers of
the real plugin in `tests/data`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import LOGGING, Cloud
from gcp_local.provider.facts import AutoName, Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import UNKNOWN, Bag

DESCRIPTOR = "metricDescriptor"
BUCKETS = "bucketOptions"
SENT = f"name description bucketName disabled filter labelExtractors valueExtractor {BUCKETS}"


class Metric(Resource):
    """A metric counted from log entries."""

    facts = Facts(
        "gcp:logging/metric:Metric",
        force_new=paths(f"project {DESCRIPTOR}.labels.key {DESCRIPTOR}.labels.valueType"),
        computed=paths(f"project deletionPolicy {DESCRIPTOR}"),
        defaults={f"{DESCRIPTOR}.unit": "1", f"{DESCRIPTOR}.labels.valueType": "STRING"},
        enums={
            f"{DESCRIPTOR}.metricKind": ("DELTA", "GAUGE", "CUMULATIVE"),
            f"{DESCRIPTOR}.valueType": ("BOOL", "INT64", "DOUBLE", "STRING", "DISTRIBUTION", "MONEY"),
            f"{DESCRIPTOR}.labels.valueType": ("BOOL", "INT64", "STRING", ""),
        },
        sets=paths(f"{DESCRIPTOR}.labels"),
        at_least_one=((f"{BUCKETS}.explicitBuckets", f"{BUCKETS}.exponentialBuckets", f"{BUCKETS}.linearBuckets"),),
        autoname=AutoName(),
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the metric."""
        wanted = self.wanted(cloud, inputs)
        return str(cloud.call(LOGGING, "POST", f"projects/{wanted['project']}/metrics", self._body(wanted))["name"])

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The metric as Logging has it."""
        project = known.get("project") or cloud.project
        found = cloud.get(LOGGING, self._path(project, identity))
        if found is None:
            return None
        shown = given(found["metricDescriptor"], "metricKind valueType unit displayName")
        labels = [{"valueType": "STRING", **label} for label in found["metricDescriptor"].get("labels", [])]
        return {**given(found, SENT), DESCRIPTOR: {**shown, "labels": labels}, "project": project}

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Write the metric whole."""
        wanted = self.wanted(cloud, inputs, former)
        cloud.call(LOGGING, "PUT", self._path(wanted["project"], identity), self._body(wanted))

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the metric."""
        cloud.remove(LOGGING, self._path(former.get("project") or cloud.project, identity))

    def _body(self, wanted: Bag) -> Bag:
        return pruned(given(wanted, f"{SENT} {DESCRIPTOR}"))  # type: ignore[no-any-return]

    def _path(self, project: str, name: str) -> str:
        return f"projects/{project}/metrics/{quote(name, safe='')}"


class ProjectSink(Resource):
    """Where a project's log entries are copied to."""

    facts = Facts(
        "gcp:logging/projectSink:ProjectSink",
        force_new=paths("name project"),
        computed=paths("project bigqueryOptions deletionPolicy"),
        defaults={"uniqueWriterIdentity": True, "exclusions.disabled": False},
        same={"filter": rules.ignoring_outer_space, "exclusions.filter": rules.ignoring_outer_space},
        nullable=paths("customWriterIdentity"),
        autoname=AutoName(),
    )

    @override
    def refusal(self, inputs: Mapping[str, Any]) -> str | None:
        """Options for BigQuery need a writer of its own."""
        if inputs.get("bigqueryOptions") and inputs.get("uniqueWriterIdentity") is False:
            return '"uniqueWriterIdentity" must be true when "bigqueryOptions" is given.'
        return None

    @override
    def adjust(self, former: Mapping[str, Any], expected: Bag) -> None:
        """A sink that gets a writer of its own learns its name from the cloud."""
        if former and expected.get("uniqueWriterIdentity") is True and not former.get("uniqueWriterIdentity"):
            expected["writerIdentity"] = UNKNOWN
