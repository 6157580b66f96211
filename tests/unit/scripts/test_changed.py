"""A change of guides alone starts what looks at guides; everything else starts everything."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GIT = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "changed", tmp_path / "scripts")
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run([*GIT, *arguments], cwd=tmp_path, check=True)
    return tmp_path


def changed(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([clone / "scripts/changed", *arguments], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["docs/runbook.md", "README.md", "docs/images/comment.png", "docs/decisions/0099-x.md"], False),
        (["docs/runbook.md", "sql/views/a.sql"], True),
        (["docs/reference/tables.md"], True),
        (["docs/examples/view-changed.md"], True),
        (["sql/README.md"], True),
        ([".github/workflows/checks.yml"], True),
    ],
)
def test_what_a_change_needs(clone: Path, names: list[str], code: bool) -> None:
    for name in names:
        path = clone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    subprocess.run([*GIT, "add", "."], cwd=clone, check=True)
    subprocess.run([*GIT, "commit", "-q", "-m", "two"], cwd=clone, check=True)
    assert changed(clone, "HEAD~1").stdout == f"code={str(code).lower()}\n"


def test_without_a_base_everything_is_needed_and_an_unknown_one_fails(clone: Path) -> None:
    assert changed(clone).stdout == "code=true\n"
    assert changed(clone, "").stdout == "code=true\n"
    unknown = changed(clone, "no-such")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "git knows no commit no-such" in unknown.stderr
