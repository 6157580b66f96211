"""Log buckets: `_Required` and `_Default`, which every project has, and how long they keep entries.

cloud.google.com/logging/docs/buckets and /logging/quotas#logs_retention_periods: 400 days, never to be changed, and 30.
"""

from __future__ import annotations

from gcp_local.services.errors import Json, failed_precondition, invalid, not_emulated, not_found
from gcp_local.services.logs.service import SERVICE
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.paging import page
from gcp_local.services.registry import Call

BUCKETS = "logging.buckets"
DAYS = {"_Default": 30, "_Required": 400}
LONGEST = 3650
CHANGEABLE = ("description", "retentionDays")


@SERVICE.handles("projects.locations.buckets.get")
def get(call: Call) -> Json:
    """One of the two buckets."""
    return _find(call, call.path["bucketsId"])


@SERVICE.handles("projects.locations.buckets.list")
def list_buckets(call: Call) -> Json:
    """Both, in the location `global` or in all (`-`)."""
    found = [_find(call, name) for name in DAYS] if call.path["locationsId"] in ("global", "-") else []
    return page(call, "buckets", found)


@SERVICE.handles("projects.locations.buckets.patch")
def patch(call: Call) -> Json:
    """Change text and retention of `_Default`."""
    paths = read_mask(call.parameter("updateMask"))
    if not paths:
        raise invalid("The update mask must not be empty.", field="update_mask")
    check_mask(paths, call.schema)
    if absent := sorted(set(paths) - set(CHANGEABLE)):
        raise not_emulated(f"the field {absent[0]} of a log bucket")
    days = call.body.get("retentionDays", 0)
    if "retentionDays" in paths and not 1 <= days <= LONGEST:
        raise invalid(f"Retention must be from 1 to {LONGEST} days; got {days}.", field="bucket.retention_days")
    with call.cloud.store.transaction():
        bucket = _find(call, call.path["bucketsId"])
        if call.path["bucketsId"] == "_Required":
            raise failed_precondition("The bucket _Required cannot be changed.")
        changed = {**apply_mask(bucket, call.body, paths), "updateTime": call.cloud.now().isoformat()}
        call.cloud.store.put(BUCKETS, "_Default", changed)
    return changed


def _find(call: Call, name: str) -> Json:
    if name not in DAYS or call.path["locationsId"] not in ("global", "-"):
        raise not_found(f"Bucket {name} does not exist in {call.path['locationsId']}.")
    plain = {
        "name": f"projects/{call.cloud.project}/locations/global/buckets/{name}",
        "description": "Audit bucket" if name == "_Required" else "Default bucket",
        "retentionDays": DAYS[name],
        "lifecycleState": "ACTIVE",
        **({"locked": True} if name == "_Required" else {}),
    }
    return call.cloud.store.get(BUCKETS, name) or plain
