"""An update as the backend has recorded it, and what its message says of a rollback.

Numbers count from 1, the oldest, and never change: a record that cannot be read keeps its place.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SUCCEEDED, DAMAGED = "succeeded", "unreadable"
# What a rollback gives as the message of its update: the one text that every backend keeps as it was given.
MARK = re.compile(r"rollback of update (\d+) to update (\d+) \(([0-9a-f]{7,40})\)(?:: (.*))?", re.DOTALL)
# The same for routines and views alone: the message of the refresh that records them.
PART = re.compile(
    r"rollback, routines only, of update (\d+) to update (\d+) \(([0-9a-f]{7,40}|no commit)\)(?:: (.*))?", re.DOTALL
)
SECRET = {"secure": ""}


def rollback_message(of: int, to: int, commit: str, reason: str) -> str:
    """The message of the update that a rollback makes."""
    text = " ".join(reason.split())[:200]
    return f"rollback of update {of} to update {to} ({commit})" + (f": {text}" if text else "")


def routines_message(of: int, to: int, commit: str, reason: str) -> str:
    """The message of what records that routines and views alone were put back."""
    text = " ".join(reason.split())[:200]
    named = commit or "no commit"
    return f"rollback, routines only, of update {of} to update {to} ({named})" + (f": {text}" if text else "")


@dataclass(frozen=True, slots=True)
class Mark:
    """That an update takes back `of` and puts `to`, of `commit`, in its place."""

    of: int
    to: int
    commit: str
    reason: str

    @classmethod
    def read(cls, message: str, form: re.Pattern[str] = MARK) -> Mark | None:
        """From an update's message, None for any other."""
        found = form.fullmatch(message.strip())
        return cls(int(found[1]), int(found[2]), found[3], found[4] or "") if found else None


@dataclass(frozen=True, slots=True)
class Update:
    """One update; instants in UTC. `config` has every key in full, secrets as `{"secure": ...}`.

    `key` is how the backend names it, for its state; empty where that cannot be had.
    """

    number: int
    kind: str = ""
    result: str = DAMAGED
    started: datetime | None = None
    ended: datetime | None = None
    message: str = ""
    commit: str = ""
    is_dirty: bool = False
    who: str = ""
    changes: Mapping[str, int] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    problem: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it deployed the program and came to its end."""
        return self.kind == "update" and self.result == SUCCEEDED

    @property
    def mark(self) -> Mark | None:
        """What it took back, if it is a rollback."""
        return Mark.read(self.message) if self.kind == "update" else None

    @property
    def part(self) -> Mark | None:
        """What routines and views it put back alone. Such an entry is no update: what is deployed is what it was."""
        return Mark.read(self.message, PART) if self.result == SUCCEEDED else None

    @property
    def seconds(self) -> float | None:
        return (self.ended - self.started).total_seconds() if self.started and self.ended else None

    @property
    def digest(self) -> str:
        """Twelve digits that are the same for the same configuration, whatever its secrets are."""
        text = json.dumps(_without_secrets(dict(self.config)), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12] if self.config else ""


def from_record(number: int, record: Mapping[str, Any], key: str = "") -> Update:
    """An update from what a backend says of it: a file of a file backend, or `stack history --json`.

    Errors: ValueError, TypeError, KeyError when it is none.
    """
    facts = record.get("environment") or {}
    mark = Mark.read(str(record.get("message") or ""))
    return Update(
        number=number,
        kind=str(record["kind"]),
        result=str(record.get("result") or "in-progress"),
        started=_instant(record["startTime"]),
        ended=_instant(record.get("endTime") or 0),
        message=str(record.get("message") or ""),
        commit=str(facts.get("git.head") or (mark.commit if mark else "")),
        is_dirty=facts.get("git.dirty") == "true" and mark is None,
        who=_who(facts),
        changes={str(op): int(count) for op, count in (record.get("resourceChanges") or {}).items()},
        config={str(name): _stated(value) for name, value in (record.get("config") or {}).items()},
        key=key,
    )


def rolled_back(updates: Sequence[Update]) -> dict[int, int]:
    """Which update was taken back by which: numbers. A rollback that failed has taken nothing back."""
    return {update.mark.of: update.number for update in updates if update.mark and update.is_good}


def source_of(update: Update, updates: Sequence[Update]) -> Update:
    """The update whose program is deployed after this one: of a rollback what it went back to."""
    known = {one.number: one for one in updates}
    seen = {update.number}
    while (mark := update.mark) and mark.to in known and mark.to not in seen:
        update = known[mark.to]
        seen.add(update.number)
    return update


def _who(facts: Mapping[str, Any]) -> str:
    """Who stands behind the commit, and the CI system that ran; backends record nobody else."""
    person = str(facts.get("git.committer") or facts.get("git.author") or "")
    system = str(facts.get("ci.system") or "")
    return " by ".join(part for part in (person, system) if part)


def _instant(value: Any) -> datetime | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return datetime.fromtimestamp(int(value), UTC) if value else None


def _stated(value: Any) -> Any:
    """A value of the configuration. `stack history --json` wraps it in `{value, secret, objectValue}`."""
    if isinstance(value, dict) and isinstance(value.get("secret"), bool) and set(value) <= _WRAPPED:
        if value["secret"]:
            return SECRET
        return value["objectValue"] if value.get("objectValue") is not None else value.get("value", "")
    return value


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return SECRET if set(value) == {"secure"} else {key: _without_secrets(one) for key, one in value.items()}
    return [_without_secrets(one) for one in value] if isinstance(value, list) else value


_WRAPPED = {"value", "secret", "objectValue"}
