"""Every command of the repository ends quietly when its reader has left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Started by other programs over pipes of their own, never by people: the engine's, and those of tests.
NO_COMMANDS = {
    *("packages/embedded-engine/embedded_engine/host.py", "packages/embedded-engine/tests/toy_cloud.py"),
    *("tests/local/dying.py", "tests/sql/mortal_eraser.py", "tests/sql/weeks/mortal_builder.py"),
}
SHOWING = [
    "operations.cli --help",
    "operations.cli adopt --help",
    "catalog check",
    "catalog plan",
    "catalog plan --chains",
    "catalog reference --check",
    "catalog --help",
    "googlesql_gate --help",
    "embedded_engine --help",
    "gcp_local.provider --help",
    "gcp_local.services --help",
    "gcp_local.emulators.storage --help",
    "gcp_local.emulators.bigquery --help",
    "tests.benchmarks --help",
]


def test_every_file_that_is_a_command_prepares_its_streams() -> None:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout.split()
    commands = {name: (ROOT / name).read_text() for name in names if (ROOT / name).is_file()}
    found = {name: text for name, text in commands.items() if '__name__ == "__main__"' in text}
    assert {"catalog/__main__.py", "operations/cli.py", "packages/gcp-local/gcp_local/__main__.py"} <= found.keys()
    assert {name for name, text in found.items() if "streams.run(" not in text} == NO_COMMANDS


@pytest.mark.parametrize("command", SHOWING)
def test_a_command_whose_reader_has_left_says_nothing_of_it(command: str) -> None:
    for redirected in ("| true", ">&-"):
        line = f"{sys.executable} -m {command} {redirected}"
        done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert "Traceback" not in done.stderr, done.stderr
        assert "BrokenPipe" not in done.stderr, done.stderr
        assert "Exception ignored" not in done.stderr, done.stderr
