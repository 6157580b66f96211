"""A command whose output is closed, cut off or full ends with a message or quietly, never with a traceback."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

PRELUDE = "import sys; from plain_command import streams; streams.prepare();"
FINISH = "; sys.exit(streams.finish(0))"
CHATTY = "[print('x' * 99) for _ in range(5000)]"
NO_SPACE = "error: the output could not be written: No space left on device\n  fix: "


def shell(script: str, redirected: str) -> subprocess.CompletedProcess[str]:
    """Runs Python code that began with `prepare`, with its streams as a shell leaves them."""
    code = PRELUDE + script + FINISH
    command = ["bash", "-c", f'"$0" -c "$1" {redirected}; echo "${{PIPESTATUS[0]}}" >&2', sys.executable, code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("script", "redirected", "said"),
    [
        (CHATTY, "| head -1 | wc -l", "141\n"),
        (CHATTY, ">&-", "0\n"),
        (CHATTY, "2>&- >/dev/null", "0\n"),
        (CHATTY, "<&-", "0\n"),
        ("print('x')", "| true", None),
        ("print('short')", "<&- >&- 2>/dev/null", "0\n"),
        ("print(repr(sys.stdin.read()))", "<&- >/dev/null", "0\n"),
        ("streams.keep_going(); " + CHATTY, "| head -1 | wc -l", "0\n"),
        ("print('\\u00e4\\udcff')", ">/dev/null", "0\n"),
    ],
)
def test_a_reader_who_leaves_and_a_closed_stream_end_nothing_with_a_traceback(
    script: Any, redirected: str, said: str | None
) -> None:
    done = shell(script, redirected)
    assert "Traceback" not in done.stderr
    if said is not None:
        assert done.stderr == said


@pytest.mark.parametrize("script", [CHATTY, "print('short')", "streams.keep_going(); " + CHATTY])
def test_a_full_disk_is_one_message_and_a_failure(script: Any) -> None:
    done = shell(script, ">/dev/full")
    assert (done.stderr.count(NO_SPACE), done.stderr[-2:]) == (1, "1\n"), done.stderr


def test_a_command_that_keeps_going_gets_to_its_end(tmp_path: Path) -> None:
    code = f"streams.keep_going(); {CHATTY}; open({str(tmp_path / 'end')!r}, 'w').close()"
    shell(code, "| head -1")
    assert (tmp_path / "end").exists()


def test_a_thread_that_meets_a_closed_pipe_ends_the_command(tmp_path: Path) -> None:
    slow = f"import threading, time; t = threading.Thread(target=lambda: {CHATTY}); t.start(); time.sleep(60)"
    started = time.monotonic()
    assert shell(slow, "| head -1").stderr == "141\n"
    assert time.monotonic() - started < 50


def test_a_file_opened_after_a_closed_output_does_not_take_its_place(tmp_path: Path) -> None:
    code = f"f = open({str(tmp_path / 'file')!r}, 'w'); print('lost'); sys.stdout.flush(); f.write('kept'); f.close()"
    assert shell(code, "<&- >&-").stderr == "0\n"
    assert (tmp_path / "file").read_text() == "kept"


def test_what_the_terminals_encoding_lacks_is_written_escaped() -> None:
    code = PRELUDE + "print('\\u00e4')" + FINISH
    environment = {"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stdout) == (0, "\\xe4\n"), done.stderr
