"""What a deployment under way remembers: a file beside the program, in the form of the old scripts' state file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from operations.durable import write_json
from operations.project import OF_THIS_MACHINE
from operations.releases.figures import Figures

Component = Literal["preflight", "backup", "first_step", "infrastructure", "validation", "gate", "deployment"]


@dataclass(slots=True)
class State:
    """`components` says of each how far it is; `phase` is where the next run goes on, `why` why it is taken back.

    `first_step` is what became of the first of two steps, `watch_seconds` how long each step is watched.
    """

    deployment_id: str
    project_id: str
    dataset: str
    started_at: str
    status: str = "running"
    commit: str = ""
    message: str = ""
    backup: str = ""
    phase: Literal["", "updated", "verified", "taking back"] = ""
    first_step: Literal["", "made", "watched"] = ""
    updated_at: str = ""
    verified_at: str = ""
    watch_seconds: float = 0.0
    watch_until: str = ""
    may_roll_back: bool = True
    why: list[str] = field(default_factory=list)
    before: dict[str, Any] | None = None
    failed_before: list[str] = field(default_factory=list)
    components: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def figures_before(self) -> Figures | None:
        return Figures(**self.before) if self.before else None

    def note(self, component: Component, status: str, message: str = "") -> None:
        """How far a component is."""
        stamp = datetime.now(UTC).isoformat(timespec="seconds")
        self.components[component] = {"status": status, "message": message, "timestamp": stamp}


class StateFile:
    """The state of a stack's deployment, on this machine; the last one stays when it has ended."""

    def __init__(self, root: Path, stack: str) -> None:
        self.path = root / OF_THIS_MACHINE / f"deploy-{stack}.json"

    def read(self) -> State | None:
        """The last deployment, also one that has ended; None where there is none, or it cannot be read."""
        try:
            return State(**json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, state: State) -> None:
        """Whole or not at all, and on the disk before it returns. Errors: OSError."""
        write_json(self.path, asdict(state))
