"""What stands in the project before this stack: read first, so that a project without bootstrap/ stops the program.

Scope: the transfer service's account, the dataset's own settings, and whether the run account still lives on an entry
for the whole dataset. Not here: what follows from them, tables and their columns (`live`).
"""

from __future__ import annotations

import json
from asyncio import Future
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import invoke_async
from pulumi.runtime.settings import _get_rpc_manager
from pulumi.runtime.sync_await import _sync_await

from components.foundation import AGENT_ROLE
from settings.errors import ErosError
from settings.model import Settings

AGENT_DOMAIN = "@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"
READ_POLICY = "gcp:projects/getIamPolicy:getIamPolicy"
LIST_DATASETS = "gcp:bigquery/getDatasets:getDatasets"
READ_DATASET = "gcp:bigquery/getDataset:getDataset"
LIST_TABLES = "gcp:bigquery/getTables:getTables"
# What releases before the access list gave the run account, in either spelling.
FORMER_ROLES = ("WRITER", "roles/bigquery.dataEditor")


class NotBootstrapped(ErosError):
    """The project lacks what bootstrap/ makes in it."""


@dataclass(frozen=True)
class Standing:
    """`transfer_agent` is an IAM member; `bridged` are tables and views, as (dataset, name), that the run account
    reaches as an editor of the whole dataset: each needs its own grant before that entry goes. `dataset` is as
    getDataset shows it, None where there is none."""

    transfer_agent: str
    dataset: Mapping[str, Any] | None = None
    bridged: frozenset[tuple[str, str]] = frozenset()


def standing(settings: Settings, provider: pulumi.ProviderResource) -> Standing:
    """Errors: NotBootstrapped."""
    options = pulumi.InvokeOptions(provider=provider)
    agent = _sync_await(_transfer_agent(settings, options))
    dataset = _sync_await(_dataset(settings, options))
    return Standing(agent, dataset, _sync_await(_bridged(settings, dataset or {}, options)))


async def _transfer_agent(settings: Settings, options: pulumi.InvokeOptions) -> str:
    fix = f"eros bootstrap -s {settings.stack} (or pulumi -C bootstrap up -s {settings.stack}); README, Fresh project"
    try:
        answer = await invoke_async(READ_POLICY, {"project": settings.project}, options)
    except Exception as error:
        _forget_failed_calls()
        raise NotBootstrapped(f"project {settings.project} cannot be read: {error}", fix=fix) from None
    bindings = json.loads(answer["policyData"]).get("bindings", ())
    members = [one for binding in bindings if binding["role"] == AGENT_ROLE for one in binding.get("members", ())]
    # A deleted account stays listed, as deleted:serviceAccount:...?uid=...
    agents = sorted(one for one in members if one.endswith(AGENT_DOMAIN))
    if not agents:
        raise NotBootstrapped(
            f"project {settings.project} is not bootstrapped: nobody has {AGENT_ROLE}, so no scheduled query could run",
            fix=fix,
        )
    return str(agents[0])


def _forget_failed_calls() -> None:
    """The SDK ends a program with the error of its first failed call, even of one that was caught: ours says more."""
    manager = _get_rpc_manager()
    manager.unhandled_exception = manager.exception_traceback = None
    manager.rpcs = [
        call for call in manager.rpcs if not (isinstance(call, Future) and call.done() and call.exception())
    ]


async def _dataset(settings: Settings, options: pulumi.InvokeOptions) -> Mapping[str, Any] | None:
    listed = await invoke_async(LIST_DATASETS, {"project": settings.project}, options)
    if settings.dataset not in {entry["datasetId"] for entry in listed.get("datasets") or ()}:
        return None
    found: Mapping[str, Any] = await invoke_async(READ_DATASET, _place(settings), options)
    return found


async def _bridged(
    settings: Settings, dataset: Mapping[str, Any], options: pulumi.InvokeOptions
) -> frozenset[tuple[str, str]]:
    account = settings.run_account_email
    if not any(_is_editor(entry, account) for entry in dataset.get("accesses") or ()):
        return frozenset()
    tables = await invoke_async(LIST_TABLES, _place(settings), options)
    return frozenset((settings.dataset, str(entry["tableId"])) for entry in tables.get("tables") or ())


def _place(settings: Settings) -> dict[str, str]:
    return {"project": settings.project, "datasetId": settings.dataset}


def _is_editor(entry: Mapping[str, Any], account: str) -> bool:
    return str(entry.get("userByEmail") or "").lower() == account and entry.get("role") in FORMER_ROLES
