"""A preview that changes nothing: the embedded engine against the Pulumi CLI, in turns, on the same state.

Aims: at most 0.4 of the CLI's time; the platform in at most 2.5 (CLI) and 4 (embedded) times what an empty program
takes.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from local.cloud import name_it
from operations.engines import Engine, choose
from tests.local.deployment import EMBEDDED, ROOT, Deployment, deployment

TURNS = 3
MANY = 500
MANY_PROGRAM = f"""
import pulumi
import pulumi_gcp as gcp

for number in range({MANY}):
    gcp.serviceaccount.Account(f"account-{{number}}", account_id=f"account-{{number:04}}", project="eros-local")
"""


def main() -> None:
    """Measures the platform, a program of 500 resources and an empty one."""
    name_it()
    cli = choose(local=True, install=False)
    engines = (EMBEDDED,) if cli.embedded else (EMBEDDED, cli)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "platform").mkdir()
        with deployment(EMBEDDED, ROOT, folder / "platform", folder / "cloud") as platform:
            _measure(
                {
                    "platform": platform,
                    f"{MANY} resources": _beside(platform, "many", MANY_PROGRAM),
                    "empty program": _beside(platform, "empty", "import pulumi\n"),
                },
                engines,
            )


def _beside(platform: Deployment, name: str, program: str) -> Deployment:
    """Another program on the same cloud."""
    made = replace(platform, folder=platform.folder.with_name(name))
    made.folder.mkdir()
    (made.folder / "__main__.py").write_text(program)
    project = f"name: {name}\nruntime: {{name: python, options: {{toolchain: pip, virtualenv: .venv}}}}\n"
    (made.folder / "Pulumi.yaml").write_text(project)
    (made.folder / ".venv").symlink_to(ROOT / ".venv")
    made.init("local")
    return made


def _measure(programs: Mapping[str, Deployment], engines: Sequence[Engine]) -> None:
    for program in programs.values():
        program.up()
    taken: dict[tuple[str, str], list[float]] = {}
    for _, (name, program), engine in itertools.product(range(TURNS), programs.items(), engines):
        started = time.perf_counter()
        done = replace(program, engine=engine).engine_run("preview", "--expect-no-changes", "--non-interactive")
        taken.setdefault((name, _kind(engine)), []).append(time.perf_counter() - started)
        assert done.returncode == 0, done.stdout + done.stderr
    medians = {key: statistics.median(times) for key, times in taken.items()}
    for (name, kind), seconds in medians.items():
        print(f"no-op preview, {name}, {kind}: {seconds:.1f} s")
    for kind, aim in (("embedded", 4.0), ("cli", 2.5)):
        if ("platform", kind) in medians:
            ratio = medians["platform", kind] / medians["empty program", kind]
            print(f"no-op preview, platform / empty program, {kind}: {ratio:.1f} (aim {aim})")
    for name in programs:
        if (name, "cli") in medians:
            ratio = medians[name, "embedded"] / medians[name, "cli"]
            print(f"no-op preview, {name}, embedded / cli: {ratio:.2f} (aim 0.40)")
        else:
            print(f"no-op preview, {name}: no Pulumi CLI on PATH to compare with")


def _kind(engine: Engine) -> str:
    return "embedded" if engine.embedded else "cli"
