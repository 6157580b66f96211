"""Consumer overrides of quotas: what a project allows itself of an API. Kept and answered; no query is refused by them.

The limits are those of BigQuery's query usage, in MiB a Pacific day (cloud.google.com/bigquery/docs/custom-quotas;
`unit: MiBy` and the forms of the names as `gcloud alpha services quota list` shows them). Each limit has one override,
under the one name that Google gives all of them (QuotaOverride, as protocol buffer in base64).
"""

from __future__ import annotations

from urllib.parse import quote

from gcp_local.services import serviceusage
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json, failed_precondition, invalid, not_found
from gcp_local.services.paging import page
from gcp_local.services.registry import Call
from gcp_local.services.serviceusage import SERVICE

# Two modules of one API.
__all__ = ["SERVICE"]

COLLECTION = "serviceusage.overrides"
BIGQUERY, USAGE = "bigquery.googleapis.com", "bigquery.googleapis.com/quota/query/usage"
UNLIMITED = 2**63 - 1
# The default in MiB, and the unit, by (API, metric, limit).
LIMITS = {
    (BIGQUERY, USAGE, "/d/project"): (200 * 2**20, "1/d/{project}"),
    (BIGQUERY, USAGE, "/d/project/user"): (UNLIMITED, "1/d/{project}/{user}"),
}
NAME = "Cg1RdW90YU92ZXJyaWRl"
# A lower limit than nine tenths of the present one wants `force` (serviceusage v1beta1, QuotaSafetyCheck).
SAFE = 0.9
_PREFIX = "services.consumerQuotaMetrics.limits.consumerOverrides"


@SERVICE.handles(f"{_PREFIX}.list")
def list_overrides(call: Call) -> Json:
    """None or the one of a limit."""
    found = call.cloud.store.get(COLLECTION, _key(call))
    return page(call, "overrides", [found] if found else [])


@SERVICE.handles(f"{_PREFIX}.create")
def create_override(call: Call) -> Json:
    """Limit the project; refused while the limit has an override."""
    with call.cloud.store.transaction():
        if call.cloud.store.get(COLLECTION, _key(call)):
            raise ApiError(409, f"A consumer override of {_key(call)} already exists.", status="ALREADY_EXISTS")
        return _written(call)


@SERVICE.handles(f"{_PREFIX}.patch")
def patch_override(call: Call) -> Json:
    """Another value."""
    with call.cloud.store.transaction():
        _require(call)
        return _written(call)


@SERVICE.handles(f"{_PREFIX}.delete")
def delete_override(call: Call) -> Json:
    """Back to the default."""
    with call.cloud.store.transaction():
        _require(call)
        call.cloud.store.delete(COLLECTION, _key(call))
    return serviceusage.done(call.cloud, True, "v1beta1.QuotaOverride", {})


def _key(call: Call) -> str:
    parts = (call.path["servicesId"], call.path["consumerQuotaMetricsId"], call.path["limitsId"])
    if parts not in LIMITS:
        raise not_found(f"Quota limit not found: {' '.join(parts)}.")
    service, metric, limit = parts
    below = f"consumerQuotaMetrics/{quote(metric, safe='')}/limits/{quote(limit, safe='')}"
    return f"projects/{call.cloud.number}/services/{service}/{below}"


def _require(call: Call) -> None:
    key = _key(call)
    if call.path["consumerOverridesId"] != NAME or not call.cloud.store.get(COLLECTION, key):
        raise not_found(f"Consumer override not found: {key}.")


def _written(call: Call) -> Json:
    key, value = _key(call), int(call.body.get("overrideValue", 0))
    if call.body.get("dimensions"):
        raise invalid("This limit has no dimensions.", field="override.dimensions")
    if value < -1:
        raise invalid("An override is a number from 0, or -1 for no limit.", field="override.override_value")
    default, unit = LIMITS[call.path["servicesId"], call.path["consumerQuotaMetricsId"], call.path["limitsId"]]
    wanted = UNLIMITED if value == -1 else value
    if wanted < _present(call.cloud, key, default) * SAFE and not call.flag("force"):
        raise failed_precondition(
            f"The limit of {key} would fall by more than 10%. Set force to true to lower it all the same."
        )
    override = {
        "name": f"{key}/consumerOverrides/{NAME}",
        "overrideValue": str(value),
        "metric": call.path["consumerQuotaMetricsId"],
        "unit": unit,
    }
    call.cloud.store.put(COLLECTION, key, override)
    return serviceusage.done(call.cloud, True, "v1beta1.QuotaOverride", override)


def _present(cloud: Cloud, key: str, default: int) -> int:
    found = cloud.store.get(COLLECTION, key)
    value = int(found["overrideValue"]) if found else default
    return UNLIMITED if value == -1 else value
