"""The command's parts: a survey of what is declared and live, and the import of what it found."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog import load as load_catalog
from catalog.model import Table
from operations import engines
from operations.adopt import importing, live
from operations.adopt.cutover import still_writing
from operations.adopt.declared import Declared, declared
from operations.adopt.matching import matches
from operations.adopt.verdict import Verdict
from operations.adopt.verdicts import Judge
from operations.clients import bigquery_client
from operations.migration import Migration
from operations.project import find_root, stack_settings
from operations.stack import Stack
from settings.errors import ErosError
from settings.load import check_environment
from settings.model import Settings

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found for one stack."""

    stack: str
    root: Path
    settings: Settings
    declared: Sequence[Declared]
    verdicts: Sequence[Verdict]

    @property
    def where(self) -> str:
        """The dataset in words."""
        return f"{self.settings.project}.{self.settings.dataset}"

    def write(self, path: str) -> Path:
        """Writes the import file of what can be adopted, as the newest CLI takes it."""
        target = Path(path) if path else self.root / f"import-{self.stack}.json"
        importing.write(target, importing.document(self.declared, self.verdicts, with_provider=True))
        return target


def survey(name: str, say: Say) -> Survey:
    """Compares declared and live. Changes nothing and needs neither an engine nor a stack in its backend.

    Errors: SettingsError, CloudError, and what the program says of itself.
    """
    root = find_root()
    settings = stack_settings(root, name)
    check_environment(settings, os.environ)
    catalog = load_catalog(root)
    found = live.read(settings)
    resources = declared(root, name, found.outputs())
    judge = Judge(settings, catalog, _recorded(root, name, settings, say), _migration(settings))
    verdicts = judge.all(matches(resources, found))
    names = {str(resource.inputs.get("displayName")) for resource in resources if resource.type == live.CONFIG}
    return Survey(name, root, settings, resources, [*verdicts, *still_writing(found, settings, names)])


def take_over(found: Survey, path: Path, say: Say) -> dict[str, int]:
    """Imports what can be adopted and returns what the next update would do. Errors: ImportRefused, EngineFailed."""
    stack = Stack.open(found.stack, say)
    say(f"engine: {stack.engine}")
    if not stack.exists():
        stack.init()
    return importing.run(stack, found.declared, found.verdicts, path)


def _recorded(root: Path, name: str, settings: Settings, say: Say) -> frozenset[str]:
    """URNs in the stack's state; none when there is no engine, backend or stack to ask."""
    try:
        stack = Stack(name, root, settings, engines.choose(local=settings.is_local, install=False))
        return frozenset(importing.recorded(stack)) if stack.exists() else frozenset()
    except ErosError as error:
        say(f"the stack's state cannot be read, so nothing counts as managed: {error}")
        return frozenset()


def _migration(settings: Settings) -> Callable[[Table, str], tuple[str, ...]]:
    """The steps that would move a table, as far as they are not done."""
    client = bigquery_client(settings.project, settings.location)

    def steps(table: Table, physical: str) -> tuple[str, ...]:
        moving = Migration(client, table, settings.project, settings.dataset, physical)
        return tuple(f"{'done: ' if step.done else ''}{step.text}" for step in moving.steps())

    return steps
