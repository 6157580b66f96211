"""One stack opened for a command: its files, configuration and secrets."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded_engine import config, crypter, locks, values
from embedded_engine.backend import Backend, StackFiles
from embedded_engine.checkpoint import Codec, Deployment
from embedded_engine.config import StackFile, Value
from embedded_engine.crypter import Crypter
from embedded_engine.errors import EngineError, NoSuchStack
from embedded_engine.project import Project
from embedded_engine.snapshot import Snapshot, Writer
from embedded_engine.values import Properties

# Pulumi's own rule, sdk/go/common/tokens/stack_name.go.
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass
class Session:
    """A stack of a project. What needs the passphrase is read when it is first asked for."""

    project: Project
    files: StackFiles
    environment: Mapping[str, str]
    config_file: Path | None = None

    @classmethod
    def open(
        cls, folder: Path, stack: str | None, environment: Mapping[str, str], config_file: Path | None = None
    ) -> Session:
        """Opens an existing stack; `stack` defaults to PULUMI_STACK, `config_file` to the stack's own."""
        session = cls.unchecked(folder, stack, environment)
        session.config_file = config_file
        if not session.files.exists():
            raise NoSuchStack(f"no stack named '{session.stack}' found")
        return session

    @classmethod
    def unchecked(cls, folder: Path, stack: str | None, environment: Mapping[str, str]) -> Session:
        """Opens a stack that need not exist."""
        project, backend = Project.load(folder), Backend.of(environment)
        name = stack or environment.get("PULUMI_STACK", "")
        if not name:
            raise NoSuchStack("no stack selected; the embedded engine needs -s/--stack or PULUMI_STACK")
        name = name.removeprefix(f"organization/{project.name}/")
        if not _NAME.fullmatch(name):
            wanted = "at most 100 letters, digits, '-', '_' and '.'"
            raise EngineError(f"a stack name may only contain {wanted}, not {name[:100]!r}")
        return cls(project, backend.stack(project.name, name), environment)

    @property
    def stack(self) -> str:
        """The name of the stack."""
        return self.files.name

    @functools.cached_property
    def file(self) -> StackFile:
        """The stack's configuration file."""
        return StackFile(self.project, self.stack, self.config_file)

    @functools.cached_property
    def crypter(self) -> Crypter:
        """What opens the stack's secrets; a stack without a salt gets one."""
        phrase = crypter.passphrase(self.environment)
        if self.file.salt:
            return Crypter(phrase, self.file.salt)
        made = Crypter.create(phrase)
        self.file.salt = made.salt
        return made

    @functools.cached_property
    def codec(self) -> Codec:
        """What reads and writes the stack's state."""
        return Codec(self.files.qualified_name, self.crypter)

    @functools.cached_property
    def config(self) -> dict[str, Value]:
        """The stack's configuration, validated."""
        return config.resolve(self.project, self.stack, self.file, lambda: self.crypter)

    def package_config(self, package: str) -> Properties:
        """The configuration of a package's default provider."""
        prefix = f"{package}:"
        return {
            key.removeprefix(prefix): values.secret(value.text) if value.is_secret else value.text
            for key, value in self.config.items()
            if key.startswith(prefix)
        }

    def secrets(self) -> list[str]:
        """The secret texts that must not be shown."""
        return [value.text for value in self.config.values() if value.is_secret]

    def deployment(self) -> Deployment:
        """The state as it is recorded now."""
        return self.files.read(self.codec.decode)

    def snapshot(self, preview: bool) -> Snapshot:
        """The state for a run to work on."""
        return Snapshot(self.deployment(), None if preview else Writer(self.codec, self.files.save))

    def create(self) -> None:
        """Makes the stack, empty."""
        if self.files.exists():
            raise EngineError(f"stack '{self.stack}' already exists")
        self.files.save(self.codec.encode([], []))

    @contextlib.contextmanager
    def locked(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Keeps other updates of the stack away."""
        with locks.held(self.files.locks, tell):
            yield
