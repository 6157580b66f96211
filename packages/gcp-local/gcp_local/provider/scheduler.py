"""`gcp:cloudscheduler/job:Job`.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/cloudscheduler/resource_cloud_scheduler_job.go:58
(one kind of token), :78 (a last slash), :89-118 (parts of tokens that the service fills in), :120-148 (headers that
nobody sets), :202-207 (project, region, deletion policy), :231-573 (schema), :575-745 (create: POST, then pause or
resume), :747-843 (read), :845-1019 (update: PATCH of what is set, without a mask, then pause or resume if that
changed), :1021-1074 (delete), :1076-1095 (import), :1120-1129 (`paused` follows the state), :1256-1273 (routing is the
program's), :1283-1340 (headers that the service adds), :1906-1914 (`paused` is not sent).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

from typing_extensions import override

from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import SCHEDULER, Cloud
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.facts import AutoName, Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag, at

TARGETS: Final = ("appEngineHttpTarget", "httpTarget", "pubsubTarget")
RETRY: Final = tuple(
    f"retryConfig.{name}"
    for name in ("maxBackoffDuration", "maxDoublings", "maxRetryDuration", "minBackoffDuration", "retryCount")
)
ROUTING: Final = tuple(f"appEngineHttpTarget.appEngineRouting.{name}" for name in ("instance", "service", "version"))
SENT: Final = f"description schedule timeZone attemptDeadline retryConfig {' '.join(TARGETS)}"
CLOUD_PLATFORM: Final = "https://www.googleapis.com/auth/cloud-platform"
OWN_AGENTS: Final = ("AppEngine-Google; (+http://code.google.com/appengine)", "Google-Cloud-Scheduler")
OWN_HEADERS: Final = re.compile(r"(X-Google-|X-AppEngine-|Content-Length).*")


def _base64(value: Any) -> str | None:
    try:
        base64.b64decode(str(value), validate=True)
    except binascii.Error:
        return "must be text in base64."
    return None


def _headers(value: Any) -> str | None:
    wrong = [key for key in value if OWN_HEADERS.match(key)] if isinstance(value, dict) else []
    return f"Cannot set the {wrong[0]} header." if wrong else None


def _deadline(old: Any, new: Any) -> bool:
    """Absent, and the default."""
    return {old or "", new or ""} == {"", "180s"}


class Job(Resource):
    """A job with one target."""

    id_template = "projects/{project}/locations/{region}/jobs/{name}"
    facts = Facts(
        "gcp:cloudscheduler/job:Job",
        force_new=paths("name region project"),
        computed=paths(f"project region paused deletionPolicy {' '.join(RETRY)}"),
        defaults={"attemptDeadline": "180s", "timeZone": "Etc/UTC"},
        checks={
            "appEngineHttpTarget.body": _base64,
            "httpTarget.body": _base64,
            "pubsubTarget.data": _base64,
            "appEngineHttpTarget.headers": _headers,
            "httpTarget.headers": _headers,
        },
        same={
            "attemptDeadline": _deadline,
            "httpTarget.uri": lambda old, new: new is not None and _unslashed(old) == _unslashed(new),
            "httpTarget.oauthToken.scope": lambda old, new: old == CLOUD_PLATFORM and not new,
        },
        exactly_one=(TARGETS,),
        at_least_one=(RETRY, ROUTING),
        autoname=AutoName(),
    )

    @override
    def refusal(self, inputs: Mapping[str, Any]) -> str | None:
        """A target is called with one kind of token."""
        target = inputs.get("httpTarget")
        if isinstance(target, dict) and target.get("oauthToken") and target.get("oidcToken"):
            return "Error in http_target: only one of oauth_token or oidc_token can be specified, but not both."
        return None

    @override
    def adjust(self, former: Mapping[str, Any], expected: Bag) -> None:
        """The audience that the service filled in, which is the URI, stays."""
        old, uri = at(former, "httpTarget.oidcToken.audience"), at(expected, "httpTarget.uri")
        token = at(expected, "httpTarget.oidcToken")
        if old and old == uri and isinstance(token, dict) and not token.get("audience"):
            target = expected["httpTarget"]
            expected["httpTarget"] = {**target, "oidcToken": {**token, "audience": old}}

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the job, then pause it or not."""
        wanted = self.wanted(cloud, inputs)
        if not wanted.get("region"):
            raise ProviderError(
                "Cannot determine region: set in this resource, or set provider-level 'region' or 'zone'."
            )
        parent = f"projects/{wanted['project']}/locations/{wanted['region']}"
        identity = self.identity(wanted)
        cloud.call(SCHEDULER, "POST", f"{parent}/jobs", {**_body(wanted), "name": identity})
        self._switch(cloud, identity, wanted)
        return identity

    @override
    def later_steps(self, wanted: Mapping[str, Any]) -> frozenset[str]:
        """Whether it is paused is said after it is made."""
        return frozenset({"paused"})

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The job as Scheduler has it, without what Scheduler adds to a target."""
        found = cloud.get(SCHEDULER, identity)
        if found is None:
            return None
        targets = {name: _target(found[name], known.get(name) or {}) for name in TARGETS if found.get(name)}
        return {
            **given(found, f"{SENT} state"),
            **targets,
            "paused": found.get("state") == "PAUSED",
            **self.parts(identity, cloud.project),
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Send what is set, then pause or resume if that changed; an emptied field stays, as nothing names it."""
        changed = set(self.diff(former, inputs).properties) - {"deletionPolicy"}
        wanted = self.wanted(cloud, inputs, former)
        if changed:
            cloud.call(SCHEDULER, "PATCH", identity, _body(wanted))
        if "paused" in changed:
            self._switch(cloud, identity, wanted)

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the job."""
        cloud.remove(SCHEDULER, identity)

    def _switch(self, cloud: Cloud, identity: str, wanted: Bag) -> None:
        cloud.call(SCHEDULER, "POST", f"{identity}:{'pause' if wanted.get('paused') else 'resume'}", {})


def _unslashed(uri: Any) -> str:
    return str(uri).removesuffix("/")


def _body(wanted: Bag) -> Bag:
    body: Bag = pruned(given(wanted, SENT))
    return body


def _target(found: Bag, known: Bag) -> Bag:
    """A target without the headers that the service adds, and with the program's routing."""
    headers = dict(found.get("headers") or {})
    agent = str(headers.pop("User-Agent", ""))
    own = agent.replace(OWN_AGENTS[0], "").strip()
    if own and agent not in OWN_AGENTS:
        headers["User-Agent"] = own
    if headers.get("Content-Type") == "application/octet-stream":
        del headers["Content-Type"]
    if found.get("oauthToken") or found.get("oidcToken"):
        headers.pop("Authorization", None)
    kept = {key: value for key, value in headers.items() if not OWN_HEADERS.match(key)}
    routing = {"appEngineRouting": known["appEngineRouting"]} if known.get("appEngineRouting") else {}
    return {**found, **routing, **({"headers": kept} if "headers" in found else {})}
