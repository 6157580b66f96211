"""Service Usage: which APIs are enabled, and the accounts that Google's services act with. Operations end at once."""

from __future__ import annotations

import uuid

from gcp_local.services import enablement, identities
from gcp_local.services.cloud import Cloud
from gcp_local.services.discovery.overlay import Overlay, Words
from gcp_local.services.enablement import APIS
from gcp_local.services.errors import ApiError, Json, failed_precondition, invalid, not_found
from gcp_local.services.paging import page
from gcp_local.services.registry import Call, Service

# Numbers: github.com/googleapis/googleapis, google/api/serviceusage/v1/serviceusage.proto and v1beta1/resources.proto.
OVERLAY = Overlay(
    enums={
        "DisableServiceRequest.checkIfServiceHasUsage": Words(
            "google.api.serviceusage.v1.DisableServiceRequest.CheckIfServiceHasUsage"
        ),
        "?forceOnly": Words("google.api.serviceusage.v1beta1.QuotaSafetyCheck"),
    },
    # Their documents leave open whose APIs these are; here they are a project's.
    paths={f"{{{version}Id}}/{{{version}Id1}}": "projects/{projectsId}" for version in ("v1", "v1beta1")},
)
SERVICE = Service(
    name="serviceusage",
    documents=("v1", "v1beta1"),
    overlay=OVERLAY,
    needs_enabling=False,
    notes=("Enabled in a new project: " + ", ".join(host for host, api in APIS.items() if api.default) + ".",),
)
OPERATIONS = "serviceusage.operations"
LARGEST_BATCH = 20
TYPE = "type.googleapis.com/google.api.serviceusage"


@SERVICE.handles("services.list")
def list_services(call: Call) -> Json:
    """The known APIs, by default all of them, by state with `filter=state:ENABLED` or `state:DISABLED`."""
    wanted = call.parameter("filter")
    if wanted not in ("", "state:ENABLED", "state:DISABLED"):
        raise invalid(f"Invalid filter '{wanted}': allowed are state:ENABLED and state:DISABLED.", field="filter")
    services = [_resource(call.cloud, host) for host in APIS]
    chosen = [service for service in services if not wanted or f"state:{service['state']}" == wanted]
    return page(call, "services", chosen, default=50, largest=200)


@SERVICE.handles("services.get")
def get_service(call: Call) -> Json:
    """One API and whether it is enabled."""
    _require_known([call.path["servicesId"]])
    return _resource(call.cloud, call.path["servicesId"])


@SERVICE.handles("services.batchGet")
def batch_get_services(call: Call) -> Json:
    """Several APIs by their full names."""
    hosts = [name.rpartition("/services/")[2] for name in call.query.get("names", [])]
    _require_known(hosts)
    return {"services": [_resource(call.cloud, host) for host in hosts]}


@SERVICE.handles("services.enable")
def enable_service(call: Call) -> Json:
    """Enable one API with those it needs."""
    host = call.path["servicesId"]
    changed = _enable(call.cloud, [host])
    return done(call.cloud, changed, "v1.EnableServiceResponse", {"service": _resource(call.cloud, host)})


@SERVICE.handles("services.batchEnable")
def batch_enable_services(call: Call) -> Json:
    """Enable up to 20 APIs."""
    hosts = call.body.get("serviceIds", [])
    if not 0 < len(hosts) <= LARGEST_BATCH:
        raise invalid(f"The number of services to enable must be between 1 and {LARGEST_BATCH}.", field="service_ids")
    changed = _enable(call.cloud, hosts)
    services = [_resource(call.cloud, host) for host in hosts]
    return done(call.cloud, changed, "v1.BatchEnableServicesResponse", {"services": services})


@SERVICE.handles("services.disable")
def disable_service(call: Call) -> Json:
    """Disable an API; refused while an enabled API needs it, unless those are to be disabled too."""
    cloud, host = call.cloud, call.path["servicesId"]
    _require_known([host])
    with cloud.store.transaction():
        dependents = _enabled_dependents(cloud, host)
        if dependents and not call.body.get("disableDependentServices"):
            raise failed_precondition(
                f"The service {host} is depended on by the following active service(s): {', '.join(dependents)}; "
                "Please specify disable_dependent_services=true if you want to proceed with disabling all services."
            )
        for name in (host, *dependents):
            enablement.set_enabled(cloud, name, False)
    return done(cloud, True, "v1.DisableServiceResponse", {"service": _resource(cloud, host)})


@SERVICE.handles("services.generateServiceIdentity")
def generate_service_identity(call: Call) -> Json:
    """Create, or find, the account that the API's own service acts with in this project."""
    cloud, host = call.cloud, call.path["servicesId"]
    _require_known([host])
    domain = APIS[host].agent
    if not domain:
        return done(cloud, True, "v1beta1.ServiceIdentity", {})
    identity = identities.create_agent(cloud, domain)
    return done(cloud, True, "v1beta1.ServiceIdentity", identity)


@SERVICE.handles("operations.get")
def get_operation(call: Call) -> Json:
    """An operation, always done."""
    name = f"operations/{call.path['operationsId']}"
    operation = call.cloud.store.get(OPERATIONS, name)
    if operation is None:
        raise not_found(f"Operation not found: {name}")
    return operation


def _require_known(hosts: list[str]) -> None:
    unknown = [host for host in hosts if host not in APIS]
    if unknown:
        raise ApiError(403, f"Not found or permission denied for service(s): {', '.join(unknown)}.")


def _enable(cloud: Cloud, hosts: list[str]) -> bool:
    _require_known(hosts)
    with cloud.store.transaction():
        wanted = {name for host in hosts for name in (host, *APIS[host].needs)}
        missing = [host for host in sorted(wanted) if not enablement.is_enabled(cloud, host)]
        for host in missing:
            enablement.set_enabled(cloud, host, True)
    return bool(missing)


def _enabled_dependents(cloud: Cloud, host: str) -> list[str]:
    return [name for name, api in APIS.items() if host in api.needs and enablement.is_enabled(cloud, name)]


def _resource(cloud: Cloud, host: str) -> Json:
    parent = f"projects/{cloud.number}"
    return {
        "name": f"{parent}/services/{host}",
        "parent": parent,
        "config": {"name": host, "title": APIS[host].title},
        "state": "ENABLED" if enablement.is_enabled(cloud, host) else "DISABLED",
    }


def done(cloud: Cloud, changed: bool, type_name: str, response: Json) -> Json:
    """An operation that has ended; one that changed nothing is not kept."""
    operation = {
        "name": f"operations/acf.p2-{cloud.number}-{uuid.uuid4()}" if changed else "operations/noop.DONE_OPERATION",
        "done": True,
        "response": {"@type": f"{TYPE}.{type_name}", **response},
    }
    if changed:
        cloud.store.put(OPERATIONS, str(operation["name"]), operation)
    return operation
