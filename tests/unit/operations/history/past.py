"""A file backend with a history, written as the engines write it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from operations.project import PROJECT

FIRST = 1_700_000_000
CONFIG = {"eros-platform:project": "p", "eros-platform:slackToken": {"secure": "v1:a:b"}}


class Past:
    """The history of the stack `dev`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{folder}")
        self.folder = folder / ".pulumi" / "history" / PROJECT / "dev"
        self.folder.mkdir(parents=True)
        self._written = 0

    def add(
        self,
        result: str = "succeeded",
        *,
        kind: str = "update",
        message: str = "m",
        commit: str | None = None,
        dirty: bool = False,
        config: Mapping[str, Any] = CONFIG,
        resources: Sequence[Mapping[str, Any]] = (),
        form: str = "",
    ) -> int:
        """Writes one more update; its number. Without a commit of its own it has one that no other has."""
        self._written += 1
        number = self._written
        head = f"{number:040x}" if commit is None else commit
        record = {
            "kind": kind,
            "startTime": FIRST + 100 * number,
            "endTime": FIRST + 100 * number + 42,
            "message": message,
            "environment": {"git.head": head, "git.dirty": str(dirty).lower(), "git.committer": "Ada"} if head else {},
            "config": dict(config),
            "version": 0,
            "result": result,
            "resourceChanges": {"create": 1, "same": 2},
        }
        state = {"version": 3, "checkpoint": {"stack": "x", "latest": {"resources": list(resources)}}}
        for name, content in (("history", record), ("checkpoint", state)):
            data = json.dumps(content).encode()
            path = self.folder / f"dev-{number}000.{name}.json{form}"
            path.write_bytes(gzip.compress(data) if form == ".gz" else data)
            path.with_name(f"{path.name}.attrs").write_text("{}")
        return number

    def path(self, number: int, name: str = "history") -> Path:
        """One of an update's files."""
        return self.folder / f"dev-{number}000.{name}.json"


def table(name: str, schema: str = "[]", **more: Any) -> dict[str, Any]:
    """A table of a state."""
    inputs = {"tableId": name, "schema": schema, **more}
    kind = "gcp:bigquery/table:Table"
    return {"urn": f"urn:pulumi:dev::eros-platform::{kind}::{name}", "type": kind, "custom": True, "inputs": inputs}
