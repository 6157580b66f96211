"""Transfer configs: created, read, changed and deleted; what they run and when is checked as Google does."""

from __future__ import annotations

import re
import uuid
from datetime import datetime

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json, invalid, not_emulated, not_found
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.paging import page
from gcp_local.services.registry import Call, merged
from gcp_local.services.scalars import timestamp
from gcp_local.services.storage.rules import MULTI_REGIONS, REGION
from gcp_local.services.transfer import announcements, grants, schedules, sources
from gcp_local.services.transfer.history import RUNS, delete_run
from gcp_local.services.transfer.service import SERVICE, both

COLLECTION = "transfer.configs"
OWNER_ID = "6300000000000000001"
CREDENTIALS = ("authorizationCode", "versionInfo", "serviceAccountName")
ABSENT_FIELDS = ("scheduleOptionsV2", "encryptionConfiguration", "paramConfig")


@SERVICE.handles(*both("transferConfigs.create"))
def create(call: Call) -> Json:
    """Create a config that a service account owns. The first run is at `nextRunTime`."""
    cloud, now = call.cloud, call.cloud.now()
    location = _location(call)
    config = dict(call.body)
    _check(config)
    owner = _owner(call)
    grants.check_owner(cloud, owner)
    announcements.check_topic(cloud, config)
    config_id = str(uuid.uuid4())
    config.update(
        name=f"projects/{cloud.number}/locations/{location}/transferConfigs/{config_id}",
        updateTime=timestamp(now),
        datasetRegion=location,
        userId=OWNER_ID,
        state="PENDING",
    )
    config = merged(config, nextRunTime=schedules.first_run(config, now, now))
    _save(cloud, {"config": config, "owner": owner, "anchor": now.isoformat()})
    cloud.work.set()
    return config


@SERVICE.handles(*both("transferConfigs.get"))
def get(call: Call) -> Json:
    """One config, with the account that it runs as."""
    document = find(call)
    return {**document["config"], "ownerInfo": {"email": document["owner"]}}


@SERVICE.handles(*both("transferConfigs.list"))
def list_configs(call: Call) -> Json:
    """The configs of a location, of all locations when it is `-`."""
    wanted = call.query.get("dataSourceIds", [])
    location = call.path.get("locationsId", "-").lower()
    configs = [document["config"] for document in call.cloud.store.list(COLLECTION)]
    chosen = [
        config
        for config in configs
        if location in ("-", config["datasetRegion"]) and (not wanted or config["dataSourceId"] in wanted)
    ]
    return page(call, "transferConfigs", sorted(chosen, key=lambda config: str(config["displayName"])))


@SERVICE.handles(*both("transferConfigs.patch"))
def patch(call: Call) -> Json:
    """Change what the mask names; a change of schedule, options or pause sets `nextRunTime` anew."""
    cloud, now = call.cloud, call.cloud.now()
    mask = read_mask(call.parameter("updateMask"))
    if not mask:
        raise invalid("The update mask must not be empty.", field="update_mask")
    fields = [path for path in mask if path not in CREDENTIALS]
    check_mask(fields, call.schema)
    if call.body.get("dataSourceId", sources.SCHEDULED_QUERY) != sources.SCHEDULED_QUERY:
        raise invalid(call.schema.immutable["dataSourceId"], field="data_source_id")
    with cloud.store.transaction():
        document = find(call)
        config = apply_mask(document["config"], call.body, fields)
        _check(config)
        if "serviceAccountName" in mask:
            document["owner"] = _owner(call)
        grants.check_owner(cloud, document["owner"])
        if "notificationPubsubTopic" in fields:
            announcements.check_topic(cloud, config)
        if any(path.partition(".")[0] in ("schedule", "scheduleOptions", "disabled") for path in fields):
            document["anchor"] = now.isoformat()
            config = merged(config, nextRunTime=schedules.next_run(config, now, now))
        config["updateTime"] = timestamp(now)
        _save(cloud, {**document, "config": config})
    cloud.work.set()
    return config


@SERVICE.handles(*both("transferConfigs.delete"))
def delete(call: Call) -> Json:
    """Delete a config with the history of its runs."""
    with call.cloud.store.transaction():
        config = find(call)["config"]
        for key, _ in call.cloud.store.items(RUNS, f"{id_of(config)}/"):
            delete_run(call.cloud, key)
        call.cloud.store.delete(COLLECTION, id_of(config))
    return {}


def id_of(config: Json) -> str:
    """The last word of a config's name."""
    return str(config["name"]).rpartition("/")[2]


def find(call: Call) -> Json:
    """The stored document of the config that a path names: `config`, `owner`, `anchor`. Raises 404."""
    document = call.cloud.store.get(COLLECTION, call.path["transferConfigsId"])
    location = call.path.get("locationsId", "").lower()
    if document is None or location not in ("", "-", document["config"]["datasetRegion"]):
        raise not_found("Requested entity was not found.")
    return document


def anchor_of(document: Json) -> datetime:
    """From when the intervals of a config without start time count."""
    return datetime.fromisoformat(document["anchor"])


def _save(cloud: Cloud, document: Json) -> None:
    cloud.store.put(COLLECTION, id_of(document["config"]), document)


def _location(call: Call) -> str:
    location = call.path.get("locationsId", "us").upper()
    if location not in MULTI_REGIONS and not REGION.fullmatch(location):
        raise invalid(f"Location '{call.path['locationsId']}' is not supported.", field="parent")
    return location.lower()


def _owner(call: Call) -> str:
    for name in ("authorizationCode", "versionInfo"):
        if call.parameter(name):
            raise not_emulated(f"a transfer config owned by a user ({name})")
    return call.parameter("serviceAccountName")


def _check(config: Json) -> None:
    for name in ABSENT_FIELDS:
        if config.get(name):
            raise not_emulated(f"the field {name} of a transfer config")
    if config.get("managedTableType") == "BIGLAKE":
        raise not_emulated("the managedTableType BIGLAKE of a transfer config")
    sources.require_source(config.get("dataSourceId", ""))
    if not config.get("displayName", "").strip():
        raise invalid("Transfer config display name must not be empty.", field="display_name")
    if config.get("dataRefreshWindowDays"):
        raise invalid("Data source doesn't support a data refresh window.", field="data_refresh_window_days")
    if not re.fullmatch(r"\w{0,1024}", config.get("destinationDatasetId", ""), re.ASCII):
        raise invalid(f"Invalid dataset ID '{config['destinationDatasetId']}'.", field="destination_dataset_id")
    sources.check_params(config.get("params", {}))
    sources.check_destination(config)
    # The service answers the canonical spelling, and its default where none is given.
    config["schedule"] = schedules.read_schedule(config.get("schedule") or sources.DEFAULT_SCHEDULE).canonical()
    options = config.get("scheduleOptions", {})
    start, end = options.get("startTime"), options.get("endTime")
    if start and end and schedules.instant(end) <= schedules.instant(start):
        raise invalid("The end time of a schedule must be later than its start time.", field="schedule_options")
