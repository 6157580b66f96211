"""The first of two steps is this commit's tables and code with the deployed commit's SQL and configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.deploying.first_step import first_program
from operations.releases.deployments import deployment_message
from plain_command import plainyaml
from tests.unit.operations.history.past import Past
from tests.unit.operations.rollback.fakes import Cloud, clone_of
from tests.unit.operations.rollback.test_building import git

BEFORE = {
    "sql/tables/t.sql": "old t",
    "sql/tables/retired.sql": "retired",
    "sql/views/v.sql": "old v",
    "sql/views/gone.sql": "gone",
    "sql/checks/i1.sql": "old check",
    "config/alerts.yaml": "old: 1\n",
    "config/volumes.yaml": "tables:\n  t: {rows: 1}\n  retired: {rows: 7}\n",
}
NOW = {
    "sql/tables/t.sql": "new t",
    "sql/tables/added.sql": "added",
    "sql/views/v.sql": "new v",
    "sql/procedures/p.sql": "p",
    "sql/checks/i1.sql": "new check",
    "config/alerts.yaml": "new: 1\n",
    "config/volumes.yaml": "tables:\n  t: {rows: 2}\n  added: {rows: 3}\n",
}


def test_what_holds_data_is_new_and_everything_else_as_it_is_deployed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past(tmp_path / "backend", monkeypatch)
    stack = clone_of(tmp_path / "clone", past, Cloud(past))
    for files, message in ((BEFORE, "before"), (NOW, "now")):
        git(stack.root, "rm", "-r", "--quiet", "--ignore-unmatch", "sql", "config")
        for name, text in files.items():
            (stack.root / name).parent.mkdir(parents=True, exist_ok=True)
            (stack.root / name).write_text(text)
        (stack.root / "program").write_text(message)
        git(stack.root, "add", "--all")
        git(stack.root, "commit", "--quiet", "--message", message)
        if message == "before":
            past.add(commit=git(stack.root, "rev-parse", "HEAD"))

    left = deployment_message("20251104_200000", "m", first_step=True)
    past.add(commit=git(stack.root, "rev-parse", "HEAD"), dirty=True, message=left)  # of a run that ended there
    with first_program(stack, lambda _: None) as first:
        assert first is not None
        found = {
            str(path.relative_to(first.root)): path.read_text()
            for name in ("sql", "config")
            for path in (first.root / name).rglob("*")
            if path.is_file()
        }
        sizes = plainyaml.value(plainyaml.read(first.root / "config/volumes.yaml"))  # type: ignore[arg-type] # it is there
        assert (first.root / "program").read_text() == "now"
        assert (first.root / "Pulumi.dev.yaml").exists()
    assert found.pop("config/volumes.yaml")
    assert found == {
        **{name: NOW[name] for name in ("sql/tables/t.sql", "sql/tables/added.sql")},
        **{name: text for name, text in BEFORE.items() if name not in ("sql/tables/t.sql", "config/volumes.yaml")},
    }
    assert sizes == {"tables": {"t": {"rows": 2}, "added": {"rows": 3}, "retired": {"rows": 7}}}
    assert git(stack.root, "worktree", "list").count("\n") == 0


def test_a_stack_that_was_never_deployed_has_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    past = Past(tmp_path / "backend", monkeypatch)
    stack = clone_of(tmp_path / "clone", past, Cloud(past))
    for number in (1, 2):
        past.path(number).unlink()
    with first_program(stack, lambda _: None) as first:
        assert first is None
