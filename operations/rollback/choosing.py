"""Which recorded update a rollback goes back to, and why the ones between are passed over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.history.updates import Update, source_of
from operations.releases.deployments import is_first_step
from operations.review import git
from operations.teardown import MESSAGE as LIFTED
from settings.errors import ErosError

NUMBER = re.compile(r"[1-9][0-9]{0,6}")
COMMIT = re.compile(r"[0-9a-f]{7,40}")


class OutOfReach(ErosError):
    """There is nothing that could be gone back to, or it cannot be built again."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`current` is what is taken back, `target` what is built; `skipped` says why others were not taken.

    `is_same` says that the target is the program which is deployed already.
    """

    current: Update
    target: Update
    skipped: tuple[str, ...]
    is_same: bool = False


def choose(updates: Sequence[Update], to: str, stack: str, *, needs_commit: bool = True) -> Choice:
    """The target that `to` names (a number or a commit), or the last good update before the current one.

    What was taken back once is not gone back to by default: undoing twice would bring it back. `--to` does.
    Without `needs_commit` what the update has recorded is enough. Errors: OutOfReach.
    """
    current = next((one for one in reversed(updates) if one.kind == "update"), None)
    if current is None:
        raise OutOfReach(f"stack {stack} was never deployed", fix=f"eros up -s {stack}")
    skipped: list[str] = []
    if to:
        target = _named(updates, to, stack)
    else:
        target, skipped = _default(updates, current, stack)
    source = source_of(target, updates)
    is_same = is_program_of(source, current, updates) and not _is_commit_alone(source, to)
    if not needs_commit:
        return Choice(current, target, tuple(skipped), is_same)
    try:
        return Choice(current, _buildable(source, to, stack), tuple(skipped), is_same)
    except OutOfReach as error:
        listed = "".join(f"\n  passed over: {line}" for line in skipped)
        raise OutOfReach(f"{error.message}{listed}", fix=error.fix) from None


def is_program_of(source: Update, current: Update, updates: Sequence[Update]) -> bool:
    """Whether the program of an update is what is deployed after another one."""
    return current.is_good and source_of(current, updates) == source


def out_of_reach(update: Update, updates: Sequence[Update], root: Path) -> str:
    """Why a rollback cannot go back to an update, empty when it can. Its routines alone need no commit."""
    if why := _unfit(update):
        return why
    source = source_of(update, updates)
    if not source.commit:
        return "was made outside a git repository: only its routines and views can be put back"
    if source.is_dirty:
        return f"had files that were not committed: --to {source.commit[:12]} takes the commit alone"
    if not git.line(root, "rev-parse", "--verify", "--quiet", f"{source.commit}^{{commit}}"):
        return f"its commit is not in this clone: git fetch origin {source.commit}"
    return ""


def _named(updates: Sequence[Update], to: str, stack: str) -> Update:
    if NUMBER.fullmatch(to) and len(to) < 7:
        found = next((one for one in updates if one.number == int(to)), None)
        if found is None:
            there = f"there are 1 to {updates[-1].number}" if updates else "there is none"
            raise OutOfReach(f"stack {stack} has no update {to}: {there}", fix=f"eros history -s {stack}")
        if why := _unfit(found):
            raise OutOfReach(f"update {to} {why}", fix=f"name another one: eros history -s {stack}")
        return found
    if not COMMIT.fullmatch(to):
        raise OutOfReach(f"--to {to}: neither an update's number nor a commit", fix=f"eros history -s {stack}")
    fit = [one for one in updates if one.commit.startswith(to) and not _unfit(one)]
    if not fit:
        raise OutOfReach(
            f"no successful update of stack {stack} was made from commit {to}",
            fix=f"name one of eros history -s {stack}, or check the commit out and deploy it",
        )
    return fit[-1]


def _default(updates: Sequence[Update], current: Update, stack: str) -> tuple[Update, list[str]]:
    # Also by a rollback that failed: that it was to go is what somebody has decided.
    back = {one.mark.of: one.number for one in updates if one.mark}
    running = source_of(current, updates) if current.is_good else current
    skipped: list[str] = []
    for one in sorted((one for one in updates if one.number < running.number), key=lambda one: -one.number):
        why = _unfit(one) or _pointless(one, current if current.mark is None else running)
        if not why and one.number in back:
            why = f"was taken back by update {back[one.number]}"
        if not why and one.mark:
            why = f"is itself a rollback, to update {one.mark.to}"
        if not why:
            return one, skipped
        skipped.append(f"update {one.number} {why}")
    listed = "".join(f"\n  {line}" for line in skipped)
    fix = f"eros history -s {stack}, then --to N; or revert the change in git and deploy"
    raise OutOfReach(f"before update {current.number} there is none to go back to{listed}", fix=fix)


def _unfit(update: Update) -> str:
    """Why an update can be no target, empty when it can."""
    if update.problem:
        return f"cannot be read ({update.problem})"
    if update.kind != "update":
        return f"is a {update.kind}"
    if update.message == LIFTED:
        return "lifted the protection for a destroy"
    if is_first_step(update.message):
        return "is the first step of a deployment"
    return "" if update.is_good else f"is {update.result}"


def _pointless(update: Update, current: Update) -> str:
    clean = update.commit and not update.is_dirty and not current.is_dirty
    if clean and current.is_good and (update.commit, update.digest) == (current.commit, current.digest):
        return f"has the same commit and configuration as update {current.number}"
    return ""


def _buildable(target: Update, to: str, stack: str) -> Update:
    if not target.commit:
        raise OutOfReach(
            f"update {target.number} was made outside a git repository: nobody knows of which files",
            fix=f"name another one with --to N: eros history -s {stack}",
        )
    if target.is_dirty and not _is_commit_alone(target, to):
        raise OutOfReach(
            f"update {target.number} was made from commit {target.commit[:12]} and files that were not committed",
            fix=f"--to {target.commit[:12]} takes the commit alone; --to N another one: eros history -s {stack}",
        )
    return target


def _is_commit_alone(target: Update, to: str) -> bool:
    """Whether of an update that was made from uncommitted files the commit alone is meant."""
    return target.is_dirty and COMMIT.fullmatch(to) is not None and not (NUMBER.fullmatch(to) and len(to) < 7)
