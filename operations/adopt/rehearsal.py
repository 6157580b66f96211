"""Runs the program once without an engine and prints what it registers: `python -m operations.adopt.rehearsal`.

A process of its own, since the SDK keeps one program in its globals. Reads a JSON request on standard input (see
`declared`), answers registrations with what is live, so that values which follow from others are the real ones, and
the program's own reading with the sources as they are declared: it is not asked to judge here.
"""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.stack import run_in_stack
from pulumi.runtime.sync_await import _sync_await

from catalog import load_cached as load_catalog
from catalog import placement
from plain_command import streams
from settings.errors import ErosError
from settings.load import parse
from settings.model import Settings

PROJECT = "eros-platform"
STACK_TYPE = "pulumi:pulumi:Stack"
# The input that people know an object by, in the types whose outputs others build upon.
NAMES = ("tableId", "accountId", "displayName")
# Whether the project is bootstrapped is asked of the real program, not here.
AGENT_ROLE = "roles/bigquerydatatransfer.serviceAgent"
AGENT = "serviceAccount:service-0@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"


class Cloud(mocks.Mocks):
    """Answers as the project would."""

    def __init__(self, root: Path, settings: Settings, known: Mapping[str, Mapping[str, Any]]) -> None:
        catalog = load_catalog(root)
        self._known, self._place = known, placement(catalog, settings)
        self._sources = {} if settings.manage_sources else {n: t for n, t in catalog.tables.items() if t.is_source}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The functions that the program reads with."""
        function = args.token.rpartition(":")[2]
        if function == "getIamPolicy":
            return {"policyData": json.dumps({"bindings": [{"role": AGENT_ROLE, "members": [AGENT]}]})}, []
        if function == "getClientConfig":
            return {"accessToken": ""}, []  # who else writes is the survey's to say
        if function == "getDataset":
            return {"accesses": []}, []
        if function == "getDatasets":
            return {"datasets": [{"datasetId": name} for name in self._place.datasets]}, []
        sources = self._place.by_name(args.args.get("datasetId", ""), self._sources)
        if function == "getTables":
            return {"tables": [{"tableId": name} for name in sources]}, []
        if function == "getTable":
            return {"schema": self._sources[sources[args.args["tableId"]]].schema_json()}, []
        raise ErosError(f"adoption cannot answer the function {args.token}")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Outputs: inputs, what follows from them, and what the live object of this name adds."""
        called = next((args.inputs[key] for key in NAMES if key in args.inputs), "")
        live = self._known.get(f"{args.typ}::{called}") or {}
        return f"{args.name}-id", {**_predicted(args.typ, args.inputs), **live}


def _predicted(type_: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from the inputs, where others build upon it."""
    made: dict[str, Any] = dict(inputs)
    if type_ == "gcp:serviceaccount/account:Account":
        email = f"{inputs['accountId']}@{inputs['project']}.iam.gserviceaccount.com"
        made |= {"email": email, "member": f"serviceAccount:{email}", "uniqueId": "0"}
        made["name"] = f"projects/{inputs['project']}/serviceAccounts/{email}"
    if type_ == "gcp:projects/iAMCustomRole:IAMCustomRole":
        made["name"] = f"projects/{inputs['project']}/roles/{inputs['roleId']}"
    if type_ == "gcp:bigquery/table:Table":
        made["creationTime"] = 0
    if type_ in NAMED:
        made.setdefault("name", f"not/there/yet/{inputs['displayName']}")
    return made


NAMED = (
    "gcp:bigquery/dataTransferConfig:DataTransferConfig",
    "gcp:monitoring/notificationChannel:NotificationChannel",
    "gcp:monitoring/alertPolicy:AlertPolicy",
)


class Monitor(mocks.MockMonitor):
    """Keeps each registration, under the URN that the engine will give it."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.registered: list[dict[str, Any]] = []

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """With the types of all parents but the stack."""
        above = parent.split("::")[2] if parent else ""
        qualified = type_ if above in ("", STACK_TYPE) else f"{above}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{PROJECT}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        """Notes the request, then answers it."""
        if request.type != STACK_TYPE:
            entry = {
                "urn": self.make_urn(request.parent, request.type, request.name),
                "type": request.type,
                "name": request.name,
                "parent": "" if request.parent.split("::")[2:3] in ([], [STACK_TYPE]) else request.parent,
                "provider": request.provider.rpartition("::")[0],
                "version": request.version,
                "custom": request.custom,
                "inputs": rpc.deserialize_properties(request.object),
            }
            self.registered.append(entry)
        answer: Any = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        return answer


def rehearse(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The registrations of the program, in order. Errors: pulumi.RunError as the program raises it."""
    root = Path(request["root"])
    monitor = Monitor(Cloud(root, parse(request["stack"], request["config"]), request["known"]))
    pulumi.runtime.set_mocks(monitor.mocks, project=PROJECT, stack=request["stack"], preview=False, monitor=monitor)
    pulumi.runtime.set_all_config({f"{PROJECT}:{key}": value for key, value in request["config"].items()})

    def program() -> None:
        runpy.run_path(str(root / "__main__.py"), run_name="__main__")

    pulumi.runtime.settings.set_root_resource(None)  # type: ignore[arg-type]
    _sync_await(run_in_stack(program))
    return monitor.registered


def main() -> None:
    """Reads the request and prints the answer; what the program says of itself goes to standard error."""
    try:
        print(json.dumps(rehearse(json.load(sys.stdin))))
    except (ErosError, pulumi.RunError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    streams.run(main)
