"""The service object that the modules of Cloud Logging register with, and what of the API no document says."""

from __future__ import annotations

from gcp_local.services.discovery.overlay import Overlay, Words, fields
from gcp_local.services.registry import Service

# Numbers: github.com/googleapis/googleapis, google/logging/type/log_severity.proto; the group: google/logging/v2/
# log_entry.proto, which also says that metadata is cleared. Of log metrics: google/logging/v2/logging_metrics.proto and
# google/api/metric.proto, label.proto, launch_stage.proto.
STAGES = Words("google.api.LaunchStage", (0, 6, 7, 1, 2, 3, 4, 5))
HIERARCHY = Words("google.api.MetricDescriptor.MetricDescriptorMetadata.TimeSeriesResourceHierarchyLevel")
OVERLAY = Overlay(
    output_only=fields("LogEntry", "metadata"),
    oneofs={"LogEntry": {"payload": ("protoPayload", "textPayload", "jsonPayload")}},
    enums={
        "LogEntry.severity": Words("google.logging.type.LogSeverity", (0, 100, 200, 300, 400, 500, 600, 700, 800)),
        "IndexConfig.type": Words("google.logging.v2.IndexType"),
        "LogMetric.version": Words("google.logging.v2.LogMetric.ApiVersion"),
        "LabelDescriptor.valueType": Words("google.api.LabelDescriptor.ValueType"),
        "MetricDescriptor.metricKind": Words("google.api.MetricDescriptor.MetricKind"),
        "MetricDescriptor.valueType": Words("google.api.MetricDescriptor.ValueType"),
        "MetricDescriptorMetadata.timeSeriesResourceHierarchyLevel": HIERARCHY,
        **{f"{owner}.launchStage": STAGES for owner in ("MetricDescriptor", "MetricDescriptorMetadata")},
    },
)
SERVICE = Service(
    name="logging",
    documents=("v2",),
    overlay=OVERLAY,
    notes=(
        "Every message of a transfer run is an entry of the log `bigquerydatatransfer.googleapis.com/transfer_config`, "
        "every statement of one that succeeded an entry of `cloudaudit.googleapis.com/data_access`; other services of "
        "this cloud write none. Entries are kept for 30 days.",
        "Filters know `resource.type`, `resource.labels`, `labels`, `logName`, `severity`, `timestamp`, `insertId`, "
        "`textPayload` and paths in `jsonPayload` and `protoPayload` with `=`, `:`, `=~` and, where values have an "
        "order, `<`, `<=`, `>` and `>=`, `log_id()`, AND, OR, NOT and parentheses. Anything else is refused by name.",
        "The bucket `_Default` can be given another retention, which is kept; entries go after 30 days all the same.",
        "Log metrics count and extract from the entry's arrival on; a change of one leaves its points as they are.",
        "Other buckets, views, sinks and exclusions are absent; clients can write no payload of protocol buffers.",
    ),
)
