"""Which engine deploys: the Pulumi CLI on PATH, one from the official installer or, for local stacks, the embedded one.

Every engine is a command line with the CLI's verbs and flags, so that choosing is all there is to know about it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points, version
from pathlib import Path

from operations.errors import EngineMissing
from plain_command.caches import cache_folder

OLDEST, NEXT_MAJOR = (3, 250, 0), (4, 0, 0)
SILENCE_SECONDS = 20
RETRY_AFTER_SECONDS = 24 * 3600
INSTALL = "from pulumi.automation import PulumiCommand; PulumiCommand.install(skip_version_check=True)"


@dataclass(frozen=True, slots=True)
class Engine:
    """A command line that takes the CLI's verbs, and why it was chosen."""

    command: tuple[str, ...]
    version: str
    why: str
    embedded: bool = False

    def __str__(self) -> str:
        name = "embedded engine" if self.embedded else "Pulumi CLI"
        return f"{name} {self.version} ({self.why})"


def choose(*, local: bool, install: bool = True, say: Callable[[str], None] = lambda _: None) -> Engine:
    """The first engine that fits. Errors: EngineMissing with the CLI version to install and how."""
    reasons: list[str] = []
    if found := _cli(shutil.which("pulumi"), "on PATH", reasons):
        return found
    if found := _cli(_installed(), "in ~/.pulumi/versions", reasons):
        return found
    if install and _may_install(reasons):
        say(f"engine: no Pulumi CLI ({'; '.join(reasons)}); trying the official installer")
        if found := _cli(_install(reasons), "from the official installer", reasons):
            return found
    if local and (embedded := _embedded(reasons)):
        return embedded
    raise EngineMissing(
        "no Pulumi CLI: " + "; ".join(reasons),
        fix=f"install Pulumi {sdk_version()} (https://www.pulumi.com/docs/install/) so that `pulumi version` answers",
    )


def sdk_version() -> str:
    """Version of the pinned SDK, which is the CLI version to install."""
    return version("pulumi")


def _cli(path: str | None, why: str, reasons: list[str]) -> Engine | None:
    if path is None:
        if why == "on PATH":
            reasons.append("none on PATH")
        return None
    try:
        answer = subprocess.run([path, "version"], capture_output=True, text=True, timeout=30, env=_quiet())
        text = answer.stdout.strip().removeprefix("v")
    except (OSError, subprocess.TimeoutExpired) as error:
        reasons.append(f"{path} does not run ({error})")
        return None
    number = tuple(int(part) for part in re.findall(r"\d+", text)[:3])
    if not OLDEST <= number < NEXT_MAJOR:
        reasons.append(f"{path} is version {text or 'unknown'}, needed is >= 3.250 and < 4")
        return None
    return Engine((path,), text, why)


def _quiet() -> dict[str, str]:
    return {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}


def _home() -> Path:
    """The home folder; one that cannot exist where the system knows none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.devnull)


def _installed() -> str | None:
    path = _version_folder() / "bin" / "pulumi"
    return str(path) if path.is_file() else None


def _version_folder() -> Path:
    return _home() / ".pulumi" / "versions" / sdk_version()


def _marker() -> Path:
    return cache_folder("eros") / "installer-failed"


def _may_install(reasons: list[str]) -> bool:
    """False for a day after a failure: on a machine without the network each command would wait for it.

    False, too, where that cannot be remembered, or where there is no folder to install to.
    """
    marker = _marker()
    with contextlib.suppress(OSError):
        if time.time() - marker.stat().st_mtime < RETRY_AFTER_SECONDS:
            reasons.append(f"the official installer failed within the last day (try again: rm {marker})")
            return False
    try:
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()  # before the try, so that one which is interrupted counts as well
    except OSError as error:
        reasons.append(f"the official installer was not tried ({marker}: {error.strerror})")
        return False
    if not _can_be_made(_version_folder()):
        reasons.append(f"the official installer was not tried ({_version_folder()} cannot be written)")
        return False
    return True


def _can_be_made(folder: Path) -> bool:
    """True when the folder, or the nearest one above it that exists, can be written."""
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _install(reasons: list[str]) -> str | None:
    """Runs the Automation API's installer in a child process and gives up when no byte arrives for a while."""
    root = _version_folder()
    with tempfile.TemporaryDirectory() as scratch, open(os.devnull, "wb") as null:
        child = subprocess.Popen(
            [sys.executable, "-c", INSTALL],
            stdout=null,
            stderr=null,
            env={**os.environ, "TMPDIR": scratch},
            start_new_session=True,
        )
        failure = _watch(child, (Path(scratch), root))
    if failure or not root.joinpath("bin", "pulumi").is_file():
        reasons.append(f"the official installer {failure or 'could not reach its download site'}")
        return None
    _marker().unlink(missing_ok=True)
    return str(root / "bin" / "pulumi")


def _watch(child: subprocess.Popen[bytes], folders: tuple[Path, ...]) -> str:
    """Waits for the child while files grow below the folders. Returns why it was stopped, or nothing."""
    size = -1
    since = time.monotonic()
    while child.poll() is None:
        now = sum(_size(folder) for folder in folders)
        if now != size:
            size = now
            since = time.monotonic()
        if time.monotonic() - since > SILENCE_SECONDS:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, 9)
            child.wait()
            return f"got no byte for {SILENCE_SECONDS} s"
        time.sleep(0.2)
    return ""


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.stat().st_size
    return total


def _embedded(reasons: list[str]) -> Engine | None:
    """The engine that an installed package offers in the entry-point group pulumi.engines."""
    for point in entry_points(group="pulumi.engines"):
        module = point.module.removesuffix(".__main__")
        return Engine(
            (sys.executable, "-m", module),
            point.dist.version if point.dist else "of unknown version",
            "; ".join(reasons),
            embedded=True,
        )
    return None
