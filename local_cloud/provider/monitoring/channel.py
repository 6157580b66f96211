"""`gcp:monitoring/notificationChannel:NotificationChannel`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_cloud.provider.facts import Facts, paths
from local_cloud.provider.resource import Resource
from local_cloud.provider.values import at

SECRETS = {"authToken": "auth_token", "password": "password", "serviceKey": "service_key"}
ALL = tuple(f"sensitiveLabels.{name}{suffix}" for name in SECRETS for suffix in ("", "Wo"))


class NotificationChannel(Resource):
    """Where notifications go."""

    facts = Facts(
        "gcp:monitoring/notificationChannel:NotificationChannel",
        force_new=paths("project"),
        computed=paths("project deletionPolicy"),
        defaults={"enabled": True, "forceDelete": False},
        exactly_one=(ALL,),
        together=tuple(
            pair
            for name in SECRETS
            for pair in (
                (f"sensitiveLabels.{name}Wo", f"sensitiveLabels.{name}WoVersion"),
                (f"sensitiveLabels.{name}WoVersion", f"sensitiveLabels.{name}Wo"),
            )
        ),
        secret=paths("sensitiveLabels"),
        local=paths("forceDelete deletionPolicy sensitiveLabels"),
    )

    def refusal(self, inputs: Mapping[str, Any]) -> str | None:
        """A secret is given once."""
        for name, label in SECRETS.items():
            hidden = at(inputs, f"sensitiveLabels.{name}") or at(inputs, f"sensitiveLabels.{name}Wo")
            if hidden and at(inputs, f"labels.{label}"):
                return f'"sensitiveLabels.{name}" cannot be set together with the label "{label}".'
        return None
