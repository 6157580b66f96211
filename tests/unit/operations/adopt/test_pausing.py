"""The cut-over by the command: which transfer configs it touches, what it asks, and that it reads nothing else."""

from __future__ import annotations

import os
from typing import Any

import pytest
from typer.testing import CliRunner

from operations import google_api
from operations.adopt import command, inventory
from operations.adopt.cutover import MARK
from operations.cli import app
from settings.errors import ErosError
from settings.load import redirections

DATASET = "eros_scheduling_brain"


def body(number: int, name: str, **changes: Any) -> dict[str, Any]:
    query = {"query": f"CALL `{DATASET}.sweep`()"}
    owner = {"email": "old@example.com"}
    return {"name": f"configs/{number}", "displayName": name, "params": query, "ownerInfo": owner, **changes}


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the command changes of three old schedules, one of which it paused before."""
    for name in redirections(os.environ):
        monkeypatch.delenv(name)
    configs = [body(1, "old sweep"), body(2, "old load"), body(3, f"old mail{MARK}", disabled=True)]
    patched: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(inventory, "transfer_configs", lambda settings: tuple(configs))
    monkeypatch.setattr(google_api, "patch", lambda api, path, fields: patched.append((path, fields)))

    def survey(*_: Any) -> None:
        raise AssertionError("the whole survey was made")

    monkeypatch.setattr(command, "survey", survey)
    return patched


def eros(*arguments: str, typed: str = "") -> Any:
    return CliRunner().invoke(app, ["adopt", "-s", "prod", *arguments], input=typed)


def test_all_old_schedules_are_paused_without_names(changed: list[tuple[str, dict[str, Any]]]) -> None:
    assert eros("--pause-old", typed="pause\n").exit_code == 0
    assert [path for path, _ in changed] == ["configs/1", "configs/2"]
    assert changed[0][1] == {"disabled": True, "displayName": f"old sweep{MARK}"}


def test_those_that_are_named_are_paused_and_no_others(changed: list[tuple[str, dict[str, Any]]]) -> None:
    assert eros("--pause-old", "old load", typed="pause\n").exit_code == 0
    assert changed == [("configs/2", {"disabled": True, "displayName": f"old load{MARK}"})]


def test_what_was_paused_is_resumed_by_the_name_that_it_had(changed: list[tuple[str, dict[str, Any]]]) -> None:
    assert eros("--resume-old", "old mail", typed="resume\n").exit_code == 0
    assert changed == [("configs/3", {"disabled": False, "displayName": "old mail"})]


@pytest.mark.parametrize("typed", ["", "yes\n", "resume\n"])
def test_nothing_is_paused_unless_it_is_typed(changed: list[tuple[str, dict[str, Any]]], typed: str) -> None:
    with pytest.raises(ErosError, match=r"(?s)nothing was paused.*type pause when asked"):
        raise eros("--pause-old", typed=typed).exception
    assert changed == []


@pytest.mark.parametrize("arguments", [["--pause-old", "old sweeep"], ["--pause-old", "old sweep", "old sweeep"]])
def test_a_name_that_nothing_has_changes_nothing(
    changed: list[tuple[str, dict[str, Any]]], arguments: list[str]
) -> None:
    with pytest.raises(ErosError, match=r"(?s)old sweeep; nothing was changed.*did you mean 'old sweep'"):
        raise eros(*arguments, typed="pause\n").exception
    assert changed == []


def test_names_without_a_step_are_refused(changed: list[tuple[str, dict[str, Any]]]) -> None:
    with pytest.raises(ErosError, match="what is to be done with old sweep"):
        raise eros("old sweep").exception


def test_a_table_that_is_nearly_named_is_suggested(changed: list[tuple[str, dict[str, Any]]]) -> None:
    with pytest.raises(ErosError, match=r"(?s)declares no table audit_lgo.*did you mean audit_log\?"):
        raise eros("--migrate", "audit_lgo").exception
