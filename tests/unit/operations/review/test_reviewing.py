"""What a review says of SQL, and of what was there before the change."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from catalog import Catalog
from operations.project import stack_settings
from operations.review import from_preview
from operations.review.findings import Changed, Findings
from operations.review.from_preview import with_data
from operations.review.previewed import PlannedStep
from operations.review.sql_changes import diff
from operations.stack import Stack
from settings.errors import ErosError

NO_STACK: Any = None  # nothing of it is asked
NO_ENGINE: Any = None
NO_CLIENT: Any = None
ROOT = Path(__file__).parents[4]
VIEW = 'CREATE OR REPLACE VIEW `eros_scheduling_brain.v` OPTIONS(description="V.") AS\nSELECT {body};'


def routine(before: str, after: str) -> PlannedStep:
    return PlannedStep("update", "f", "function", "", {"definitionBody": before}, {"definitionBody": after})


def test_a_comment_that_goes_or_comes_is_in_the_diff_and_names_are_without_their_dataset() -> None:
    step = routine("-- old note\nSELECT 1", "++ 2\nSELECT `p.d.name`")
    assert diff(step, "p.d.").splitlines()[1:] == ["--- old note", "-SELECT 1", "+++ 2", "+SELECT name"]
    assert diff(routine("SELECT 1", "SELECT 1"), "p.d.") == ""


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize(("body", "is_known"), [("\n  --: One.\n  1 AS one", True), ("FROM", False)])
def test_the_base_is_read_from_git_and_files_that_cannot_be_read_are_no_error(
    tmp_path: Path, body: str, is_known: bool
) -> None:
    for name, text in {"sql/views/v.sql": VIEW.format(body=body), "config/none.txt": ""}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "base")
    found, is_unknown = from_preview.catalog_before(tmp_path, "HEAD")
    assert (found is not None and "v" in found.views) is is_known
    assert (is_unknown is None) is is_known
    if is_unknown:
        assert (is_unknown.result, is_unknown.note.split(":")[0]) == (
            "not run",
            "its files are refused by the rules of now",
        )
        assert "v.sql" in is_unknown.note


def test_a_base_that_was_named_and_is_not_there_is_an_error_with_its_way_out_and_the_usual_one_a_note(
    tmp_path: Path,
) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-qm", "one", "--allow-empty")
    for base, said in {
        "v9": r"git has no such commit(?s:.*)git fetch origin v9",
        "stranger": "no commit in common",
    }.items():
        if base == "stranger":
            git(tmp_path, "checkout", "-q", "--orphan", "stranger")
            git(tmp_path, "commit", "-qm", "two", "--allow-empty")
            git(tmp_path, "checkout", "-q", "main")
        with pytest.raises(ErosError, match=said):
            from_preview.catalog_before(tmp_path, base)
    found, is_unknown = from_preview.catalog_before(tmp_path, "")
    assert found is None
    assert is_unknown is not None
    assert (is_unknown.result, "git has no such commit" in is_unknown.note) == ("not run", True)
    assert "it has no sql and no config" in str(from_preview.catalog_before(tmp_path, "HEAD"))


@pytest.mark.parametrize("op", ["update", "create"])
def test_a_preview_of_a_real_stack_says_that_no_rows_were_compared(op: str) -> None:
    change = Changed(op=op, name="v", kind="view", diff="-1\n+2")
    found = Findings(project="p", stack="prod", compared_with="it", live=True, changes=(change,))
    (check,) = with_data(NO_STACK, Catalog({}), None, found, print).checks
    assert (check.name, check.result) == ("data diff", "not run")


def test_what_changes_no_sql_needs_no_comparison() -> None:
    found = Findings(project="p", stack="prod", compared_with="it", live=True)
    assert with_data(NO_STACK, Catalog({}), None, found, print) is found


def test_a_first_preview_has_nothing_deployed_to_compare_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_preview, "bigquery_client", lambda project, location: NO_CLIENT)
    change = Changed(op="create", name="no_such_object", kind="view", diff="+1")
    found = Findings(project="p", stack="local", compared_with="it", live=False, changes=(change,))
    stack = Stack("local", ROOT, stack_settings(ROOT, "local"), NO_ENGINE)
    (check,) = with_data(stack, Catalog({}), None, found, print).checks
    assert (check.name, check.result, check.note) == ("data diff", "not run", "nothing to compare")
