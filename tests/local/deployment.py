"""A copy of the program with an engine and a local cloud of its own: what the tests of whole updates work on."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from google.cloud import bigquery

from gcp_local import environment
from gcp_local.supervisor.cloud import LocalCloud
from gcp_local.supervisor.specs import PROCESSES, Spec
from local.cloud import DATASET, PROJECT
from operations.engines import Engine, choose
from plain_command.caches import cache_folder

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (
    *("__main__.py", "outputs.py", "Pulumi.yaml", "Pulumi.local.yaml", "Pulumi.prod.yaml"),
    *("settings", "catalog", "components", "policies", "sql", "config"),
)
# -P: what the engine imports is this tree's, not the copied program's.
EMBEDDED = Engine((sys.executable, "-P", "-m", "embedded_engine"), "test", "test", embedded=True)
SECONDS = 1200
MOVED = "UPDATE ducklake_metadata SET value = ? WHERE key = 'data_path'"


def engines() -> list[Any]:
    """The embedded engine, and the CLI where there is one."""
    cli = choose(local=True, install=False)
    missing = pytest.mark.skipif(cli.embedded, reason="no Pulumi CLI on PATH")
    return [pytest.param(EMBEDDED, id="embedded"), pytest.param(cli, id="cli", marks=[pytest.mark.cli, missing])]


@dataclass
class Deployment:
    """A copy of the program, its engine and its own local cloud."""

    folder: Path
    engine: Engine
    environment: dict[str, str]
    ports: dict[str, int]

    def engine_run(self, verb: str, *arguments: str, stack: str = "local") -> subprocess.CompletedProcess[str]:
        return self.command(verb, "--stack", stack, *arguments)

    def init(self, stack: str) -> None:
        """Makes the stack, or finds it made."""
        done = self.command("stack", "init", stack, "--non-interactive")
        assert done.returncode == 0 or "already exists" in done.stdout + done.stderr, done.stderr

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.engine.command, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def bootstrap(self) -> None:
        """What the project needs once: by today's program, whichever release is deployed afterwards."""
        project = replace(self, folder=ROOT / "bootstrap")
        project.init("local")
        project.up()

    def up(self) -> str:
        done = self.engine_run("up", "--yes", "--skip-preview", "--non-interactive")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, verb: str, *arguments: str) -> str:
        done = self.engine_run(verb, "--non-interactive", *arguments)
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def changes(self) -> dict[str, Any]:
        """Steps of a preview that change something: name -> (operation, changed properties)."""
        done = self.engine_run("preview", "--json", "--non-interactive")
        assert done.returncode == 0, done.stdout + done.stderr
        steps = json.loads(done.stdout)["steps"]
        return {
            step["urn"].rsplit("::", 1)[-1]: (step["op"], sorted(step.get("detailedDiff") or ()))
            for step in steps
            if step["op"] != "same"
        }

    def edit(self, path: str, before: str, after: str) -> None:
        text = (self.folder / path).read_text()
        assert text.count(before) == 1, f"{before!r} in {path}"
        (self.folder / path).write_text(text.replace(before, after))

    def restore(self) -> None:
        for name in ("sql", "config"):
            shutil.rmtree(self.folder / name)
            shutil.copytree(ROOT / name, self.folder / name)

    def client(self) -> bigquery.Client:
        from google.api_core.client_options import ClientOptions
        from google.auth.credentials import AnonymousCredentials

        address = environment.url(self.ports[environment.BIGQUERY])
        return bigquery.Client(
            PROJECT, credentials=AnonymousCredentials(), client_options=ClientOptions(api_endpoint=address)
        )

    def rest(self, path: str) -> dict[str, Any]:
        """What the services answer to a GET."""
        url = environment.url(self.ports[environment.SERVICES], path)
        answer = httpx.get(url, timeout=60, trust_env=False)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [row.values() for row in self.client().query(sql).result(timeout=60)]

    def run_schedule(self, name: str) -> None:
        """One run of a scheduled query, which must succeed."""
        done = self.eros("schedules", "--stack", "local", "run", name)
        assert done.returncode == 0, done.stdout + done.stderr

    def eros(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """A command of `eros` in the program's folder, on a machine that cannot install an engine."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "operations.cli", *arguments],
            cwd=self.folder,
            env=self.environment | {"XDG_CACHE_HOME": str(caches())},
            input=typed,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def columns(self, table: str) -> dict[str, str]:
        found = self.client().get_table(f"{PROJECT}.{DATASET}.{table}", timeout=30)
        return {field.name: field.mode for field in found.schema}


def caches() -> Path:
    """The user's caches, in a folder that also says: an engine could not be installed."""
    folder = cache_folder("eros-tests")
    for name in ("eros/analyzed", "eros/catalog", "eros/lint", "googlesql-gate"):
        cache_folder(name).mkdir(parents=True, exist_ok=True)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            (folder / name).symlink_to(cache_folder(name))
    (folder / "eros" / "installer-failed").touch()
    return folder


def copy_program(source: Path, folder: Path) -> None:
    """The files of the program below `source`, in place of those that `folder` holds."""
    for name in PROGRAM:
        target = folder / name
        if target.is_dir():
            shutil.rmtree(target)
        shutil.copytree(source / name, target) if (source / name).is_dir() else shutil.copy(source / name, target)


@contextmanager
def deployment(
    engine: Engine, source: Path, folder: Path, state: Path, *, bootstrapped: bool = True
) -> Iterator[Deployment]:
    """A copy in `folder` of the program below `source`, its stack made and not deployed yet; the cloud in `state`.

    The cloud starts no run by itself: a schedule that falls due in a test would change rows.
    """
    copy_program(source, folder)
    with _on_a_cloud(engine, folder, state) as made:
        if bootstrapped:
            made.bootstrap()
        made.init("local")
        yield made


@contextmanager
def deployed(folder: Path, state: Path, run: Path) -> Iterator[Deployment]:
    """The program of this tree, deployed by the embedded engine: once for all tests of a run, and copied for each.

    `run` is a folder that the workers of a run share.
    """
    original = run / "deployed"
    original.mkdir(exist_ok=True)
    with (original / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (original / "done").exists():
            for name in ("program", "cloud"):
                shutil.rmtree(original / name, ignore_errors=True)
            (original / "program").mkdir()
            with deployment(EMBEDDED, ROOT, original / "program", original / "cloud") as made:
                made.up()
            (original / "done").touch()
    copy_program(original / "program", folder)
    shutil.copytree(original / "cloud", state, dirs_exist_ok=True)
    for lake in (state / "bigquery").glob("*.ducklake"):
        with duckdb.connect(lake) as connection:  # it keeps the absolute path of its files
            connection.execute(MOVED, [f"{lake.with_suffix('')}/"])
    with _on_a_cloud(EMBEDDED, folder, state) as made:
        yield made


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of this run of the tests share."""
    return factory.getbasetemp().parent if os.environ.get("PYTEST_XDIST_WORKER") else factory.getbasetemp()


@contextmanager
def _on_a_cloud(engine: Engine, folder: Path, state: Path) -> Iterator[Deployment]:
    (folder / ".venv").symlink_to(ROOT / ".venv")
    cloud = LocalCloud(state, specs=[_for_tests(spec) for spec in PROCESSES])
    ports = {name: record.port for name, record in cloud.up().processes.items()}
    variables = {**os.environ, **environment.variables(ports, state), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        yield Deployment(folder, engine, {**variables, "EROS_LOCAL_STATE": str(state)}, ports)
    finally:
        cloud.down()


def _for_tests(spec: Spec) -> Spec:
    """Starts no run by itself, and leaves the cores to the other workers."""
    more = {environment.SERVICES: ["--no-scheduler"], environment.BIGQUERY: ["--threads", "1"]}.get(spec.name)
    return replace(spec, command=lambda layout: [*spec.command(layout), *more]) if more else spec
