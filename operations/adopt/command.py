"""The command's parts: a survey of what is declared and live, and the import of what it found."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog import Catalog, placement
from catalog import load as load_catalog
from catalog.model import Table
from operations import engines
from operations.adopt import cutover, importing, live
from operations.adopt.declared import Declared, declared
from operations.adopt.matching import matches
from operations.adopt.rest import Body
from operations.adopt.verdict import Judgement, Verdict
from operations.adopt.verdicts import Judge
from operations.clients import bigquery_client
from operations.migration import Migration, MigrationBlocked
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
    writers: Sequence[Body] = ()
    """Scheduled queries of the old system that are enabled."""
    paused: Sequence[Body] = ()
    """Those that `pause_old` disabled."""

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
    say(f"reading what {settings.project} holds, and what the program declares (a minute at most) ...")
    found = live.read(settings)
    resources = declared(root, name, found.outputs())
    steps, moving = _migration(settings, found.tables)
    judge = Judge(settings, catalog, _recorded(root, name, settings, say), steps, moving)
    verdicts = [*judge.all(matches(resources, found)), *_on_their_way(catalog, settings, found.tables, steps)]
    names = {str(resource.inputs.get("displayName")) for resource in resources if resource.type == live.CONFIG}
    return Survey(
        name,
        root,
        settings,
        resources,
        [*verdicts, *cutover.still_writing(found, settings, names)],
        cutover.writers(found, settings, names),
        cutover.paused(found, settings),
    )


def _on_their_way(
    catalog: Catalog, settings: Settings, tables: Collection[str], steps: Callable[[Table, str], tuple[str, ...]]
) -> list[Verdict]:
    """Tables that an interrupted swap has taken from their place: nothing live has their name."""
    place = placement(catalog, settings)
    names = {place.name(name): table for name, table in catalog.tables.items()}
    return [
        Verdict(name, "table", Judgement.MIGRATE, ("its rows are on their way to the new layout",), steps(table, name))
        for name, table in names.items()
        if name not in tables and f"{name}_migrating" in tables
    ]


def take_over(found: Survey, path: Path, say: Say) -> dict[str, int]:
    """Imports what can be adopted and returns what the next update would do. Errors: ImportRefused, EngineFailed."""
    importing.refuse_open(found.stack, found.verdicts)
    if found.writers and not found.settings.pause_schedules:
        names = ", ".join(str(config["displayName"]) for config in found.writers)
        raise importing.ImportRefused(
            f"of the old system still write: {names}; the new schedules would run beside them",
            fix=f"eros adopt -s {found.stack} --pause-old, or let the new ones wait:"
            f" pulumi config set pauseSchedules true -s {found.stack}",
        )
    stack = Stack.open(found.stack, say)
    say(f"engine: {stack.engine}")
    if not stack.exists():
        stack.init()
    return importing.run(stack, found.declared, found.verdicts, path)


def migrate(name: str, table: str, say: Say) -> None:
    """Runs the next step of moving a table to its declared layout, and says what comes then.

    `table` is the logical or the physical name. Errors: SettingsError, MigrationBlocked, CloudError.
    """
    found = survey(name, say)
    moving, physical = _moving(found.settings, load_catalog(found.root), table)
    verdict = next((v for v in found.verdicts if v.kind == "table" and v.name == physical), None)
    if verdict and verdict.verdict is not Judgement.MIGRATE and not moving.has_ended():
        raise MigrationBlocked(
            f"table {physical} is {verdict.verdict}, so its rows are not to be moved: {'; '.join(verdict.changes)}",
            fix="; or ".join(verdict.steps) or f"nothing to do: eros adopt -s {name}",
        )
    done = moving.run_next()
    if done is None:
        say(f"nothing is left to do for {table}; next: eros adopt -s {name}")
        return
    say(f"{done.name}: done: {done.text}")
    left = [step for step in moving.steps() if not step.done]
    say("\n".join(f"  then {step.name}: {step.text}" for step in left) or f"next: eros adopt -s {name}")
    if left:
        say(f"next: eros adopt -s {name} --migrate {table}")


def pause_old(found: Survey, ask: Callable[[str], str], say: Say) -> None:
    """Disables the old system's scheduled queries, after the operator typed it. Errors: NotConfirmed, CloudError."""
    if not found.writers:
        say("no scheduled query of an old system is enabled")
        return
    listed = "\n".join(f"  {config['displayName']}: {config.get('schedule')}" for config in found.writers)
    typed = ask(f"These stop running:\n{listed}\nType {cutover.PAUSE} to go on: ")
    for name in cutover.pause(found.writers, typed):
        say(f"disabled: {name}")
    say(f"undone by: eros adopt -s {found.stack} --resume-old")


def resume_old(found: Survey, ask: Callable[[str], str], say: Say) -> None:
    """Enables what `pause_old` disabled, after the operator typed it. Errors: NotConfirmed, CloudError."""
    if not found.paused:
        say("eros adopt has paused nothing here")
        return
    listed = "\n".join(f"  {config['displayName']}" for config in found.paused)
    typed = ask(f"These run again, beside the new schedules unless those wait:\n{listed}\nType {cutover.RESUME}: ")
    for name in cutover.resume(found.paused, typed):
        say(f"enabled: {name}")


def _moving(settings: Settings, catalog: Catalog, name: str) -> tuple[Migration, str]:
    place = placement(catalog, settings)
    tables = {name: table for name, table in catalog.tables.items() if settings.manage_sources or not table.is_source}
    found = next((table for table in tables.values() if name in (table.name, place.name(table.name))), None)
    if found is None:
        raise ErosError(f"the stack declares no table {name}", fix=f"one of: {', '.join(tables)}")
    client = bigquery_client(settings.project, settings.location)
    physical = place.name(found.name)
    return Migration(client, found, settings.project, settings.dataset, physical), physical


def _recorded(root: Path, name: str, settings: Settings, say: Say) -> frozenset[str]:
    """URNs in the stack's state; none when there is no engine, backend or stack to ask."""
    try:
        stack = Stack(name, root, settings, engines.choose(local=settings.is_local, install=False))
        return frozenset(importing.recorded(stack)) if stack.exists() else frozenset()
    except ErosError as error:
        say(f"the stack's state cannot be read, so nothing counts as managed: {error}")
        return frozenset()


def _migration(
    settings: Settings, tables: Collection[str]
) -> tuple[Callable[[Table, str], tuple[str, ...]], Callable[[Table, str], bool]]:
    """The steps that would move a table, as far as they are not done, and whether some are done and others are not."""
    client = bigquery_client(settings.project, settings.location)

    def move(table: Table, physical: str) -> Migration:
        return Migration(client, table, settings.project, settings.dataset, physical)

    def steps(table: Table, physical: str) -> tuple[str, ...]:
        return tuple(f"{'done: ' if step.done else ''}{step.text}" for step in move(table, physical).steps())

    def moving(table: Table, physical: str) -> bool:
        if not {f"{physical}_legacy", f"{physical}_migrating"} & set(tables):
            return False
        return move(table, physical).is_under_way()

    return steps, moving
