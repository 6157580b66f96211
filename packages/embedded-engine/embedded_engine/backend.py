"""Pulumi's file backend: where stacks, history, backups and locks lie below `file://FOLDER/.pulumi`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded_engine import blobs, damage, history
from embedded_engine.damage import Decoded
from embedded_engine.errors import EngineError, Refused

_META = b"version: 1\n"


@dataclass(frozen=True)
class Backend:
    """The folder that holds the state of all projects."""

    root: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Backend:
        """The backend that PULUMI_BACKEND_URL names; only file ones are possible."""
        url = environment.get("PULUMI_BACKEND_URL", "")
        if not url:
            raise EngineError("PULUMI_BACKEND_URL is not set: the embedded engine needs a file:// backend")
        if not url.startswith("file://"):
            raise Refused(f"the backend {url.partition('://')[0]}://: only file://")
        folder = Path(url.removeprefix("file://").partition("?")[0]).expanduser()
        if not folder.is_dir():
            raise EngineError(f"unable to open the backend {url}: {folder} is not a folder")
        backend = cls(folder / ".pulumi")
        backend._check_layout()
        return backend

    def _check_layout(self) -> None:
        meta = self.root / "meta.yaml"
        if meta.exists():
            if meta.read_bytes().strip() != _META.strip():
                raise Refused(
                    f"the layout of the backend in {self.root} (`{meta.read_text(errors='replace').strip()}`)"
                )
        elif (self.root / "stacks").is_dir():
            raise Refused(f"the legacy layout of the backend in {self.root}")

    def stack(self, project: str, name: str) -> StackFiles:
        """The files of one stack, which need not exist."""
        return StackFiles(self.root, project, name)

    def stacks(self, project: str) -> Iterator[StackFiles]:
        """The stacks of a project, by name."""
        for path in sorted((self.root / "stacks" / project).glob("*.json")):
            yield self.stack(project, path.stem)


@dataclass(frozen=True)
class StackFiles:
    """The files of one stack."""

    root: Path
    project: str
    name: str

    @property
    def qualified_name(self) -> str:
        """The name under which the checkpoint knows the stack."""
        return f"organization/{self.project}/{self.name}"

    @property
    def checkpoint(self) -> Path:
        """The state."""
        return self.root / "stacks" / self.project / f"{self.name}.json"

    @property
    def locks(self) -> Path:
        """The folder of the stack's locks."""
        return self.root / "locks" / "organization" / self.project / self.name

    @property
    def _history(self) -> Path:
        return self.root / "history" / self.project / self.name

    @property
    def _backups(self) -> Path:
        return self.root / "backups" / self.project / self.name

    def exists(self) -> bool:
        """Whether the stack was created. A compressed one is refused."""
        for suffix in (".gz", ".zst"):
            if self.checkpoint.with_name(self.checkpoint.name + suffix).exists():
                raise Refused(f"compressed state ({self.checkpoint.name}{suffix})")
        return self.checkpoint.exists()

    def read(self, decode: Callable[[bytes], Decoded]) -> Decoded:
        """What the state holds. Errors: Damaged, with the copy that can take its place."""
        return damage.read(self.checkpoint, self._copies(), decode)

    def _copies(self) -> Iterator[Path]:
        """Earlier states, newest first; the one before the last step is the `.bak`."""
        yield self.checkpoint.with_name(self.checkpoint.name + ".bak")
        yield from sorted(self._backups.glob("*.json"), reverse=True)
        yield from sorted(self._history.glob("*.checkpoint.json"), reverse=True)

    def save(self, document: bytes) -> None:
        """Replaces the state and keeps the one before as `.bak`."""
        if not (self.root / "meta.yaml").exists():
            blobs.write(self.root / "meta.yaml", _META)
        blobs.keep_backup(self.checkpoint)
        blobs.write(self.checkpoint, document)

    def add_history(self, record: dict[str, Any]) -> None:
        """Writes down an update together with the state that it left, and a backup of that state."""
        document = self.checkpoint.read_bytes()
        prefix = self._history / f"{self.name}-{time.time_ns()}"
        blobs.write(prefix.with_name(f"{prefix.name}.history.json"), blobs.compact_json(record).encode())
        blobs.write(prefix.with_name(f"{prefix.name}.checkpoint.json"), document)
        blobs.write(self._backups / f"{self.name}.{time.time_ns()}.json", document)

    def history(self, tell: Callable[[str], None]) -> list[dict[str, Any]]:
        """The recorded updates, newest first; `tell` hears of records that cannot be read."""
        records = []
        for path in sorted(self._history.glob("*.history.json"), reverse=True):
            try:
                records.append(history.checked(json.loads(path.read_bytes())))
            except (OSError, ValueError, RecursionError):
                tell(f"{path} is damaged and left out; fix: rm '{path}'")
        return records

    def remove(self) -> None:
        """Forgets the stack and its history; the last state stays as `.bak`."""
        blobs.keep_backup(self.checkpoint)
        blobs.remove(self.checkpoint)
        for path in self._history.glob("*.json"):
            blobs.remove(path)
