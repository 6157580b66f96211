"""Keeps a deployment for Google Cloud out of the local cloud.

In a shell with the local environment `pulumi up -s prod` would deploy to the emulator and record that as prod. The
program's settings refuse this; the provider refuses it again, for programs that do not ask.
"""

from __future__ import annotations

from gcp_local import environment
from gcp_local.provider.cloud import (
    BIGQUERY,
    BUDGETS,
    IAM,
    KMS,
    LOGGING,
    MONITORING,
    PUBSUB,
    RESOURCE_MANAGER,
    SERVICE_USAGE,
    STORAGE,
    TRANSFER,
    Cloud,
)
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.urns import stack_of

LOCAL_STACK = "local"
APIS = (BIGQUERY, STORAGE, TRANSFER, MONITORING, PUBSUB, LOGGING, IAM, KMS, BUDGETS, SERVICE_USAGE, RESOURCE_MANAGER)


def configure(cloud: Cloud, urn: str, project: object) -> None:
    """Raises ProviderError unless the endpoints lead to this machine and the deployment is for the local cloud.

    A stack is local if its provider is for the local cloud's project; without a project, if it is named `local`.
    """
    for names in APIS:
        cloud.endpoint(names)
    if isinstance(project, str) and project:
        _refuse_project(cloud, project, stack_of(urn))
    elif stack_of(urn) not in ("", LOCAL_STACK):
        raise ProviderError(
            f"stack {stack_of(urn)} is not for the local cloud, but this shell sends its calls there "
            f"({_variables()}); to deploy to Google Cloud: {_fix()}; "
            f"for a local stack set gcp:project to {cloud.project}"
        )


def resource(cloud: Cloud, urn: str, project: object) -> None:
    """Raises ProviderError for a resource of another project: a provider serves all stacks and cannot tell them."""
    if isinstance(project, str) and project:
        _refuse_project(cloud, project.removeprefix("projects/"), stack_of(urn))


def _refuse_project(cloud: Cloud, project: str, stack: str) -> None:
    if project != cloud.project:
        raise ProviderError(
            f"stack {stack or '(unknown)'} deploys to project {project}, which is not the local cloud's "
            f"({cloud.project}), but this shell sends its calls to the local cloud ({_variables()}); "
            f"unset these variables: {_fix()}"
        )


def _fix() -> str:
    return f'eval "$({environment.command()} env --unset)"'


def _variables() -> str:
    return ", ".join((*(names[0] for names in APIS), "PULUMI_DEBUG_PROVIDERS"))
