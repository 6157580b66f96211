"""`gcp:monitoring/dashboard:Dashboard`; checked and compared only.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/monitoring/resource_monitoring_dashboard.go:33-125
(monitoringDashboardDiffSuppress), and the answers of the real plugin in `tests/data`.
"""

from __future__ import annotations

import json
from typing import Any

from gcp_local.provider import rules
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource


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
