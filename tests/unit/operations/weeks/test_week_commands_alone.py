"""What the commands on weeks say and write without a warehouse."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from operations.commands import weekly
from operations.weeks import stored_weeks, surroundings
from operations.weeks.stored_weeks import StoredMessage, StoredWeek
from plain_command.errors import UserError

ID = "sched_20251103_101500_alice"
SELLS = StoredMessage(datetime(2025, 11, 10, 9, 3), "PPV", 7, "Seven", "mid", 25.0, ("because",))


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    week = StoredWeek(ID, "alice", "GREEN", True, (SELLS,), {})
    monkeypatch.setattr(weekly, "_warehouse", lambda stack: None)
    monkeypatch.setattr(stored_weeks, "stored_week", lambda warehouse, wanted: week)
    monkeypatch.setattr(surroundings, "surroundings", lambda warehouse, week: surroundings.Surroundings())


def typed(*words: str) -> Result:
    return CliRunner().invoke(weekly.app, [*words, "-s", "local"])


def refused(*words: str) -> UserError:
    error = typed(*words).exception
    assert isinstance(error, UserError), error
    return error


def test_a_week_becomes_a_page_named_after_it(stored: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"{ID}.html: open it in a browser" in typed("week", "html", ID).output
    assert "because" in (tmp_path / f"{ID}.html").read_text(encoding="utf-8")
    typed("week", "html", ID, "--output", "other.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.html", f"{ID}.html"]


def test_show_says_when_and_why(stored: None) -> None:
    plain, why = typed("week", "show", ID).output, typed("week", "show", ID, "--why").output
    assert f"{ID} of alice: active" in plain
    assert "Mon 2025-11-10 09:03" in plain
    assert "because" not in plain
    assert "    because" in why


@pytest.mark.parametrize("command", [("week", "html"), ("export", "csv")])
def test_where_no_file_can_be_nothing_is_asked_of_the_cloud(tmp_path: Path, command: tuple[str, str]) -> None:
    for place in (tmp_path, tmp_path / "nowhere" / "x"):
        error = refused(*command, ID, "--output", str(place))
        assert error.message == f"{place}: no file can be written there"
        assert error.fix
    assert "is no schedule" in refused(*command, "a/../b").message


def test_what_cannot_be_asked_for_is_refused_before_the_stack_is_opened(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        assert refused("week", "run", "--export", str(folder)).message.startswith(f"{folder}: ")
    assert "is no page" in refused("week", "build", "--page", "a b").message
    assert "is a Wednesday" in refused("week", "build", "--page", "alice", "--week", "2026-11-25").message
    assert "has begun" in refused("week", "build", "--page", "alice", "--week", "2025-11-10").message
    assert typed("week", "run", "--parallel", "0").exit_code == 2
