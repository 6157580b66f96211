"""docs/defects.md is complete and true: every defect is listed, every test that it names is there."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs/defects.md"
# The ids of the audit of the old system: how many defects each letter has.
AUDIT = {"S": 17, "C": 18, "L": 33, "M": 7, "T": 5, "R": 9, "O": 9}
# Those that lie in Python programs or in operations, and in no statement below sql/.
NOT_SQL = {"O3", "O4"}
ROW = re.compile(r"\| (\w+) \| (.+?) \| (.+?) \|")
TEST = re.compile(r"`([^`]+?)::([^`]+)`")


def rows() -> list[tuple[str, str, str]]:
    """Id, what we do, and the cell of tests, as listed."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    found = [ROW.fullmatch(line) for line in lines]
    assert all(found), "a row has not three cells"
    return [(match[1], match[2], match[3]) for match in found if match]


@cache
def collected() -> frozenset[str]:
    """The tests of every named file as pytest collects them: `path::name`, or `path::name[case]`."""
    named = sorted({path for *_, tests in rows() for path, _ in TEST.findall(tests)})
    found: set[str] = set()
    for folder in sorted({folder_of(path) for path in named}):
        files = [path.removeprefix(folder) for path in named if folder_of(path) == folder]
        command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider", *files]
        done = subprocess.run(command, cwd=PROJECT / folder, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr
        found |= {folder + line for line in done.stdout.splitlines() if "::" in line}
    return frozenset(found)


def folder_of(path: str) -> str:
    """The package that the file belongs to: its tests are collected there."""
    match = re.match(r"packages/[\w-]+/", path)
    return match[0] if match else ""


def test_every_defect_of_the_audit_is_listed_once_in_order() -> None:
    expected = [f"{letter}{number}" for letter, count in AUDIT.items() for number in range(1, count + 1)]
    assert [id_ for id_, _, _ in rows()] == expected


@pytest.mark.parametrize(("id_", "what", "tests"), rows(), ids=[id_ for id_, _, _ in rows()])
def test_every_named_test_exists_and_every_defect_of_sql_has_one(id_: str, what: str, tests: str) -> None:
    named = TEST.findall(tests)
    missing = [f"{path}::{name}" for path, name in named if f"{path}::{name}" not in collected()]
    assert missing == [], "no such test, or a parametrised one without its case: pytest --collect-only -q lists them"
    if id_ in NOT_SQL:
        assert (named, what.startswith("Not SQL: ")) == ([], True)
    else:
        assert named, "a defect of SQL has a test that fails when it is put back"
        assert ", ".join(f"`{path}::{name}`" for path, name in named) == tests, "the cell holds more than tests"
