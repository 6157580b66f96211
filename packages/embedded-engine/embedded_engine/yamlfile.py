"""The YAML files of a project as plain data, with errors of the engine that say `file:line`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from embedded_engine.errors import EngineError
from plain_command import plainyaml


@dataclass(frozen=True)
class YamlFile:
    """A file's mapping: `content` as data, `texts` the scalars of one of its sections as they were written."""

    path: Path
    node: yaml.MappingNode | None

    @classmethod
    def read(cls, path: Path) -> YamlFile:
        """Errors: EngineError for what is no plain YAML, FileNotFoundError."""
        with _located(path):
            return cls(path, plainyaml.read(path))

    @property
    def content(self) -> dict[str, Any]:
        """All of it, empty for an empty file."""
        if self.node is None:
            return {}
        return {key: plainyaml.value(value) for key, _, value in plainyaml.entries(self.node)}

    def texts(self, section: str) -> dict[str, str]:
        """The scalars below a section that is a mapping. Errors: EngineError where it is none."""
        found = [value for key, _, value in plainyaml.entries(self.node) if key == section] if self.node else []
        if not found or (isinstance(found[0], yaml.ScalarNode) and not found[0].value):
            return {}
        with _located(self.path):
            listed = list(plainyaml.entries(found[0]))
        return {key: str(value.value) for key, _, value in listed if isinstance(value, yaml.ScalarNode)}


@contextmanager
def _located(path: Path) -> Iterator[None]:
    try:
        yield
    except plainyaml.Unreadable as error:
        line = f":{error.line}" if error.line else ""
        raise EngineError(f"{path}{line}: {error.message}: {error.fix}") from None
