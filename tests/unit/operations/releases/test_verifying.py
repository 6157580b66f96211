"""The checks of a program in some folder are run there, and whatever it answers is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.releases.deployments import deployment_message, deployment_of
from operations.releases.verifying import Verified, verify

WELL = '{"checks_passed": 2, "checks": [{"id": "a", "title": "t", "result": "PASS"}]}'
BAD = '{"checks_passed": 1, "checks": [{"id": "i5", "title": "rows", "result": "FAIL"}]}'


def program(folder: Path, script: str) -> Path:
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f"echo '{WELL}'", Verified(2)),
        (f"echo '{BAD}'; exit 4", Verified(1, ("i5 rows",))),
        ("echo first >&2; echo 'error: gone' >&2; exit 1", Verified(error="first error: gone")),
        ("exit 3", Verified(error="exit code 3")),
        ("echo '[]'", Verified(error="exit code 0")),
    ],
)
def test_what_the_checks_say_is_read_and_no_answer_is_never_a_pass(
    tmp_path: Path, script: str, expected: Verified
) -> None:
    found = verify(program(tmp_path, script), "dev")
    assert found == expected
    assert found.is_well == (expected == Verified(2))


def test_it_runs_in_the_folder_with_the_folder_s_own_environment(tmp_path: Path) -> None:
    verify(program(tmp_path, 'echo "$PWD $@" > said'), "dev", ("i1", "v6"))
    said = (tmp_path / "said").read_text().split()
    assert said == [
        str(tmp_path),
        *["-m", "operations.cli", "verify", "--stack", "dev", "--json", "--only", "i1", "--only", "v6"],
    ]


def test_an_update_s_message_leads_to_its_deployment() -> None:
    assert deployment_of(deployment_message("20251104_200000", "a: b\nc")) == "20251104_200000"
    assert deployment_of("deployment of the week") == ""
