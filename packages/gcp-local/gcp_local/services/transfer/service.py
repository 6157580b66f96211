"""The service object that the modules of Data Transfer register with, and what of the API no document says."""

from __future__ import annotations

from gcp_local.services.discovery.overlay import Overlay, Words, fields
from gcp_local.services.registry import Service

PACKAGE = "google.cloud.bigquery.datatransfer.v1"

# Numbers and groups: github.com/googleapis/googleapis, google/cloud/bigquery/datatransfer/v1/datatransfer.proto and
# transfer.proto; ManagedTableType: docs.cloud.google.com/bigquery/docs/reference/datatransfer/rpc.
OVERLAY = Overlay(
    # An identifier, and a field that is deprecated and filled by the service.
    output_only=fields("TransferConfig", "name userId"),
    immutable={"TransferConfig.dataSourceId": "The data source of a transfer cannot be changed."},
    oneofs={
        "StartManualTransferRunsRequest": {"time": ("requestedTimeRange", "requestedRunTime")},
        "ScheduleOptionsV2": {"schedule": ("timeBasedSchedule", "manualSchedule", "eventDrivenSchedule")},
    },
    enums={
        "TransferConfig.managedTableType": Words(f"{PACKAGE}.ManagedTableType"),
        "?states": Words(f"{PACKAGE}.TransferState", (0, 2, 3, 4, 5, 6)),
        "?messageTypes": Words(f"{PACKAGE}.TransferMessage.MessageSeverity"),
        "?runAttempt": Words(f"{PACKAGE}.ListTransferRunsRequest.RunAttempt"),
    },
)
SERVICE = Service(
    name="bigquerydatatransfer",
    documents=("v1",),
    overlay=OVERLAY,
    notes=(
        "Data source: `scheduled_query`, owned by a service account; any other source or owner is refused.",
        "`nextRunTime` not later than now means that the config is due: a run that was missed or interrupted. Missed "
        "times are caught up by one run, also by a manual run whose run time is not earlier than `nextRunTime`.",
        "A run needs the service account to be enabled, the transfer agent's token creator role on it, and a role "
        "that may create jobs in the project; what its query reads, writes, calls and exports must be granted to it.",
        "Every message of a run is an entry of Cloud Logging, every run that ended a point of the metric "
        "`completed_runs` and a message to the config's topic; the agent may publish there from the config's creation "
        "on.",
        "E-mail preferences and the destination of metadata are kept; no mail is sent and no metadata. Parameters "
        "from Secret Manager and BigLake tables are refused.",
    ),
)


def both(operation: str) -> tuple[str, str]:
    """A method below a location, and its older form without one (it means US)."""
    return f"projects.locations.{operation}", f"projects.{operation}"
