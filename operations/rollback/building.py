"""The target of a rollback as a folder: a git worktree of the recorded commit, with the recorded configuration.

Beside the union of tables (`overlay`) nothing of it is changed. Plain configuration is taken as recorded, secrets as
they are today: an old token would not work any more. Dependencies are the target's own (`environments`).
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from operations.history.updates import Update
from operations.project import OF_THIS_MACHINE, stack_file
from operations.review import git
from operations.review.reviewing import extracted
from operations.rollback import environments, overlay
from operations.rollback.choosing import OutOfReach
from plain_command import plainyaml
from settings.errors import ErosError

TEXT, MAPPING = "tag:yaml.org,2002:str", "tag:yaml.org,2002:map"
Say = Callable[[str], None]


def check(root: Path, commit: str) -> None:
    """That git has the commit. Errors: OutOfReach that says how to get it."""
    if not git.line(root, "rev-parse", "--git-dir"):
        raise OutOfReach(f"{root} is no git repository: the target cannot be built", fix="run this in a clone")
    if not git.line(root, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"):
        raise OutOfReach(
            f"commit {commit[:12]} is not in this clone", fix=f"git fetch origin {commit}, then run the command again"
        )


def build(root: Path, stack: str, target: Update, current: Update, say: Say) -> tuple[Path, tuple[str, ...]]:
    """Makes the target's folder anew; it, and what to know of its tables. Errors: OutOfReach, ErosError."""
    check(root, target.commit)
    place = f"rollback-{stack}"
    folder = checkout(root, place, target.commit)
    with _tables_of(root, current, say) as now:
        notes = overlay.lay(folder, now)
    stack_file(folder, stack).write_text(configuration(root, stack, target.config, say), encoding="utf-8")
    environments.link(root, folder, root / OF_THIS_MACHINE / place / "environments", say)
    return folder, notes


def checkout(root: Path, place: str, commit: str) -> Path:
    """A worktree of a commit below this machine's folder, made anew; the program in it. Errors: ErosError."""
    tree = root / OF_THIS_MACHINE / place / "tree"
    remove(root, place)
    tree.parent.mkdir(parents=True, exist_ok=True)
    _git(root, "worktree", "add", "--detach", "--force", str(tree), commit)
    return tree / git.line(root, "rev-parse", "--show-prefix")


def remove(root: Path, place: str) -> None:
    """Takes the worktree away, whatever a killed command has left of it."""
    tree = root / OF_THIS_MACHINE / place / "tree"
    if tree.exists():
        git.ask(root, "worktree", "remove", "--force", "--force", str(tree))
    if tree.exists():  # what git does not know as its own
        shutil.rmtree(tree, ignore_errors=True)
    git.ask(root, "worktree", "prune")


def configuration(root: Path, stack: str, recorded: Mapping[str, Any], say: Say) -> str:
    """The stack file of a recorded configuration; what opens its secrets, and they themselves, are today's."""
    today = plainyaml.read(stack_file(root, stack)) or yaml.MappingNode(MAPPING, [])
    entries = [(key, value) for key, _, value in plainyaml.entries(today)]
    config = next((value for key, value in entries if key == "config"), None)
    is_there = isinstance(config, yaml.MappingNode)
    secrets = {key: value for key, _, value in plainyaml.entries(config)} if config and is_there else {}
    made: list[tuple[yaml.Node, yaml.Node]] = []
    for key, value in sorted(recorded.items()):
        if not _has_secret(value):
            made.append((yaml.ScalarNode(TEXT, key), _node(value)))
        elif key in secrets:
            made.append((yaml.ScalarNode(TEXT, key), secrets[key]))
        else:
            say(f"secret {key} was set then and is not now: left out")
    kept = [(yaml.ScalarNode(TEXT, key), value) for key, value in entries if key != "config"]
    kept.append((yaml.ScalarNode(TEXT, "config"), yaml.MappingNode(MAPPING, made)))
    return str(yaml.serialize(yaml.MappingNode(MAPPING, kept)))


@contextmanager
def _tables_of(root: Path, current: Update, say: Say) -> Iterator[Path]:
    """A folder with the tables of now: of the commit that is deployed, or these files where no commit has them."""
    is_clean = bool(current.commit) and not current.is_dirty
    if not is_clean or not git.line(root, "rev-parse", "--verify", "--quiet", f"{current.commit}^{{commit}}"):
        say("the tables of now are those of this folder: the current update is of no commit that is here")
        yield root
        return

    with extracted(root, current.commit) as folder:
        yield folder or root


def _git(root: Path, *arguments: str) -> None:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, timeout=git.SECONDS)
    if done.returncode:
        said = " ".join(done.stderr.split())[-500:]
        raise ErosError(f"git {' '.join(arguments[:2])}: {said}", fix="mend it, then run the command again")


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))


def _node(value: Any) -> yaml.Node:
    """A value as YAML; texts are quoted, so that `true` and `007` stay what they were."""
    if isinstance(value, str):
        return yaml.ScalarNode(TEXT, value, style='"')
    return yaml.compose(yaml.safe_dump(value), Loader=yaml.SafeLoader) or yaml.ScalarNode(TEXT, "")
