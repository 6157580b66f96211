"""A server of a test: what it does not do is told with what it wrote, and nothing else starts processes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import gcp_local
from gcp_local import serving
from gcp_local.serving import Server

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_a_server_that_ends_before_it_answers_is_told_with_what_it_wrote(tmp_path: Path) -> None:
    server = Server(python("raise SystemExit('no shop today')"), lambda: False, tmp_path / "log")
    with pytest.raises(AssertionError, match="ended before it answered: no shop today"):
        server.wait()
    server.stop()


def test_a_server_that_heeds_no_signal_is_killed_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    server = Server(python(DEAF), lambda: "deaf" in log.read_text(), log)
    server.wait()
    monkeypatch.setattr(serving, "STOP_SECONDS", 0.3)
    with pytest.raises(AssertionError, match="did not heed SIGTERM: deaf"):
        server.stop()
    assert server.process.poll() is not None


def test_the_package_starts_processes_in_one_place() -> None:
    package = Path(gcp_local.__file__).parent
    starts = re.compile(r"\bPopen\(|\bsubprocess\.(run|call|check_\w+)\(|\bos\.(fork|posix_spawn|spawn\w+|system)\(")
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if starts.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"supervisor/process.py"}
