"""The command line of the process."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from gcp_local.services.__main__ import arguments, main

GOOD = ["--port", "1", "--bigquery-url", "http://127.0.0.1:2", "--storage-url", "http://127.0.0.1:3"]


def test_the_scheduler_is_on_unless_it_is_switched_off(tmp_path: Path) -> None:
    command = [*GOOD, "--state", str(tmp_path)]
    assert arguments(command).no_scheduler is False
    assert arguments([*command, "--no-scheduler"]).no_scheduler is True


@pytest.mark.parametrize("command", [[], GOOD, [*GOOD, "--state", "x", "--port", "many"]])
def test_an_incomplete_command_ends_with_usage(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(command)
    assert "usage: python -m gcp_local.services" in capsys.readouterr().err


def test_state_of_another_version_is_refused_with_the_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "services").mkdir()
    with sqlite3.connect(tmp_path / "services" / "services.sqlite3") as database:
        database.execute("PRAGMA user_version=99")
    assert main([*GOOD, "--state", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert "layout 99" in message
    assert "fix: remove the state folder" in message
