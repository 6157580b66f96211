"""The environment of a pull request beside a deployed stack of its project: made, made again, gone without a trace."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.cloud import DATASET, PROJECT
from tests.local.deployment import ROOT, Deployment, deployed, shared_folder

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


def trial(stack: Deployment, verb: str) -> str:
    done = subprocess.run(
        ["scripts/trial", verb, "7"],
        cwd=stack.folder,
        env=stack.environment
        | {"PATH": f"{stack.folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "TRIAL_PROJECT": PROJECT},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_comes_with_the_label_and_takes_nothing_of_another_stack_along(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    with deployed(folder, state, shared_folder(tmp_path_factory)) as stack:
        (folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "trial", folder / "scripts")
        staging = (ROOT / "Pulumi.staging.yaml").read_text()
        (folder / "Pulumi.staging.yaml").write_text(f"{staging}  eros-platform:cloud: local\n")
        _pulumi(folder / "bin" / "pulumi")
        before = _datasets(stack)
        trial(stack, "up")
        assert _datasets(stack) - before >= {"eros_pr_7"}
        # The next push: a clone that knows nothing of the first.
        (folder / "Pulumi.pr-7.yaml").unlink()
        assert " unchanged" in trial(stack, "up")
        stack.rows(f"INSERT INTO `{PROJECT}.eros_pr_7.feature_flags` (flag, is_enabled, updated_at)"
                   " VALUES ('f', TRUE, CURRENT_TIMESTAMP())")  # fmt: skip
        (folder / "Pulumi.pr-7.yaml").unlink()
        trial(stack, "down")
        assert _datasets(stack) == before
        assert stack.changes() == {}, f"something of {DATASET} has gone along"
        assert "there is no stack pr-7" in trial(stack, "down")


def _pulumi(path: Path) -> None:
    """A `pulumi` on PATH, which is the embedded engine."""
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m embedded_engine "$@"\n')
    path.chmod(0o755)


def _datasets(stack: Deployment) -> set[str]:
    return {one.dataset_id for one in stack.client().list_datasets()}
