"""The first of two steps of a deployment: tables, datasets, buckets and access of this commit, all else as deployed.

It is a program of its own, so that either engine can be held to its preview: this commit's, with the SQL that holds no
rows and the files of `config/` of the commit that is deployed. A table that this commit leaves out is kept until the
second step. The old guide deployed in this order (fixes first, watched; then what uses them, watched).
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from operations.errors import EngineFailed
from operations.history import recorded
from operations.history.updates import source_of
from operations.project import stack_file
from operations.releases.deployments import is_first_step
from operations.review.reviewing import extracted
from operations.rollback import building
from operations.rollback.overlay import TABLES, VOLUMES, add_volumes
from operations.stack import Stack

PREREQUISITES = 1
WITHOUT = "deploy without --phases"


@contextmanager
def first_program(stack: Stack, say: Callable[[str], None]) -> Iterator[Stack | None]:
    """The stack with the first step's program in its folder; None where nothing is deployed that could stay.

    Errors: EngineFailed where nobody knows of which files the deployed program was made, OutOfReach, ErosError.
    """
    updates = recorded.updates(stack)
    whole = [one for one in updates if one.is_good and not is_first_step(one.message)]
    deployed = source_of(whole[-1], updates) if whole else None
    if deployed is None:
        say("nothing is deployed yet: all of it in one step")
        yield None
        return
    if not deployed.commit or deployed.is_dirty:
        why = "files that were not committed" if deployed.commit else "no commit"
        raise EngineFailed(
            f"two steps need the files of what is deployed, and update {deployed.number} was made of {why}",
            PREREQUISITES,
            fix=WITHOUT,
        )
    building.check(stack.root, deployed.commit)
    place = f"phases-{stack.name}"
    folder = building.checkout(stack.root, place, "HEAD")
    try:
        with extracted(stack.root, deployed.commit) as before:
            _lay(folder, before or stack.root)
        shutil.copyfile(stack_file(stack.root, stack.name), stack_file(folder, stack.name))
        (folder / ".venv").symlink_to(stack.root / ".venv")
        yield dataclasses.replace(stack, root=folder)
    finally:
        building.remove(stack.root, place)


def _lay(folder: Path, before: Path) -> None:
    """Puts what holds no rows of `before` in the place of this commit's, and adds tables that only `before` has."""
    for name in ("sql", "config"):
        for path in (folder / name).rglob("*"):
            if path.is_file() and path.relative_to(folder) != VOLUMES and not path.is_relative_to(folder / TABLES):
                path.unlink()
        for path in sorted((before / name).rglob("*")):
            target = folder / path.relative_to(before)
            if path.is_file() and not target.exists() and target != folder / VOLUMES:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    stated = {path.stem for path in (folder / TABLES).glob("*.sql")}
    add_volumes(folder, before, sorted(stated & {path.stem for path in (before / TABLES).glob("*.sql")}))
