"""`python -m catalog check`: findings and exit code, or one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from catalog.__main__ import main
from tests.unit.catalog.conftest import Project

TABLE = 'CREATE TABLE `eros_scheduling_brain.a` (x INT64 OPTIONS(description="X.")) OPTIONS(description="T.")'


def test_a_sound_project_is_one_line_and_exit_code_0(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write("sql/tables/a.sql", TABLE)
    assert main(["check", str(project.root)]) == 0
    out = capsys.readouterr().out
    assert out == "catalog: 1 tables, 0 views, 0 materialized views, 0 routines, 0 schedules: all sound\n"


def test_findings_are_printed_with_place_and_fix_and_exit_code_1(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write("sql/tables/b.sql", TABLE)
    assert main(["check", str(project.root)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "sql/tables/b.sql:1: object a in a file named b.sql [object-name]\n  fix: " in printed.err


def test_the_files_of_this_repository_are_sound(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "catalog", "check"], cwd=repository, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("all sound\n")
    assert not done.stdout.startswith("catalog: 0 tables")


def test_the_catalog_is_read_without_pulumi(repository: Path) -> None:
    code = "import sys, catalog, pathlib; catalog.load(pathlib.Path('.').resolve()); print('pulumi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n"
