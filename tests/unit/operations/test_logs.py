"""What commands write down: whole lines, no values of options, and files that go with age."""

from __future__ import annotations

import gzip
import json
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from operations import cli
from operations.invocation import Invocation
from operations.logs import APPLICATION, AUDIT, Log

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
PASSWORD = "hunter2"


def test_an_event_is_one_line_of_json_with_time_machine_and_pairs(tmp_path: Path) -> None:
    Log(tmp_path).write("INFO", "eros", 'quotes " and\nlines', stack="prod")
    (path,) = (tmp_path / APPLICATION).iterdir()
    (line,) = path.read_text().splitlines()
    event = json.loads(line)
    assert event["message"] == 'quotes " and\nlines'
    assert event["stack"] == "prod"
    assert {"timestamp", "hostname", "pid", "level", "component"} <= event.keys()
    assert datetime.fromisoformat(event["timestamp"]).utcoffset() == timedelta()


@pytest.mark.parametrize(("least", "kept"), [("INFO", ["a", "b"]), ("WARNING", ["b"]), ("nonsense", ["a", "b"])])
def test_the_least_level_leaves_out_what_is_below_it_but_never_an_audit_record(
    tmp_path: Path, least: str, kept: list[str]
) -> None:
    log = Log.of({"EROS_LOG_DIR": str(tmp_path), "LOG_LEVEL": least}, Path("/nowhere"))
    log.write("DEBUG", "eros", "never")
    log.write("INFO", "eros", "a")
    log.write("WARNING", "eros", "b")
    log.audit("command", "done")
    assert [event["message"] for event in log.events(APPLICATION, ALWAYS)] == kept
    assert [event["description"] for event in log.events(AUDIT, ALWAYS)] == ["done"]


def test_events_of_several_writers_never_mix(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for _ in range(50):
            Log(tmp_path).write("INFO", "eros", str(number) * 2000)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    messages = [event["message"] for event in Log(tmp_path).events(APPLICATION, ALWAYS)]
    assert sorted(messages) == sorted(str(number) * 2000 for number in range(8) for _ in range(50))


def test_a_line_that_a_crash_cut_off_hides_no_other(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.write("INFO", "eros", "before")
    (path,) = (tmp_path / APPLICATION).iterdir()
    path.write_text(path.read_text() + '{"timestamp": "2025-\n')
    log.write("INFO", "eros", "after")
    assert [event["message"] for event in log.events(APPLICATION, ALWAYS)] == ["before", "after"]


def test_files_are_compressed_and_deleted_by_age_and_stay_readable(tmp_path: Path) -> None:
    today = date(2025, 6, 30)
    for kind in (APPLICATION, AUDIT):
        (tmp_path / kind).mkdir()
        for age in (0, 29, 30, 59, 60, 89, 90, 179, 180):
            day = today - timedelta(days=age)
            event = {"timestamp": f"{day}T12:00:00.000+00:00", "message": str(age), "level": "INFO"}
            (tmp_path / kind / f"{day}.jsonl").write_text(json.dumps(event) + "\n")
    (tmp_path / APPLICATION / "notes.txt").write_text("somebody's own")
    log = Log(tmp_path)
    log.tidy(today)
    log.tidy(today)
    assert [event["message"] for event in log.events(APPLICATION, ALWAYS)] == ["59", "30", "29", "0"]
    assert [event["message"] for event in log.events(AUDIT, ALWAYS)] == ["179", "90", "89", "60", "59", "30", "29", "0"]
    packed = {path.name for path in (tmp_path / APPLICATION).glob("*.gz")}
    assert packed == {f"{today - timedelta(days=age)}.jsonl.gz" for age in (30, 59)}
    assert gzip.decompress((tmp_path / APPLICATION / f"{today - timedelta(days=30)}.jsonl.gz").read_bytes())
    assert (tmp_path / APPLICATION / "notes.txt").exists()


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Log(tmp_path / "file").write("INFO", "eros", "lost")
    Log(tmp_path / "file").audit("command", "lost")
    assert (tmp_path / "file").read_text() == ""


@pytest.mark.parametrize(
    ("typed", "command", "stack", "options"),
    [
        ("up -s prod --config password=hunter2", "up", "prod", ("-s", "--config")),
        ("up --stack=prod -cpassword=hunter2 --yes", "up", "prod", ("--stack", "-c", "--yes")),
        ("preview -sprod -- hunter2", "preview", "prod", ("-s",)),
        ("schedules -s prod run hunter2", "schedules run", "prod", ("-s",)),
        ("restore hunter2 -s prod", "restore", "prod", ("-s",)),
        ("", "", "", ()),
    ],
)
def test_what_was_typed_is_kept_without_values(
    typed: str, command: str, stack: str, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EROS_STACK", raising=False)
    found = Invocation.of(typed.split())
    assert (found.command, found.stack, found.options) == (command, stack, options)


@pytest.mark.parametrize(
    ("typed", "changes"),
    [
        ("up -s prod", True),
        ("preview -s prod", False),
        ("up --help", False),
        ("adopt -s prod", False),
        ("adopt -s prod --import", True),
        ("adopt --migrate NAME -s prod", True),
        ("schedules -s prod", False),
        ("schedules -s prod run daily_automation", True),
        ("alerts -s prod list", False),
        ("alerts -s prod ack 1", True),
        ("review render findings.json", False),
        ("review post findings.json", True),
        ("pause -s prod", True),
        ("something new -s prod", True),
        ("local up", False),
    ],
)
def test_what_changes_something_is_audited(typed: str, changes: bool) -> None:
    assert Invocation.of(typed.split()).changes is changes


def test_a_command_leaves_its_beginning_its_end_and_its_error_and_no_value_of_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EROS_LOG_DIR", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["eros", "up", "-s", "nowhere", "--config", f"password={PASSWORD}"])
    with pytest.raises(SystemExit):
        cli.main()
    capsys.readouterr()
    log = Log(tmp_path)
    began, ended = log.events(APPLICATION, ALWAYS)
    (audited,) = log.events(AUDIT, ALWAYS)
    assert (began["message"], began["command"], began["stack"]) == ("started", "up", "nowhere")
    assert (ended["level"], ended["exit_code"]) == ("ERROR", 1)
    assert ended["message"] == audited["description"] == "Pulumi.nowhere.yaml does not exist"
    assert PASSWORD not in "".join(path.read_text() for path in tmp_path.rglob("*.jsonl"))
