"""`cloud.json`: what is running, left by one command for the next.

It is replaced as a whole, so a reader never sees half of it. Ports are kept after `down`, so that the next
`up` gives the same ones and shells with the environment loaded stay right.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gcp_local import environment
from gcp_local.supervisor.errors import LocalCloudError

VERSION = 1
FILE = "cloud.json"


@dataclass(frozen=True)
class Record:
    """A started process. `port` is its main one, `ports` those beside it by name; `started` is UTC, ISO 8601."""

    pid: int
    identity: str
    port: int
    started: str
    ports: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CloudState:
    """Everything one state folder knows. `ports` are the last ones of each process: main first."""

    processes: Mapping[str, Record] = field(default_factory=dict)
    ports: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    project: str = field(default_factory=environment.project)

    def with_process(self, name: str, record: Record) -> CloudState:
        """The state after `name` was started; it comes last."""
        others = {key: value for key, value in self.processes.items() if key != name}
        kept = (record.port, *record.ports.values())
        return replace(self, processes=others | {name: record}, ports={**self.ports, name: kept})

    def stopped(self) -> CloudState:
        """The state after everything was stopped."""
        return replace(self, processes={})


def read(folder: Path) -> CloudState:
    """The state of `folder`; empty when there is none. Raises LocalCloudError for one of another version."""
    document = _document(folder)
    if document is None:
        return CloudState()
    try:
        if document["version"] != VERSION:
            raise _foreign(folder, f"is of version {document['version']}, this program knows {VERSION}")
        return CloudState(
            processes={name: Record(**record) for name, record in document["processes"].items()},
            ports={name: tuple(ports) for name, ports in document.get("ports", {}).items()},
            project=document["project"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _foreign(folder, f"cannot be read ({error!r})") from error


def write(folder: Path, state: CloudState) -> None:
    """Replace the state of `folder` in one step."""
    document = {"version": VERSION, **asdict(state)}
    fresh = folder / f".{FILE}.{os.getpid()}"
    try:
        fresh.write_text(json.dumps(document, indent=2) + "\n")
        fresh.replace(folder / FILE)
    except OSError as error:
        raise LocalCloudError(
            f"{folder / FILE} cannot be written: {error.strerror}", fix="make room, or give yourself the right to write"
        ) from None


def leftovers(folder: Path) -> list[tuple[int, str]]:
    """Pid and identity of whatever a state of any version names, as far as it can be read: for `down --wipe`."""
    try:
        document = _document(folder) or {}
    except LocalCloudError:
        return []
    found = document.get("processes", {}) if isinstance(document, dict) else {}
    records = found.values() if isinstance(found, dict) else []
    return [
        (int(r["pid"]), str(r["identity"])) for r in records if isinstance(r, dict) and {"pid", "identity"} <= r.keys()
    ]


def exists(folder: Path) -> bool:
    """Whether `folder` is the state folder of a local cloud."""
    return (folder / FILE).is_file()


def _document(folder: Path) -> Any:
    try:
        return json.loads((folder / FILE).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _foreign(folder, f"cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise _foreign(folder, f"is not JSON ({error})") from error


def _foreign(folder: Path, why: str) -> LocalCloudError:
    return LocalCloudError(
        f"the state of the local cloud, {folder / FILE}, {why}",
        fix=f"start afresh with `{environment.command()} down --wipe` (deletes the local data), "
        "or use the version of this program that wrote it",
    )
