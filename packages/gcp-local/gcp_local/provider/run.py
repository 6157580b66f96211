"""`gcp:cloudrunv2`: Job and JobIamMember.

Rules: terraform-provider-google-beta (93c65b2), google-beta/services/cloudrunv2: resource_cloud_run_v2_job.go:110-115
(labels, annotations, project, deletion policy), :141-1110 (schema), :1115-1258 (create, then wait for the operation),
:1260-1352 (read; :1301 what only the program decides), :1354-1497 (update: PATCH of the whole job, without a mask),
:1499-1562 (delete; :1533 the protection), :1564-1590 (import), :1597-1625 (labels, annotations: the program's),
:2948-2953 (no retries are sent as 0); cloud_run_v2_operation.go:49-64 (the URL of an operation);
iam_cloud_run_v2_job.go:71-90 (member), :101-147 (the job's full name), the rest as for every member (`policies`).
`functionalType` and what else `pulumi_gcp` has beyond that source is kept as it is given.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from typing_extensions import override

from gcp_local.provider import labels, rules
from gcp_local.provider.bodies import given, pruned
from gcp_local.provider.cloud import RUN, Cloud
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.facts import AutoName, Facts, paths
from gcp_local.provider.policies import CONDITION_PATHS, PolicyMember
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import UNKNOWN, Bag, has_unknown

TASK: Final = "template.template"
CONTAINER: Final = f"{TASK}.containers"
PROBE: Final = f"{CONTAINER}.startupProbe"
STAGES: Final = ("UNIMPLEMENTED", "PRELAUNCH", "EARLY_ACCESS", "ALPHA", "BETA", "GA", "DEPRECATED", "")
SENT: Final = (
    "client clientVersion launchStage binaryAuthorization startExecutionToken runExecutionToken functionalType template"
)
READ: Final = (
    f"{SENT} uid generation createTime updateTime deleteTime expireTime creator lastModifier observedGeneration "
    "conditions executionCount reconciling etag"
)
#: What the bridge calls in the plural, being lists, and Cloud Run does not.
PLURALS: Final = {"env": "envs", "command": "commands", "dependsOn": "dependsOns"}
#: Outputs that the plugin has as lists of one.
LISTED: Final = ("terminalCondition", "latestCreatedExecution")
POLLED_EVERY, POLLS = 0.2, 600


class Job(Resource):
    """A job; `deletionProtection` is true unless the program says otherwise."""

    id_template = "projects/{project}/locations/{location}/jobs/{name}"
    facts = Facts(
        "gcp:cloudrunv2/job:Job",
        force_new=paths("location name project tags"),
        computed=paths(
            f"project deletionPolicy launchStage template.parallelism template.taskCount {CONTAINER} "
            f"{CONTAINER}.resources {CONTAINER}.resources.limits {PROBE} {PROBE}.grpc.port {PROBE}.httpGet.port "
            f"{PROBE}.tcpSocket.port {TASK}.executionEnvironment {TASK}.serviceAccount {TASK}.timeout "
            f"{TASK}.vpcAccess.egress {TASK}.vpcAccess.networkInterfaces.network "
            f"{TASK}.vpcAccess.networkInterfaces.subnetwork"
        ),
        defaults={
            "deletionProtection": True,
            f"{TASK}.maxRetries": 3,
            f"{TASK}.volumes.emptyDir.medium": "MEMORY",
            f"{CONTAINER}.envs.value": "",
            f"{PROBE}.failureThreshold": 3,
            f"{PROBE}.initialDelaySeconds": 0,
            f"{PROBE}.periodSeconds": 10,
            f"{PROBE}.timeoutSeconds": 1,
            f"{PROBE}.httpGet.path": "/",
            f"{PROBE}.httpGet.httpHeaders.value": "",
        },
        enums={
            "launchStage": STAGES,
            f"{TASK}.executionEnvironment": ("EXECUTION_ENVIRONMENT_GEN1", "EXECUTION_ENVIRONMENT_GEN2", ""),
            f"{TASK}.volumes.emptyDir.medium": ("MEMORY", "DISK", ""),
            f"{TASK}.vpcAccess.egress": ("ALL_TRAFFIC", "PRIVATE_RANGES_ONLY", ""),
        },
        checks={f"{TASK}.timeout": rules.matches(r"[0-9]+(?:\.[0-9]{1,9})?s", "must be seconds such as 600s")},
        sets=paths(f"{CONTAINER}.envs"),
        same={"name": rules.same_last_name},
        conflicts=(("runExecutionToken", "startExecutionToken"),),
        nullable=paths("tags"),
        local=paths("tags deletionProtection deletionPolicy"),
        autoname=AutoName(),
        labelled=True,
    )

    @override
    def adjust(self, former: Mapping[str, Any], expected: Bag) -> None:
        """Annotations of others stay, as labels do."""
        stated = expected.get("annotations") or {}
        if stated is UNKNOWN or has_unknown(stated):
            expected["effectiveAnnotations"] = UNKNOWN
            return
        before = former.get("annotations") or {}
        others = {k: v for k, v in (former.get("effectiveAnnotations") or {}).items() if k not in before}
        expected["effectiveAnnotations"] = {**others, **stated}

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the job and wait until Cloud Run has it."""
        wanted = self.wanted(cloud, inputs)
        parent = f"projects/{wanted['project']}/locations/{wanted['location']}"
        body = {**_body(wanted), **pruned(given(wanted, "tags"))}
        _finish(cloud, cloud.call(RUN, "POST", f"{parent}/jobs", body, {"jobId": wanted["name"]}))
        return self.identity(wanted)

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The job as Cloud Run has it."""
        found = cloud.get(RUN, identity)
        if found is None:
            return None
        annotations = found.get("annotations") or {}
        return {
            **given(found, READ),
            **({"template": _renamed(found["template"], PLURALS)} if found.get("template") else {}),
            **{f"{name}s": [found[name]] for name in LISTED if found.get(name)},
            **labels.flatten(found.get("labels") or {}, known.get("labels") or {}),
            "annotations": {key: annotations[key] for key in known.get("annotations") or {} if key in annotations},
            "effectiveAnnotations": annotations,
            **self.parts(identity, cloud.project),
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Send the whole job, unless nothing but the deletion policy changed."""
        if set(self.diff(former, inputs).properties) - {"deletionPolicy"}:
            _finish(cloud, cloud.call(RUN, "PATCH", identity, _body(self.wanted(cloud, inputs, former))))

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the job unless it is protected."""
        if former.get("deletionProtection", True):
            raise ProviderError("cannot destroy job without setting deletion_protection=false and running `pulumi up`")
        if cloud.get(RUN, identity) is not None:
            _finish(cloud, cloud.call(RUN, "DELETE", identity))


def _body(wanted: Bag) -> Bag:
    """The request. Every block is sent without its empty parts; false and 0 stay."""
    body: Bag = pruned(given(wanted, SENT))
    return {
        **body,
        "template": _renamed(body["template"], {plural: name for name, plural in PLURALS.items()}),
        "labels": wanted["effectiveLabels"],
        "annotations": wanted["effectiveAnnotations"],
    }


def _renamed(template: Bag, names: Mapping[str, str]) -> Bag:
    """A template whose containers have their lists by these names."""
    task = template.get("template") or {}
    containers = [{names.get(key, key): value for key, value in one.items()} for one in task.get("containers") or []]
    return {**template, "template": {**task, "containers": containers}}


def _finish(cloud: Cloud, operation: Bag) -> None:
    """Wait until the operation is done. Raises ProviderError with its error."""
    for _ in range(POLLS):
        if operation.get("done"):
            break
        time.sleep(POLLED_EVERY)
        operation = cloud.call(RUN, "GET", str(operation["name"]))
    if error := operation.get("error"):
        raise ProviderError(f"Error waiting for {operation['name']}: Error code {error['code']}, {error['message']}")


class JobIamMember(PolicyMember):
    """One member with one role in the policy of a job; the policy goes with the job."""

    facts = Facts(
        "gcp:cloudrunv2/jobIamMember:JobIamMember",
        force_new=paths(f"name project location role member {CONDITION_PATHS}"),
        computed=paths("project location"),
        checks={"member": rules.member},
        same={"member": rules.same_member, "name": rules.same_last_name},
    )
    target = "name"

    @override
    def address(self, inputs: Bag, project: str) -> str:
        """Ids and outputs name the job in full; the program may."""
        name = str(inputs["name"])
        if "/" in name:
            return name
        if not inputs.get("location"):
            raise ProviderError("Cannot determine location: set in this resource, or set provider-level 'region'")
        return f"projects/{inputs.get('project') or project}/locations/{inputs['location']}/jobs/{name}"

    @override
    def place(self, address: str) -> Bag:
        """Project and location stand beside the full name."""
        _, project, _, location, *_ = address.split("/")
        return {"project": project, "location": location, "name": address}

    @override
    def load(self, cloud: Cloud, target: str) -> Bag:
        """The job's policy, read without a version, so that conditions are not seen."""
        return cloud.call(RUN, "GET", f"{target}:getIamPolicy")

    @override
    def save(self, cloud: Cloud, target: str, policy: Bag) -> Bag:
        """Write it back; the etag in it guards against changes in between."""
        return cloud.call(RUN, "POST", f"{target}:setIamPolicy", {"policy": policy})
