"""The one data source of this cloud, `scheduled_query`, and what Google checks in its parameters."""

from __future__ import annotations

import re

from gcp_local.services.errors import Json, invalid, not_emulated, not_found
from gcp_local.services.paging import page
from gcp_local.services.registry import Call
from gcp_local.services.transfer.service import SERVICE, both

SCHEDULED_QUERY = "scheduled_query"
DEFAULT_SCHEDULE = "every 24 hours"
OTHER_SOURCES = re.compile(
    r"adwords|amazon_s3|azure_blob_storage|cross_region_copy|dcm_dt|dfp_dt|display_video|facebook_ads"
    r"|google_ads|google_analytics|google_cloud_storage|merchant_center|mysql|oracle|play|postgresql"
    r"|redshift|salesforce|search_ads|servicenow|stripe|teradata|youtube_.*|on_premises|hive"
)
WRITE_DISPOSITIONS = ("WRITE_TRUNCATE", "WRITE_APPEND")
PARAMETERS = (
    ("query", "Query", True, ()),
    ("destination_table_name_template", "Destination table", False, ()),
    ("write_disposition", "Write preference", False, WRITE_DISPOSITIONS),
    ("partitioning_field", "Partitioning field", False, ()),
)


@SERVICE.handles(*both("dataSources.list"))
def list_sources(call: Call) -> Json:
    """The data sources that are emulated."""
    return page(call, "dataSources", [_resource(call)])


@SERVICE.handles(*both("dataSources.get"))
def get_source(call: Call) -> Json:
    """One data source with its parameters."""
    require_source(call.path["dataSourcesId"])
    return _resource(call)


@SERVICE.handles(*both("dataSources.checkValidCreds"))
def check_valid_creds(call: Call) -> Json:
    """No: there are no users' credentials here, only service accounts."""
    require_source(call.path["dataSourcesId"])
    return {}


@SERVICE.handles(*both("enrollDataSources"))
def enroll_sources(call: Call) -> Json:
    """Allow data sources in the project; those that are emulated always are."""
    for source in call.body.get("dataSourceIds", []):
        require_source(source)
    return {}


def require_source(source: str) -> None:
    """Raise 501 for a data source that only Google has, 404 for one that nobody has."""
    if source == SCHEDULED_QUERY:
        return
    if OTHER_SOURCES.fullmatch(source):
        raise not_emulated(f"the data source {source}")
    raise not_found(f"Data source '{source}' is not found.")


def check_params(params: Json) -> None:
    """Raise 400 for parameters that the data source does not take."""
    known = {name for name, *_ in PARAMETERS}
    for name, value in params.items():
        if name not in known:
            raise invalid(f"Data source definition doesn't define this parameter Id: {name}", field="params")
        if not isinstance(value, str):
            raise invalid(f"Parameter {name} must be a string.", field="params")
    if not params.get("query", "").strip():
        raise invalid("Required parameter is missing a value. Parameter id: query", field="params")
    disposition = params.get("write_disposition", "")
    if disposition and disposition not in WRITE_DISPOSITIONS:
        allowed = ", ".join(WRITE_DISPOSITIONS)
        raise invalid(
            f"Value '{disposition}' of parameter write_disposition is not allowed. Allowed values: {allowed}",
            field="params",
        )


def check_destination(config: Json) -> None:
    """Raise 400 when a table is named without its dataset."""
    params = config.get("params", {})
    names_table = params.get("destination_table_name_template") or params.get("partitioning_field")
    if names_table and not config.get("destinationDatasetId"):
        raise invalid(
            "A destination dataset is required when destination_table_name_template or partitioning_field is set.",
            field="destination_dataset_id",
        )


def _resource(call: Call) -> Json:
    location = f"/locations/{call.path['locationsId'].lower()}" if "locationsId" in call.path else ""
    return {
        "name": f"projects/{call.cloud.number}{location}/dataSources/{SCHEDULED_QUERY}",
        "dataSourceId": SCHEDULED_QUERY,
        "displayName": "Scheduled Query",
        "transferType": "BATCH",
        "supportsMultipleTransfers": True,
        "defaultSchedule": DEFAULT_SCHEDULE,
        "supportsCustomSchedule": True,
        "authorizationType": "FIRST_PARTY_OAUTH",
        "minimumScheduleInterval": "300s",
        "parameters": [
            {"paramId": name, "displayName": title, "type": "STRING"}
            | ({"required": True} if required else {})
            | ({"allowedValues": list(allowed)} if allowed else {})
            for name, title, required, allowed in PARAMETERS
        ],
    }
