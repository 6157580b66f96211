"""Google's REST APIs by the variable that redirects them: the names that the Pulumi provider reads too, so that
everything reaches the same cloud. Path forms differ from API to API.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

BIGQUERY = "GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT"
TRANSFER = "GOOGLE_BIGQUERY_DATA_TRANSFER_CUSTOM_ENDPOINT"
STORAGE = "GOOGLE_STORAGE_CUSTOM_ENDPOINT"
MONITORING = "GOOGLE_MONITORING_CUSTOM_ENDPOINT"
IAM = "GOOGLE_IAM_BETA_CUSTOM_ENDPOINT"
LOGGING = "GOOGLE_LOGGING_CUSTOM_ENDPOINT"
RESOURCES = "GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT"
SERVICES = "GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT"
# The provider has nothing in spreadsheets; the local cloud sets this one for programs.
SHEETS = "GOOGLE_SHEETS_CUSTOM_ENDPOINT"

REST_BASES = {
    BIGQUERY: "https://bigquery.googleapis.com/bigquery/v2/",
    TRANSFER: "https://bigquerydatatransfer.googleapis.com/v1/",
    STORAGE: "https://storage.googleapis.com/storage/v1/",
    MONITORING: "https://monitoring.googleapis.com/",
    IAM: "https://iam.googleapis.com/v1/",
    LOGGING: "https://logging.googleapis.com/v2/",
    RESOURCES: "https://cloudresourcemanager.googleapis.com/v1/",
    SERVICES: "https://serviceusage.googleapis.com/v1beta1/",
    SHEETS: "https://sheets.googleapis.com/",
}


# google.rpc.ErrorInfo, and the form in which Storage and BigQuery say the same.
DISABLED = ("SERVICE_DISABLED", "accessNotConfigured")


def is_disabled(error: Mapping[str, Any]) -> bool:
    """Whether the error of an answer says that its API is not enabled: then it holds nothing."""
    said = [*(error.get("details") or ()), *(error.get("errors") or ())]
    return any(one.get("reason") in DISABLED for one in said if isinstance(one, dict))


def rest_base(name: str) -> str:
    """Base address of the API whose endpoint this variable overrides."""
    return os.environ.get(name) or REST_BASES[name]
