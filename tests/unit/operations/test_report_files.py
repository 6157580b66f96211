"""A full disk while a report is written: it is told, nothing half-written stays, and what was done comes to its end."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from operations import cli, report_files
from settings.errors import ErosError

FULL = Path("/dev/full")  # each write says that the disk is full


def test_a_report_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "r.md").symlink_to(FULL)
    assert report_files.keep(tmp_path / "r.md", iter(["# Rollback", "- Status: succeeded"]), said.append) is None
    assert said == [
        f"the report cannot be written ({tmp_path}/r.md: No space left on device), so here it is:\n"
        "# Rollback\n- Status: succeeded"
    ]
    assert report_files.keep(tmp_path / "new" / "r.md", ["# Rollback"], said.append) == tmp_path / "new" / "r.md"
    assert (tmp_path / "new" / "r.md").read_text() == "# Rollback\n"


def test_half_a_file_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "findings.json"

    def half(self: Path, text: str, encoding: str) -> int:
        self.write_bytes(text[:3].encode())
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(ErosError, match=r"findings\.json cannot be written: No space(?s:.*)fix: free some space"):
        report_files.put(path, "{...}")
    assert not path.exists()


def test_any_other_file_on_a_full_disk_ends_the_command_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/x/journal.json")

    monkeypatch.setattr(sys, "argv", ["eros"])
    monkeypatch.setattr(cli, "_run", full)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert "error: /x/journal.json: No space left on device\n  fix: free some space" in capsys.readouterr().err
