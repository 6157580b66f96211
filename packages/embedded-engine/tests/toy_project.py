"""A Pulumi project in a folder: an unmodified program with the SDK, which declares what `resources.json` lists."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROGRAM = """
import json
from pathlib import Path

import pulumi


class Toy(pulumi.CustomResource):
    serial: pulumi.Output[int]
    address: pulumi.Output[str]


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("toy:index:Group", name, None, opts)
        self.register_outputs({"made": name})


made = {}


def value(given):
    if isinstance(given, dict) and "ref" in given:
        resource = made[given["ref"]]
        return resource.id if given["key"] == "id" else getattr(resource, given["key"])
    if isinstance(given, dict) and "secret" in given:
        return pulumi.Output.secret(given["secret"])
    if isinstance(given, dict) and "config" in given:
        config = pulumi.Config()
        return config.require_secret(given["config"]) if given.get("hidden") else config.require(given["config"])
    return given


def alias(spec):
    if "parent" not in spec:
        return pulumi.Alias(**spec)
    parent = made[spec["parent"]] if spec["parent"] else pulumi.ROOT_STACK_RESOURCE
    return pulumi.Alias(**{**spec, "parent": parent})


def options(entry):
    given = dict(entry.get("options", {}))
    aliases = [alias(spec) for spec in given.pop("aliases", [])]
    parent, needed = entry.get("parent"), [made[name] for name in entry.get("depends_on", [])]
    provider = {"provider": made[entry["provider"]]} if "provider" in entry else {}
    return pulumi.ResourceOptions(
        parent=made[parent] if parent else None,
        depends_on=needed or None,
        aliases=aliases or None,
        **provider,
        **given,
    )


listed = json.loads(Path("resources.json").read_text())
for entry in listed["resources"]:
    if entry["type"] == "toy:index:Group":
        made[entry["name"]] = Group(entry["name"], options(entry))
    elif entry["type"] == "pulumi:providers:toy":
        made[entry["name"]] = pulumi.ProviderResource("toy", entry["name"], entry.get("properties", {}), options(entry))
    else:
        properties = {key: value(given) for key, given in entry.get("properties", {}).items()}
        properties |= {"serial": None, "address": None}
        made[entry["name"]] = Toy(entry["type"], entry["name"], properties, options(entry))
for key, given in listed.get("exports", {}).items():
    pulumi.export(key, value(given))
"""


# Written by the CLI, version 3.260.0: the salt of a stack with this passphrase, and a secret of it.
PASSPHRASE, SECRET = "x", "s3cr3t"
SALT = "v1:TxLRVqmmbVo=:v1:qE+H4BmAbALsRqF3:HGVtN3wsRdgl/YOvx3c/aI1ZUNqc9w=="
SEALED = "v1:IBkj1xI5Sp9o6bEu:oFctaX3ysOb29Op5EISwwlXSauffZA=="


class ToyProject:
    """A project of the toy cloud with an empty stack `dev`, whose configuration holds a secret `token`. It is
    deployed by a command line: the engine's or the CLI's.
    """

    def __init__(self, folder: Path, backend: Path, port: int, extra: str = "") -> None:
        self.folder, self.backend = folder, backend
        folder.mkdir(parents=True, exist_ok=True)
        backend.mkdir(parents=True, exist_ok=True)
        runtime = f"runtime: {{name: python, options: {{virtualenv: {json.dumps(sys.prefix)}}}}}\n"
        (folder / "Pulumi.yaml").write_text(f"name: toy\n{runtime}{extra}")
        (folder / "__main__.py").write_text(PROGRAM)
        (folder / "Pulumi.dev.yaml").write_text(
            f"encryptionsalt: {SALT}\nconfig:\n  toy:token:\n    secure: {SEALED}\n"
        )
        secrets = {"type": "passphrase", "state": {"salt": SALT}}
        manifest = {
            "time": "2024-01-01T00:00:00Z",
            "magic": hashlib.sha256(b"v3.260.0").hexdigest(),
            "version": "v3.260.0",
        }
        latest = {"manifest": manifest, "secrets_providers": secrets, "metadata": {}}
        files = backend / ".pulumi"
        (files / "stacks/toy").mkdir(parents=True)
        (files / "meta.yaml").write_text("version: 1\n")
        state = {"version": 3, "checkpoint": {"stack": "organization/toy/dev", "latest": latest}}
        (files / "stacks/toy/dev.json").write_text(json.dumps(state))
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")},
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DEBUG_PROVIDERS": f"toy:{port}",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_HOME": str(folder / ".home"),
        }

    def declare(self, resources: list[dict[str, Any]], exports: Mapping[str, Any] | None = None) -> None:
        """Sets what the program declares."""
        listed = {"resources": resources, "exports": exports or {}}
        (self.folder / "resources.json").write_text(json.dumps(listed))

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command line in the project."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def embedded(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs the embedded engine."""
        return self.run(sys.executable, "-m", "embedded_engine", *arguments, **environment)

    def cli(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs the Pulumi CLI."""
        return self.run("pulumi", *arguments, "--non-interactive", **environment)

    @property
    def state(self) -> dict[str, Any]:
        """The state file's `latest`."""
        path = self.backend / ".pulumi/stacks/toy/dev.json"
        latest: dict[str, Any] = json.loads(path.read_bytes())["checkpoint"]["latest"]
        return latest
