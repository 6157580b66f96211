from __future__ import annotations

import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from operations import engines
from operations.errors import EngineMissing


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """An empty home and an empty PATH; returns a function that puts a `pulumi` of some version on it."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    def place(version: str, folder: Path = tmp_path / "bin") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "pulumi"
        path.write_text(f"#!/bin/sh\necho {version}\n")
        path.chmod(path.stat().st_mode | stat.S_IEXEC)
        return path

    return place


@pytest.mark.parametrize("version", ["v3.250.0", "v3.260.0", "v3.999.1"])
def test_a_cli_on_path_is_taken_first(machine: Callable[..., Path], version: str) -> None:
    machine(version)
    engine = engines.choose(local=True)
    assert engine.command[0].endswith("/bin/pulumi")
    assert str(engine) == f"Pulumi CLI {version[1:]} (on PATH)"


@pytest.mark.parametrize("version", ["v3.249.9", "v4.0.0", "v2.9.0", "nonsense"])
def test_a_cli_of_another_version_is_passed_over_and_named(machine: Callable[..., Path], version: str) -> None:
    machine(version)
    engine = engines.choose(local=True, install=False)
    assert engine.embedded
    assert "needed is >= 3.250 and < 4" in engine.why


def test_a_cli_from_an_earlier_installation_is_found(machine: Callable[..., Path], tmp_path: Path) -> None:
    machine("v3.260.0", tmp_path / ".pulumi" / "versions" / engines.sdk_version() / "bin")
    assert engines.choose(local=False, install=False).why == "in ~/.pulumi/versions"


def test_a_local_stack_gets_the_embedded_engine_when_there_is_no_cli(machine: Callable[..., Path]) -> None:
    engine = engines.choose(local=True, install=False)
    assert engine.embedded
    assert engine.command == (sys.executable, "-m", "embedded_engine")


def test_another_stack_is_told_which_cli_to_install(machine: Callable[..., Path]) -> None:
    with pytest.raises(EngineMissing, match=rf"none on PATH(?s:.*)install Pulumi {engines.sdk_version()}"):
        engines.choose(local=False, install=False)


def test_the_installer_is_stopped_when_no_byte_arrives(
    machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(engines, "INSTALL", "import time; time.sleep(60)")
    said: list[str] = []
    started = time.monotonic()
    engine = engines.choose(local=True, say=said.append)
    assert engine.embedded
    assert time.monotonic() - started < 30
    assert "got no byte for 0.5 s" in engine.why
    assert any("official installer" in line for line in said)


def test_a_growing_download_is_waited_for(
    machine: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "SILENCE_SECONDS", 1.5)
    source = machine("v3.260.0", tmp_path / "source")
    target = tmp_path / ".pulumi" / "versions" / engines.sdk_version() / "bin"
    slow = (
        "import os, shutil, tempfile, time\n"
        "f = open(tempfile.mkstemp()[1], 'a')\n"
        "for _ in range(8): f.write('x'); f.flush(); time.sleep(0.4)\n"
        f"os.makedirs({str(target)!r}); shutil.copy2({str(source)!r}, {str(target)!r})\n"
    )
    monkeypatch.setattr(engines, "INSTALL", slow)
    assert engines.choose(local=False).why == "from the official installer"


def test_a_failed_installer_is_not_tried_again_the_same_day(
    machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "INSTALL", "raise SystemExit(1)")
    engines.choose(local=True)
    monkeypatch.setattr(subprocess, "Popen", None)
    engine = engines.choose(local=True)
    assert engine.embedded
    assert "failed within the last day" in engine.why


@pytest.mark.parametrize("home", ["/dev/null", "/proc/nobody/here", "a file"])
def test_a_home_that_cannot_be_written_is_told_and_no_installer_is_tried(
    machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: str
) -> None:
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("HOME", home if home.startswith("/") else str(tmp_path / home))
    monkeypatch.setattr(subprocess, "Popen", None)
    engine = engines.choose(local=True)
    assert engine.embedded
    assert "the official installer was not tried" in engine.why


def test_a_cache_that_cannot_be_written_is_told_and_no_installer_is_tried(
    machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nobody/here")
    monkeypatch.setattr(subprocess, "Popen", None)
    assert "was not tried (/proc/nobody/here/eros/installer-failed" in engines.choose(local=True).why
