"""The record of an update: what the CLI's file backend writes, and how it is shown."""

from __future__ import annotations

import platform
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from embedded_engine import VERSION, values
from embedded_engine.blobs import compact_json
from embedded_engine.config import Value

_FORM: Mapping[str, type] = {
    **dict.fromkeys(("kind", "message", "result"), str),
    **dict.fromkeys(("version", "startTime", "endTime"), int),
    "environment": dict,
}
_GIT_SECONDS = 10.0
_REMOTE = re.compile(r"(?:git@|https://(?:[^@/]*@)?|ssh://git@)([^/:]+)[/:]([^/]+)/(.+?)(?:\.git)?/?$")


def environment(project: Path, variables: Mapping[str, str], flags: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The title of the checked-out commit and the facts recorded with an update.

    Of Pulumi's environment variables and flags only the names are recorded, never the values.
    """
    facts = {f"pulumi.env.{name}": "set" for name in variables if name.startswith("PULUMI_")}
    facts |= {f"pulumi.flag.{name}": value for name, value in flags.items()}
    facts |= {
        "exec.kind": "cli",
        "exec.agent": "embedded-engine",
        "pulumi.version": VERSION,
        "pulumi.os": platform.system().lower(),
        "pulumi.arch": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "updatePlan": "false",
        "stack.environments": "[]",
    }
    title, of_commit = _git_facts(project)
    return title, {**facts, **of_commit}


def record(
    kind: str,
    start: int,
    succeeded: bool,
    counts: Counter[str],
    config: Mapping[str, Value],
    message: str,
    facts: dict[str, str],
) -> dict[str, Any]:
    """The record of an update that has ended; `start` in Unix seconds."""
    return {
        "kind": kind,
        "startTime": start,
        "message": message,
        "environment": dict(sorted(facts.items())),
        "config": {key: value.stored for key, value in config.items()},
        "version": 0,
        "result": "succeeded" if succeeded else "failed",
        "endTime": int(time.time()),
        "resourceChanges": dict(sorted(counts.items())),
    }


def checked(record: Any) -> dict[str, Any]:
    """A record that was read back. Errors: ValueError when it has another form."""
    if not isinstance(record, dict) or any(not isinstance(record.get(key), kind) for key, kind in _FORM.items()):
        raise ValueError("no record of an update")
    return record


def as_json(record: dict[str, Any], decrypt: Callable[[str], str] | None) -> dict[str, Any]:
    """A record in the form of `stack history --json`; secrets only with `decrypt`."""
    return {
        "version": record["version"],
        "kind": record["kind"],
        "startTime": _time(record["startTime"]),
        "message": record["message"],
        "environment": record["environment"],
        "config": {key: _config_value(value, decrypt) for key, value in (record.get("config") or {}).items()},
        "result": record["result"],
        "endTime": _time(record["endTime"]),
        "resourceChanges": record.get("resourceChanges") or {},
    }


def as_text(record: dict[str, Any]) -> str:
    """A record for people."""
    counts = record.get("resourceChanges") or {}
    changes = f"+{counts.get('create', 0)}-{counts.get('delete', 0)}~{counts.get('update', 0)} {counts.get('same', 0)}"
    lines = [
        f"UpdateKind: {record['kind']}",
        f"Status: {record['result']}",
        f"Message: {record['message']}",
        f"{changes} Updated {_time(record['startTime'])} took {record['endTime'] - record['startTime']}s",
        *(f"    {key}: {value}" for key, value in sorted(record["environment"].items())),
    ]
    return "\n".join(lines) + "\n"


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _config_value(stored: Any, decrypt: Callable[[str], str] | None) -> dict[str, Any]:
    def is_secure(node: Any) -> bool:
        return isinstance(node, dict) and set(node) == {"secure"}

    hidden = values.contains(stored, is_secure)
    if hidden and decrypt is None:
        return {"secret": True}
    opened = values.walk(stored, lambda node: decrypt(node["secure"]) if decrypt and is_secure(node) else node)
    if isinstance(opened, str):
        return {"value": opened, "secret": hidden}
    shown = {"value": compact_json(opened), "secret": hidden}
    return {**shown, "objectValue": opened} if isinstance(opened, dict | list) else shown


def _git_facts(folder: Path) -> tuple[str, dict[str, str]]:
    head = _git(folder, "log", "-1", "--format=%H%x00%cn%x00%ce%x00%an%x00%ae%x00%s")
    if not head:
        return "", {}
    names = ("head", "committer", "committer.email", "author", "author.email")
    *fields, title = head.split("\0")
    facts = {f"git.{name}": value for name, value in zip(names, fields, strict=True)}
    facts["git.dirty"] = "true" if _git(folder, "status", "--porcelain") else "false"
    if branch := _git(folder, "symbolic-ref", "-q", "HEAD"):
        facts["git.headName"] = branch
    if found := _REMOTE.match(_git(folder, "remote", "get-url", "origin")):
        kind, owner, name = found.groups()
        root = _git(folder, "rev-parse", "--show-prefix").rstrip("/") or "."
        facts |= {"vcs.kind": kind, "vcs.owner": owner, "vcs.repo": name, "vcs.root": root}
    return title, facts


def _git(folder: Path, *arguments: str) -> str:
    """What git prints; empty where there is no repository, no commit or no git."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
