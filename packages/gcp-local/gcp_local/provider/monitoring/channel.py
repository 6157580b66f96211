"""`gcp:monitoring/notificationChannel:NotificationChannel`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from gcp_local.provider.bodies import given
from gcp_local.provider.cloud import MONITORING, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag, at

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

    @override
    def refusal(self, inputs: Mapping[str, Any]) -> str | None:
        """A secret is given once."""
        for name, label in SECRETS.items():
            hidden = at(inputs, f"sensitiveLabels.{name}") or at(inputs, f"sensitiveLabels.{name}Wo")
            if hidden and at(inputs, f"labels.{label}"):
                return f'"sensitiveLabels.{name}" cannot be set together with the label "{label}".'
        return None

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the channel; the cloud names it."""
        wanted = self.wanted(cloud, inputs)
        parent = f"v3/projects/{wanted['project']}/notificationChannels"
        return str(cloud.call(MONITORING, "POST", parent, self._body(wanted))["name"])

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The channel as Monitoring has it; secrets are what the program said, the cloud hides them."""
        found = cloud.get(MONITORING, f"v3/{identity}")
        if found is None:
            return None
        # What the program states as secret is no label to it; an import knows of none and shows them obfuscated, as
        # the real plugin does.
        secret = known.get("sensitiveLabels") or {}
        hidden = {label for name, label in SECRETS.items() if secret.get(name) or secret.get(f"{name}Wo")}
        return {
            **given(found, "type displayName description userLabels verificationStatus name"),
            "enabled": found.get("enabled", False),
            "labels": {name: value for name, value in (found.get("labels") or {}).items() if name not in hidden},
            "project": identity.split("/")[1],
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Write the whole channel."""
        body = {"name": identity, **self._body(self.wanted(cloud, inputs, former))}
        cloud.call(MONITORING, "PATCH", f"v3/{identity}", body)

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the channel; one that a policy uses only by force."""
        cloud.remove(MONITORING, f"v3/{identity}", {"force": "true" if former.get("forceDelete") else "false"})

    def _body(self, wanted: Bag) -> Bag:
        secrets = wanted.get("sensitiveLabels") or {}
        hidden = {label: secrets.get(name) or secrets.get(f"{name}Wo") for name, label in SECRETS.items()}
        shown = wanted.get("labels") or {}
        return {
            **given(wanted, "type displayName description userLabels"),
            "labels": {**shown, **{label: value for label, value in hidden.items() if value}},
            "enabled": bool(wanted["enabled"]),
        }
