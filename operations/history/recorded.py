"""Where a stack's updates are recorded, and reading them.

A file backend keeps, for each operation that is no preview, an update record and a copy of the state, named by
nanoseconds, plain, gzip or zstd, without numbers (pulumi pkg/backend/diy/state.go, `addToHistory`, `getHistory`); when
an update failed, a record that could not be written is passed over in silence. Both engines write these files, so they
are read as they are: neither a passphrase nor the engine is needed, and one that is damaged hides no other. Every other
backend is asked through the CLI's `stack history --json`; a bucket (gs://) keeps states under the names of a file
backend, which are read from it.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from operations.history.updates import Update, from_record
from operations.project import PROJECT
from operations.stack import Stack
from settings.errors import ErosError

RECORD = re.compile(r".*-(\d+)\.history\.json(?:\.gz|\.zst)?")
GZIP, ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
SECONDS = 60
ALL = ("--page-size", "0")
"""All records; the CLI shows ten otherwise (pkg/cmd/pulumi/stack/stack_history.go)."""


class HistoryUnreadable(ErosError):
    """A file of the history cannot be read."""


def updates(stack: Stack) -> tuple[Update, ...]:
    """All recorded updates, the oldest first. Errors: EngineFailed from a backend that is asked."""
    folder = history_folder(stack.name, os.environ)
    if folder is not None:
        return _from_files(folder)
    records = json.loads(stack.ask("stack", "history", "--json", "--stack", stack.name, *ALL) or "[]")
    found = []
    for place, record in enumerate(reversed(records), 1):
        number = int(record.get("version") or 0) or place
        found.append(from_record(number, record, str(number) if record.get("version") else ""))
    return tuple(found)


def update_at(number: int, among: tuple[Update, ...], stack: str) -> Update:
    """The update of this number. Errors: ErosError that says which there are."""
    for one in among:
        if one.number == number:
            return one
    there = f"there are {among[0].number} to {among[-1].number}" if among else "there is none yet"
    raise ErosError(f"stack {stack} has no update {number}: {there}", fix=f"eros history -s {stack} lists them")


def resources(stack: Stack, update: Update) -> list[dict[str, Any]]:
    """The resources that an update has left. Errors: HistoryUnreadable, EngineFailed."""
    folder = history_folder(stack.name, os.environ)
    if folder is None and (url := backend(os.environ)).startswith("gs://"):
        return _from_bucket(url, stack, update)
    if folder is None:
        if not update.key:
            raise HistoryUnreadable(
                "this backend keeps the states of updates where only its own tools read them",
                fix="eros history -s STACK shows the counts; file://, gs:// and Pulumi Cloud have more",
            )
        text = stack.ask("stack", "export", "--stack", stack.name, "--version", update.key)
        return list((json.loads(text).get("deployment") or {}).get("resources") or ())
    paths = sorted(folder.glob(f"{glob_escape(stack.name)}-{update.key}.checkpoint.json*"))
    paths = [path for path in paths if not path.name.endswith(".attrs")]
    if not paths:
        raise HistoryUnreadable(
            f"update {update.number} left no state in {folder}", fix="it was not written, or removed"
        )
    return _resources_of(_json(paths[0]))


def _from_bucket(url: str, stack: Stack, update: Update) -> list[dict[str, Any]]:
    """The state that a bucket keeps beside the record of this place in the order of time, as a file backend does.

    Errors: HistoryUnreadable, CloudError.
    """
    from operations.backup.bucket import Bucket
    from operations.clients import storage_client

    name, _, prefix = url.removeprefix("gs://").partition("?")[0].partition("/")
    bucket = Bucket(storage_client(stack.settings.project), name)
    folder = "/".join(filter(None, (prefix.strip("/"), ".pulumi/history", PROJECT, stack.name, f"{stack.name}-")))
    names = [file.name for file in bucket.files(folder)]
    instants = sorted({int(found[1]) for one in names if (found := RECORD.fullmatch(one))})
    key = f"{folder}{instants[update.number - 1]}.checkpoint.json" if update.number <= len(instants) else ""
    for one in names:
        if key and one in (key, f"{key}.gz", f"{key}.zst"):
            return _resources_of(_parsed(f"gs://{name}/{one}", bucket.content(one)))
    raise HistoryUnreadable(f"update {update.number} left no state in {url}", fix="it was not written, or removed")


def _resources_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(((document.get("checkpoint") or {}).get("latest") or {}).get("resources") or ())


def history_folder(stack: str, environment: Mapping[str, str]) -> Path | None:
    """Where a file backend keeps the stack's history; None for another backend."""
    url = backend(environment)
    if not url.startswith("file://"):
        return None
    folder = Path(url.removeprefix("file://").partition("?")[0]).expanduser()
    return folder / ".pulumi" / "history" / PROJECT / stack


def backend(environment: Mapping[str, str]) -> str:
    """What `pulumi login` chose, unless the environment says otherwise."""
    if url := environment.get("PULUMI_BACKEND_URL", ""):
        return url
    home = Path(environment.get("PULUMI_HOME") or Path(environment.get("HOME", os.devnull)) / ".pulumi")
    try:
        return str(json.loads((home / "credentials.json").read_bytes()).get("current") or "")
    except (OSError, ValueError, AttributeError):
        return ""


def glob_escape(name: str) -> str:
    """A stack's name as a pattern that means itself."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def _from_files(folder: Path) -> tuple[Update, ...]:
    """Records by their time. A name counts once, also where it is there plain and compressed."""
    named: dict[int, Path] = {}
    for path in sorted(folder.glob("*.history.json*")):
        if found := RECORD.fullmatch(path.name):
            named.setdefault(int(found[1]), path)
    read = []
    for number, (instant, path) in enumerate(sorted(named.items()), 1):
        try:
            read.append(from_record(number, _json(path), str(instant)))
        except (HistoryUnreadable, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            said = error.message if isinstance(error, HistoryUnreadable) else f"{path} is no record of an update"
            read.append(Update(number, problem=said, key=str(instant)))
    return tuple(read)


def _json(path: Path) -> dict[str, Any]:
    """Errors: HistoryUnreadable."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise HistoryUnreadable(f"{path}: {error.strerror}", fix="nothing needs it but the history itself") from None
    return _parsed(str(path), data)


def _parsed(path: str, data: bytes) -> dict[str, Any]:
    """Errors: HistoryUnreadable."""
    try:
        content = json.loads(_plain(path, data))
    except (ValueError, EOFError, RecursionError, zlib.error, gzip.BadGzipFile):
        raise HistoryUnreadable(f"{path}: damaged", fix="nothing needs it but the history itself") from None
    if not isinstance(content, dict):
        raise HistoryUnreadable(f"{path}: damaged", fix="nothing needs it but the history itself")
    return content


def _plain(path: str, data: bytes) -> bytes:
    """What was written, by the first bytes as the CLI tells it (sdk/go/common/encoding/marshal.go)."""
    if data.startswith(GZIP):
        return gzip.decompress(data)
    if not data.startswith(ZSTD):
        return data
    command = shutil.which("zstd")
    if command is None:
        raise HistoryUnreadable(
            f"{path}: compressed with zstd", fix="install the command zstd (apt install zstd), try again"
        )
    done = subprocess.run([command, "-dc"], input=data, capture_output=True, timeout=SECONDS)
    if done.returncode:
        raise ValueError("zstd")
    return done.stdout
