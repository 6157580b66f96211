"""A preview that changes nothing: the embedded engine against the Pulumi CLI, in turns, on the same state.

Aim: at most half of the CLI's time.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gcp_local import environment
from gcp_local.supervisor.cloud import LocalCloud
from operations.engines import Engine, choose

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("__main__.py", "outputs.py", "Pulumi.yaml", "Pulumi.local.yaml", "settings", "catalog", "components")
TURNS = 3
MANY = 500
SECONDS = 600
MANY_PROGRAM = f"""
import pulumi
import pulumi_gcp as gcp

apis = gcp.projects.Service("iam", service="iam.googleapis.com", project="eros-local", disable_on_destroy=False)
for number in range({MANY}):
    gcp.serviceaccount.Account(
        f"account-{{number}}",
        account_id=f"account-{{number:04}}",
        project="eros-local",
        opts=pulumi.ResourceOptions(depends_on=[apis]),
    )
"""
MANY_PROJECT = "name: many\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n"


def main() -> None:
    """Measures the platform and a program of 500 resources."""
    cli = choose(local=True, install=False)
    embedded = Engine((sys.executable, "-m", "embedded_engine"), "here", "benchmark", embedded=True)
    with tempfile.TemporaryDirectory() as scratch:
        cloud = LocalCloud(Path(scratch) / "cloud")
        ports = {name: record.port for name, record in cloud.up().processes.items()}
        variables = environment.variables(ports, cloud.folder) | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
        try:
            for name, folder in (("platform", _platform(scratch)), (f"{MANY} resources", _many(scratch))):
                _measure(name, folder, {**os.environ, **variables}, embedded, None if cli.embedded else cli)
        finally:
            cloud.down()


def _platform(scratch: str) -> Path:
    folder = Path(scratch) / "platform"
    folder.mkdir()
    for name in (*PROGRAM, "sql", "config"):
        source = ROOT / name
        shutil.copytree(source, folder / name) if source.is_dir() else shutil.copy(source, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def _many(scratch: str) -> Path:
    folder = Path(scratch) / "many"
    folder.mkdir()
    (folder / "__main__.py").write_text(MANY_PROGRAM)
    (folder / "Pulumi.yaml").write_text(MANY_PROJECT)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def _measure(name: str, folder: Path, variables: dict[str, str], embedded: Engine, cli: Engine | None) -> None:
    for arguments in (("stack", "init", "local"), ("up", "--stack", "local", "--yes", "--skip-preview")):
        _run(embedded, folder, variables, *arguments)
    engines = [engine for engine in (embedded, cli) if engine]
    taken: dict[str, list[float]] = {}
    for _ in range(TURNS):
        for engine in engines:
            started = time.perf_counter()
            _run(engine, folder, variables, "preview", "--stack", "local", "--expect-no-changes")
            taken.setdefault("embedded" if engine.embedded else "cli", []).append(time.perf_counter() - started)
    medians = {engine: statistics.median(times) for engine, times in taken.items()}
    print(f"no-op preview, {name}: " + ", ".join(f"{engine} {seconds:.1f} s" for engine, seconds in medians.items()))
    if cli:
        print(f"no-op preview, {name}: embedded / cli = {medians['embedded'] / medians['cli']:.2f} (aim 0.50)")
    else:
        print(f"no-op preview, {name}: no Pulumi CLI on PATH to compare with")


def _run(engine: Engine, folder: Path, variables: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [*engine.command, *arguments, "--non-interactive"],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode and arguments[:2] != ("stack", "init"):
        raise SystemExit(f"{engine}: {' '.join(arguments)} failed\n{done.stdout}{done.stderr}")
