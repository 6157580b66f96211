"""The command's parts: a survey of what is declared and live, and the import of what it found."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog import Catalog, placement
from catalog import load_cached as load_catalog
from catalog.model import Table
from catalog.transfers import titles
from operations import engines
from operations.adopt import cutover, importing, inventory
from operations.adopt.declared import Declared, declared
from operations.adopt.hands import Hand, hands
from operations.adopt.matching import matches
from operations.adopt.verdict import ADOPTED, Judgement, Verdict
from operations.adopt.verdicts import Judge
from operations.clients import bigquery_client
from operations.google_api import Body
from operations.migration import Migration, MigrationBlocked
from operations.project import find_root, stack_settings
from operations.stack import Stack
from settings.errors import ErosError
from settings.load import check_environment
from settings.model import Settings

# Of this machine, and ignored by Git.
FOLDER = ".eros"
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
    """Transfer configs of the old system that are enabled."""

    @property
    def where(self) -> str:
        """The dataset in words."""
        return f"{self.settings.project}.{self.settings.dataset}"

    @property
    def adopts(self) -> bool:
        """Whether something is there to be imported."""
        return any(verdict.verdict in ADOPTED for verdict in self.verdicts)

    def write(self, path: str) -> Path:
        """Writes the import file of what can be adopted, as the newest CLI takes it."""
        target = Path(path) if path else self.root / FOLDER / f"import-{self.stack}.json"
        importing.write(target, importing.document(self.declared, self.verdicts, with_provider=True))
        return target


def survey(name: str, say: Say) -> Survey:
    """Compares declared and live. Changes nothing and needs neither an engine nor a stack in its backend.

    Errors: SettingsError, CloudError, and what the program says of itself.
    """
    root, settings = _opened(name)
    catalog = load_catalog(root)
    say(f"reading what {settings.project} holds, and what the program declares (a minute at most) ...")
    found = inventory.read(settings)
    resources = declared(root, name, found.outputs())
    steps, moving = _migration(settings, found.tables)
    judge = Judge(settings, catalog, _recorded(root, name, settings, say), steps, moving)
    verdicts = [*judge.all(matches(resources, found)), *_on_their_way(catalog, settings, found.tables, steps)]
    ours = titles(catalog, settings)
    wrote, unread = _hands(settings) if found.dataset else ((), "")
    return Survey(
        name,
        root,
        settings,
        resources,
        [*verdicts, *cutover.still_writing(found, settings, ours, wrote, unread)],
        cutover.writers(found.configs, settings, ours),
    )


def _hands(settings: Settings) -> tuple[Sequence[Hand], str]:
    """Who wrote into the dataset, or why nobody knows."""
    try:
        return hands(bigquery_client(settings.project, settings.location), settings), ""
    except ErosError as error:
        return (), " ".join(str(error).split())


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
    importing.refuse_unprepared(found.verdicts)
    stack = Stack.open(found.stack, say)
    say(f"engine: {stack.engine}")
    if not stack.exists():
        stack.init()
    return importing.run(stack, found.declared, found.verdicts, path)


def migrate(name: str, table: str, say: Say) -> None:
    """Runs the next step of moving a table to its declared layout, and says what comes then.

    `table` is the logical or the physical name. Errors: SettingsError, MigrationBlocked, CloudError.
    """
    root, settings = _opened(name)
    moving, physical = _moving(settings, load_catalog(root), table)
    found = survey(name, say)
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


def pause_old(name: str, names: Sequence[str], ask: Callable[[str], str], say: Say) -> None:
    """Disables the old system's transfer configs, all or these, after the operator typed it.

    Errors: SettingsError, ErosError for an unknown name, NotConfirmed, CloudError.
    """
    root, settings, configs = _transfers(name)
    found = cutover.chosen(cutover.writers(configs, settings, titles(load_catalog(root), settings)), names)
    if not found:
        say("no transfer config of an old system is enabled")
        return
    listed = "\n".join(f"  {config['displayName']}: {config.get('schedule') or 'on demand'}" for config in found)
    typed = _typed(ask, f"These stop running:\n{listed}\nType {cutover.PAUSE} to go on: ")
    for paused in cutover.pause(found, typed):
        say(f"disabled: {paused}")
    say(f"undone by: eros adopt -s {name} --resume-old")


def resume_old(name: str, names: Sequence[str], ask: Callable[[str], str], say: Say) -> None:
    """Enables what `pause_old` disabled, all or these, after the operator typed it. Errors: as `pause_old`."""
    _, settings, configs = _transfers(name)
    found = cutover.chosen(cutover.paused(configs, settings), names)
    if not found:
        say("eros adopt has paused nothing here")
        return
    listed = "\n".join(f"  {config['displayName']}" for config in found)
    typed = _typed(
        ask, f"These run again, beside the new schedules unless those wait:\n{listed}\nType {cutover.RESUME}: "
    )
    for resumed in cutover.resume(found, typed):
        say(f"enabled: {resumed}")


def _typed(ask: Callable[[str], str], prompt: str) -> str:
    try:
        return ask(prompt)
    except EOFError:  # nobody is there to ask
        return ""


def _transfers(name: str) -> tuple[Path, Settings, Sequence[Body]]:
    """A stack's settings and the project's transfer configs: nothing else is read."""
    root, settings = _opened(name)
    return root, settings, inventory.transfer_configs(settings)


def _opened(name: str) -> tuple[Path, Settings]:
    root = find_root()
    settings = stack_settings(root, name)
    check_environment(settings, os.environ)
    return root, settings


def _moving(settings: Settings, catalog: Catalog, name: str) -> tuple[Migration, str]:
    place = placement(catalog, settings)
    tables = {name: table for name, table in catalog.tables.items() if settings.manage_sources or not table.is_source}
    found = next((table for table in tables.values() if name in (table.name, place.name(table.name))), None)
    if found is None:
        near = difflib.get_close_matches(name, [*tables, *map(place.name, tables)], 1)
        fix = f"did you mean {near[0]}?" if near else f"one of: {', '.join(tables)}"
        raise ErosError(f"the stack declares no table {name}", fix=fix)
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
