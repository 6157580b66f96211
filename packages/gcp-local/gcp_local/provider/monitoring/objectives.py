"""`gcp:monitoring/customService:CustomService` and `gcp:monitoring/slo:Slo`, request-based.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/monitoring. resource_monitoring_custom_service.go
:139-206 (schema), :211-316 (create, the id is the name that the API answers), :402-522 (update by mask), :675-686
(every service is a custom one). resource_monitoring_slo.go:57-70 and :154-840 (schema), :845-974 (create),
:1059-1241 (update by mask, of both kinds of indicator), :1329-1342 and :1826-1838 (days and seconds), :2651-2679
(what is sent), :2689-2730 (service is read from nowhere).
"""

from __future__ import annotations

from typing import Any, Final

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import MONITORING, Cloud
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

ID: Final = rules.matches(r"[a-zA-Z0-9\-_:.]+", "must hold letters, digits and -_:. only")
DAY: Final = 86_400
BASED: Final = "requestBasedSli"
RATIO, CUT = f"{BASED}.goodTotalRatio", f"{BASED}.distributionCut"
MASKS: Final = {
    "displayName": "displayName",
    "goal": "goal",
    "rollingPeriodDays": "rollingPeriod",
    "calendarPeriod": "calendarPeriod",
    "userLabels": "userLabels",
    BASED: ",".join(
        f"serviceLevelIndicator.requestBased.{name}"
        for name in (
            *(f"goodTotalRatio.{kind}ServiceFilter" for kind in ("bad", "good", "total")),
            *(f"distributionCut.{name}" for name in ("range", "distributionFilter")),
        )
    ),
}


def _goal(value: Any) -> str | None:
    return None if 0 < float(value) <= 0.9999 else f"goal {value} must be > 0 and <= 0.9999"


class CustomService(Resource):
    """A service that somebody declares."""

    facts = Facts(
        "gcp:monitoring/customService:CustomService",
        force_new=paths("project serviceId"),
        computed=paths("project serviceId deletionPolicy"),
        checks={"serviceId": ID},
        local=paths("serviceId deletionPolicy"),
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the service."""
        wanted = self.wanted(cloud, inputs)
        path = f"v3/projects/{wanted['project']}/services"
        body = {**given(wanted, "displayName userLabels telemetry"), "custom": {}}
        return str(cloud.call(MONITORING, "POST", path, body, given(wanted, ["serviceId"]))["name"])

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The service as Monitoring has it."""
        found = cloud.get(MONITORING, f"v3/{identity}")
        shown = found and given(found, "name displayName userLabels telemetry")
        return shown and {
            **shown,
            "serviceId": identity.rpartition("/")[2],
            "project": known.get("project") or cloud.project,
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change what differs."""
        changed = sorted({"displayName", "userLabels", "telemetry"} & set(self.diff(former, inputs).properties))
        if changed:
            body = {**given(self.wanted(cloud, inputs, former), changed), "custom": {}}
            cloud.call(MONITORING, "PATCH", f"v3/{identity}", body, {"updateMask": ",".join(changed)})

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the service."""
        cloud.remove(MONITORING, f"v3/{identity}")


class Slo(Resource):
    """An objective of a service."""

    facts = Facts(
        "gcp:monitoring/slo:Slo",
        force_new=paths("project service sloId"),
        computed=paths("project sloId deletionPolicy"),
        enums={"calendarPeriod": ("DAY", "WEEK", "FORTNIGHT", "MONTH", "")},
        checks={"goal": _goal, "rollingPeriodDays": rules.between(1, 30), "sloId": ID},
        exactly_one=(
            ("calendarPeriod", "rollingPeriodDays"),
            ("basicSli", BASED, "windowsBasedSli"),
            (RATIO, CUT),
        ),
        at_least_one=(
            (f"{CUT}.range.max", f"{CUT}.range.min"),
            tuple(f"{RATIO}.{kind}ServiceFilter" for kind in ("bad", "good", "total")),
        ),
        local=paths("service sloId deletionPolicy"),
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the objective."""
        wanted = self.wanted(cloud, inputs)
        path = f"v3/projects/{wanted['project']}/services/{wanted['service']}/serviceLevelObjectives"
        query = {"serviceLevelObjectiveId": wanted["sloId"]} if wanted.get("sloId") else {}
        return str(cloud.call(MONITORING, "POST", path, _body(wanted), query)["name"])

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The objective as Monitoring has it."""
        found = cloud.get(MONITORING, f"v3/{identity}")
        if found is None:
            return None
        period = found.get("rollingPeriod")
        return {
            **given(found, "name displayName goal calendarPeriod userLabels"),
            **({"rollingPeriodDays": int(float(period[:-1]) // DAY)} if period else {}),
            BASED: found["serviceLevelIndicator"].get("requestBased"),
            "sloId": identity.rpartition("/")[2],
            "project": known.get("project") or cloud.project,
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Change what differs."""
        changed = set(self.diff(former, inputs).properties)
        if mask := ",".join(paths for name, paths in MASKS.items() if name in changed):
            cloud.call(
                MONITORING, "PATCH", f"v3/{identity}", _body(self.wanted(cloud, inputs, former)), {"updateMask": mask}
            )

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the objective."""
        cloud.remove(MONITORING, f"v3/{identity}")


def _body(wanted: Bag) -> Bag:
    if not wanted.get(BASED):
        raise ProviderError("the local cloud keeps objectives with a requestBasedSli only")
    days = wanted.get("rollingPeriodDays")
    return {
        **given(wanted, "displayName goal calendarPeriod userLabels"),
        **({"rollingPeriod": f"{days * DAY}s"} if days else {}),
        "serviceLevelIndicator": {"requestBased": pruned(wanted[BASED])},
    }
