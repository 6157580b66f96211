"""The whole program under Pulumi's mocks: what it registers, from the configuration of the committed stack files."""

from __future__ import annotations

import json
import os
import runpy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_in_stack
from pulumi.runtime.sync_await import _sync_await

from catalog import load_cached as load_catalog
from operations.project import stack_values
from settings.load import redirections
from settings.model import ProjectSettings, Settings

AGENT = "serviceAccount:service-42@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"
AGENT_BINDING = {"role": "roles/bigquerydatatransfer.serviceAgent", "members": [AGENT]}
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Registered:
    """One RegisterResource request, inputs in the provider's camelCase."""

    type: str
    name: str
    inputs: dict[str, Any]
    protect: bool
    parent: str
    depends_on: frozenset[str]
    provider: str
    urn: str


@dataclass
class Program:
    """What one run of the program did."""

    resources: list[Registered] = field(default_factory=list)
    reads: list[dict[str, Any]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def of(self, kind: str) -> dict[str, Registered]:
        return {item.name: item for item in self.resources if item.type == kind}

    @property
    def dataset(self) -> Registered:
        """The platform's own; that of the report views is another."""
        return self.of("gcp:bigquery/dataset:Dataset")["warehouse-dataset"]

    def one(self, kind: str) -> Registered:
        (only,) = self.of(kind).values()
        return only


@dataclass
class Standing:
    """The project before the program runs: its policy (or why it cannot be read), access list, labels."""

    policy: list[dict[str, Any]] | Exception = field(default_factory=lambda: [AGENT_BINDING])
    accesses: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """What a preview's engine knows: names that it would create, and names in its state (None: it has none yet)."""

    creates: frozenset[str] = frozenset()
    recorded: frozenset[str] | None = None


class CloudMocks(pulumi.runtime.Mocks):
    """Synthesises the outputs that the provider computes; `live` answers getTable."""

    def __init__(
        self,
        program: Program,
        live: Mapping[str, dict[str, Any]],
        datasets: tuple[str, ...],
        standing: Standing,
        preview: Preview | None = None,
        token: str = "",
    ) -> None:
        self.token = token
        self.program, self.live, self.datasets, self.standing = program, live, datasets, standing
        self.preview = preview or Preview()

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:  # type: ignore[override] # it may: see Mocks
        self.program.reads.append(args.args)
        match args.token:
            case "gcp:bigquery/getDatasets:getDatasets":
                return {"datasets": [{"datasetId": name} for name in self.datasets] if self.live else []}
            case "gcp:projects/getIamPolicy:getIamPolicy":
                if isinstance(self.standing.policy, Exception):
                    raise self.standing.policy
                return {"policyData": json.dumps({"bindings": self.standing.policy})}
            case "gcp:organizations/getClientConfig:getClientConfig" | "gcp:organizations/getProject:getProject":
                return {"accessToken": self.token, "number": "42"}
            case "gcp:bigquery/getDataset:getDataset":
                return {"accesses": self.standing.accesses, "labels": self.standing.labels}
            case "gcp:bigquery/getTables:getTables":
                return {"tables": [{"tableId": name, "labels": self.live[name].get("labels")} for name in self.live]}
            case "gcp:bigquery/getTable:getTable":
                return self.live[args.args["tableId"]]
            case "pulumi:pulumi:readStackOutputs":
                return {"outputs": {} if self.preview.recorded is None else {"dataset": "x"}}
            case "pulumi:pulumi:readStackResourceOutputs":
                assert self.preview.recorded is not None, "the CLI crashes here"
                urns = [item.urn for item in self.program.resources if item.name in self.preview.recorded]
                return {"outputs": {urn: {"type": "x", "outputs": {}} for urn in urns}}
        raise AssertionError(f"the program called {args.token}")

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        email = f"{args.inputs.get('accountId', 'agent')}@example.iam.gserviceaccount.com"
        computed: dict[str, dict[str, Any]] = {
            "gcp:serviceaccount/account:Account": {
                "email": email,
                "name": f"projects/p/serviceAccounts/{email}",
                "uniqueId": "42",
            },
            "gcp:bigquery/dataTransferConfig:DataTransferConfig": {
                "name": f"projects/1/locations/us/transferConfigs/{args.name}"
            },
            "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": {"name": f"projects/42/pools/{args.name}"},
            "gcp:projects/iAMCustomRole:IAMCustomRole": {"name": f"projects/p/roles/{args.inputs.get('roleId')}"},
            "gcp:bigquery/table:Table": {"creationTime": 1_700_000_000_000},
            "gcp:monitoring/notificationChannel:NotificationChannel": {
                "name": f"projects/p/notificationChannels/{args.name}"
            },
            "gcp:monitoring/alertPolicy:AlertPolicy": {"name": "projects/p/alertPolicies/2"},
        }
        extra = computed.get(args.typ, {})
        if args.typ == "gcp:serviceaccount/account:Account":
            extra = {**extra, "member": f"serviceAccount:{email}"}
        return "" if args.name in self.preview.creates else f"{args.name}-id", {**args.inputs, **extra}


class RecordingMonitor(pulumi_mocks.MockMonitor):
    """Keeps what MockResourceArgs leaves out: protection, parent, dependencies."""

    mocks: CloudMocks

    def RegisterResource(self, request: Any) -> Any:
        if request.type != "pulumi:pulumi:Stack":
            self.mocks.program.resources.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    inputs=rpc.deserialize_properties(request.object),
                    protect=request.protect,
                    parent=request.parent,
                    depends_on=frozenset(request.dependencies),
                    provider=request.provider,
                    urn=self.make_urn(request.parent, request.type, request.name),
                )
            )
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def RegisterResourceOutputs(self, request: Any) -> Any:
        if request.urn.split("::")[2] == "pulumi:pulumi:Stack":  # a component is below it, and may come later
            self.mocks.program.outputs = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


@cache
def live_sources() -> dict[str, dict[str, Any]]:
    """The source tables as getTable shows them; copy before you change one."""
    tables = load_catalog(ROOT).tables.values()
    return {table.name: {"schema": table.schema_json()} for table in tables if table.is_source}


@pytest.fixture(scope="session")
def run_program() -> Iterator[Callable[..., Program]]:
    """Runs `__main__.py` as the engine would; `live` are the dataset's tables, by default unmanaged sources alone."""
    monkeypatch = pytest.MonkeyPatch()
    for name in redirections(os.environ):
        monkeypatch.delenv(name)

    def run(
        stack: str = "prod",
        *,
        live: Mapping[str, dict[str, Any]] | None = None,
        standing: Standing | None = None,
        root: Path = ROOT,
        preview: Preview | None = None,
        token: str = "",
        model: type[ProjectSettings] = Settings,
        **config: str,
    ) -> Program:
        program = Program()
        managed = config.get("manageSources") == "true"
        tables = live if live is not None else {} if managed else live_sources()
        datasets = ("eros_scheduling_brain", config.get("sourceDataset") or "eros_scheduling_brain")
        mocks = CloudMocks(program, tables, datasets, standing or Standing(), preview, token)
        monitor = RecordingMonitor(mocks)
        pulumi.runtime.set_mocks(
            mocks, project=model.PROGRAM, stack=stack, preview=preview is not None, monitor=monitor
        )
        stated = stack if (ROOT / model.FOLDER / f"Pulumi.{stack}.yaml").exists() else "prod"
        values = stack_values(ROOT, stated, model) | config
        pulumi.runtime.set_all_config({f"{model.PROGRAM}:{key}": value for key, value in values.items()})
        pulumi.runtime.settings.set_root_resource(None)  # type: ignore[arg-type] # as it is before a program
        SETTINGS.rpc_manager.clear()
        SETTINGS.outputs.clear()

        def main() -> None:
            runpy.run_path(str(root / model.FOLDER / "__main__.py"), run_name="__main__")

        _sync_await(run_in_stack(main))
        return program

    yield run
    monkeypatch.undo()


@pytest.fixture(scope="session")
def prod(run_program: Callable[..., Program]) -> Program:
    """The production stack on a project that has none of it yet."""
    return run_program("prod")
