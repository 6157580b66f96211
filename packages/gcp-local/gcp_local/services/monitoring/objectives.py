"""Services that somebody declares, and their objectives (SLO): kept and checked, not computed.

Rules: docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/services and .../services.serviceLevelObjectives; the
comments of github.com/googleapis/googleapis, google/monitoring/v3/service.proto and service_service.proto.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gcp_local.services.errors import ApiError, Json, invalid, not_emulated, not_found
from gcp_local.services.filters import restricts
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.monitoring.ids import new_id
from gcp_local.services.monitoring.rules import bad_value, check_labels, parsed_filter
from gcp_local.services.monitoring.service import SERVICE
from gcp_local.services.paging import page
from gcp_local.services.registry import Call

SERVICES, OBJECTIVES = "monitoring.services", "monitoring.objectives"
ID = re.compile(r"[a-zA-Z0-9\-_:.]{1,63}")
DAY, MOST_DAYS, HIGHEST_GOAL = 86_400, 30, 0.9999
RATIO = ("goodServiceFilter", "badServiceFilter", "totalServiceFilter")


@SERVICE.handles("services.create")
def create_service(call: Call) -> Json:
    """Declare a service of one's own (`custom`)."""
    if "custom" not in call.body:
        raise not_emulated("a service other than a custom one")
    return _create(call, SERVICES, call.parameter("serviceId"), _check_service)


@SERVICE.handles("services.serviceLevelObjectives.create")
def create_objective(call: Call) -> Json:
    """Give a service an objective."""
    _find(call, SERVICES)
    return _create(call, OBJECTIVES, call.parameter("serviceLevelObjectiveId"), _check_objective)


@SERVICE.handles("services.get")
def get_service(call: Call) -> Json:
    """One service."""
    return _find(call, SERVICES)


@SERVICE.handles("services.serviceLevelObjectives.get")
def get_objective(call: Call) -> Json:
    """One objective of a service."""
    return _find(call, OBJECTIVES)


@SERVICE.handles("services.list")
def list_services(call: Call) -> Json:
    """The project's services."""
    return _list(call, "services", SERVICES, "")


@SERVICE.handles("services.serviceLevelObjectives.list")
def list_objectives(call: Call) -> Json:
    """The objectives of a service."""
    _find(call, SERVICES)
    return _list(call, "serviceLevelObjectives", OBJECTIVES, f"{call.path['servicesId']}/")


@SERVICE.handles("services.patch")
def patch_service(call: Call) -> Json:
    """Change what the mask names, or the whole service."""
    return _patch(call, SERVICES, _check_service)


@SERVICE.handles("services.serviceLevelObjectives.patch")
def patch_objective(call: Call) -> Json:
    """Change what the mask names, or the whole objective."""
    return _patch(call, OBJECTIVES, _check_objective)


@SERVICE.handles("services.delete")
def delete_service(call: Call) -> Json:
    """Delete a service with its objectives."""
    with call.cloud.store.transaction():
        _find(call, SERVICES)
        for objective in call.cloud.store.list(OBJECTIVES, f"{call.path['servicesId']}/"):
            call.cloud.store.delete(OBJECTIVES, _key_of(objective))
        call.cloud.store.delete(SERVICES, call.path["servicesId"])
    return {}


@SERVICE.handles("services.serviceLevelObjectives.delete")
def delete_objective(call: Call) -> Json:
    """Delete an objective."""
    with call.cloud.store.transaction():
        call.cloud.store.delete(OBJECTIVES, _key_of(_find(call, OBJECTIVES)))
    return {}


def _create(call: Call, collection: str, given: str, check: Callable[[Json], None]) -> Json:
    identity = given or new_id()
    if not ID.fullmatch(identity):
        raise invalid(f"Invalid id '{identity}': at most 63 letters, digits and -_:. are allowed.", field="id")
    name = f"projects/{call.cloud.number}/services/{identity}"
    if collection == OBJECTIVES:
        name = f"projects/{call.cloud.number}/services/{call.path['servicesId']}/serviceLevelObjectives/{identity}"
    made = {**call.body, "name": name}
    check(made)
    with call.cloud.store.transaction():
        if call.cloud.store.get(collection, _key_of(made)) is not None:
            raise ApiError(409, f"{name} already exists.", reason="alreadyExists")
        call.cloud.store.put(collection, _key_of(made), made)
    return made


def _list(call: Call, name: str, collection: str, prefix: str) -> Json:
    if call.parameter("filter"):
        raise not_emulated(f"filter of a list of {name}")
    return page(call, name, call.cloud.store.list(collection, prefix))


def _patch(call: Call, collection: str, check: Callable[[Json], None]) -> Json:
    paths = read_mask(call.parameter("updateMask")) or list(call.schema.fields)
    paths = [path for path in paths if path != "name"]
    check_mask(paths, call.schema)
    with call.cloud.store.transaction():
        changed = _without_empty(apply_mask(_find(call, collection), call.body, paths), collection)
        check(changed)
        call.cloud.store.put(collection, _key_of(changed), changed)
    return changed


def _without_empty(changed: Json, collection: str) -> Json:
    """A mask that names parts of both kinds of indicator leaves an empty one behind, which is none."""
    if collection == OBJECTIVES:
        based = changed.get("serviceLevelIndicator", {}).get("requestBased", {})
        for kind in [kind for kind, value in based.items() if not value]:
            del based[kind]
    return changed


def _find(call: Call, collection: str) -> Json:
    key = call.path["servicesId"]
    if collection == OBJECTIVES:
        key = f"{key}/{call.path['serviceLevelObjectivesId']}"
    found = call.cloud.store.get(collection, key)
    if found is None:
        raise not_found(f"Requested entity {key} was not found.")
    return found


def _key_of(made: Json) -> str:
    words = str(made["name"]).split("/")
    return words[3] if len(words) == 4 else f"{words[3]}/{words[5]}"


def _check_service(service: Json) -> None:
    check_labels(service.get("userLabels", {}), "service.user_labels")


def _check_objective(objective: Json) -> None:
    check_labels(objective.get("userLabels", {}), "slo.user_labels")
    if not 0 < objective.get("goal", 0.0) <= HIGHEST_GOAL:
        raise bad_value("slo.goal", objective.get("goal", 0.0), f"must be above 0 and at most {HIGHEST_GOAL}")
    if ("rollingPeriod" in objective) == ("calendarPeriod" in objective):
        raise invalid("An objective needs a rolling or a calendar period.", field="slo.period")
    seconds = float(objective.get("rollingPeriod", f"{DAY}s")[:-1])
    if seconds % DAY or not DAY <= seconds <= MOST_DAYS * DAY:
        raise bad_value("slo.rolling_period", seconds, f"must be whole days, from 1 to {MOST_DAYS}")
    indicator = objective.get("serviceLevelIndicator", {})
    if "requestBased" not in indicator:
        raise not_emulated("an objective that is not request-based")
    _check_requests(indicator["requestBased"])


def _check_requests(based: Json) -> None:
    path = "slo.service_level_indicator.request_based"
    ratio, cut = based.get("goodTotalRatio", {}), based.get("distributionCut", {})
    if bool(ratio) == bool(cut):
        raise invalid("A request-based indicator is a ratio or a cut of a distribution.", field=path)
    if ratio and len([name for name in RATIO if name in ratio]) != 2:
        raise invalid("Exactly two of the good, bad and total service filters must be set.", field=path)
    if cut and not cut.get("range"):
        raise invalid("The cut of a distribution needs a range.", field=path)
    texts = [ratio[name] for name in RATIO if name in ratio] if ratio else [cut.get("distributionFilter", "")]
    for text in texts:
        expression = parsed_filter(text, path)
        for field in ("metric.type", "resource.type"):
            if not restricts(expression, field):
                raise bad_value(path, text, f'must specify a restriction on "{field}"')
