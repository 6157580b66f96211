"""`gcp:monitoring/dashboard:Dashboard`.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/monitoring/resource_monitoring_dashboard.go:33-80
(monitoringDashboardDiffSuppress: what the program leaves out is no difference), :82-127 (schema), :129-180 (create, the
id is the name that the API answers), :182-227 (read: the whole answer), :229-278 (update: whole, with the former
etag), and the answers of the real plugin in `tests/data`.
"""

from __future__ import annotations

import json
from typing import Any

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.bodies import compact, parsed
from gcp_local.provider.cloud import MONITORING, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

V1 = "v1/"


def _same_dashboard(old: Any, new: Any) -> bool:
    """The cloud adds keys of its own; only those that the program writes count."""
    try:
        before, after = json.loads(old), json.loads(new)
    except (TypeError, ValueError):
        return False
    return bool(_without_additions(before, after) == after)


def _without_additions(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: _without_additions(value, new[key]) for key, value in old.items() if new.get(key) is not None}
    if isinstance(old, list) and isinstance(new, list):
        return [_without_additions(item, new[i]) if i < len(new) else item for i, item in enumerate(old)]
    return old


class Dashboard(Resource):
    """A dashboard as JSON text."""

    facts = Facts(
        "gcp:monitoring/dashboard:Dashboard",
        force_new=paths("project"),
        computed=paths("project deletionPolicy"),
        checks={"dashboardJson": rules.json_text},
        normalize={"dashboardJson": rules.compact_json},
        same={"dashboardJson": _same_dashboard},
    )

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the dashboard."""
        wanted = self.wanted(cloud, inputs)
        path = f"{V1}projects/{wanted['project']}/dashboards"
        return str(cloud.call(MONITORING, "POST", path, parsed(wanted["dashboardJson"]))["name"])

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The dashboard as Monitoring has it, with what it adds."""
        found = cloud.get(MONITORING, f"{V1}{identity}")
        return found and {"dashboardJson": compact(found), "project": known.get("project") or cloud.project}

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Replace what was read last."""
        if "dashboardJson" in self.diff(former, inputs).properties:
            etag = parsed(former["dashboardJson"]).get("etag")
            body = {**parsed(self.wanted(cloud, inputs, former)["dashboardJson"]), "etag": etag}
            cloud.call(MONITORING, "PATCH", f"{V1}{identity}", body)

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the dashboard."""
        cloud.remove(MONITORING, f"{V1}{identity}")
