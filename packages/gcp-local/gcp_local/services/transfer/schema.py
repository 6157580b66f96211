"""What a transfer config and the requests around it may hold."""

from __future__ import annotations

from gcp_local.services.fields import (
    ANY_OBJECT,
    BOOL,
    INT32,
    STRING,
    TIMESTAMP,
    Enum,
    Message,
)

STATES = Enum(
    "google.cloud.bigquery.datatransfer.v1.TransferState",
    ("TRANSFER_STATE_UNSPECIFIED", "PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"),
    (0, 2, 3, 4, 5, 6),
)
SEVERITIES = Enum(
    "google.cloud.bigquery.datatransfer.v1.TransferMessage.MessageSeverity",
    ("MESSAGE_SEVERITY_UNSPECIFIED", "INFO", "WARNING", "ERROR"),
)
RUN_ATTEMPTS = Enum(
    "google.cloud.bigquery.datatransfer.v1.ListTransferRunsRequest.RunAttempt",
    ("RUN_ATTEMPT_UNSPECIFIED", "LATEST"),
)
CONFIG = Message(
    {
        "destinationDatasetId": STRING,
        "displayName": STRING,
        "dataSourceId": STRING,
        "params": ANY_OBJECT,
        "schedule": STRING,
        "scheduleOptions": Message(
            {"disableAutoScheduling": BOOL, "startTime": TIMESTAMP, "endTime": TIMESTAMP},
        ),
        "scheduleOptionsV2": ANY_OBJECT,
        "dataRefreshWindowDays": INT32,
        "disabled": BOOL,
        "notificationPubsubTopic": STRING,
        "emailPreferences": Message({"enableFailureEmail": BOOL}),
        "encryptionConfiguration": Message({"kmsKeyName": STRING}),
    },
    output_only=frozenset(
        {"name", "updateTime", "nextRunTime", "state", "userId", "datasetRegion", "ownerInfo", "error"}
    ),
)
START_MANUAL_RUNS = Message(
    {
        "requestedTimeRange": Message({"startTime": TIMESTAMP, "endTime": TIMESTAMP}),
        "requestedRunTime": TIMESTAMP,
    },
    oneofs={"time": ("requestedTimeRange", "requestedRunTime")},
)
