"""`eros destroy`: two updates, since what is protected can only be deleted after the state says that it no longer is.

The stack's own file is never touched: the first update reads a copy of it without protection. Whatever ends a destroy
early therefore leaves the folder as it was, and the state says what is unprotected (protection.py).
A stack whose program no longer gets through an update can be destroyed, too: then the state alone is changed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from operations import protection, reach
from operations.errors import NotConfirmed
from operations.project import NAMESPACE, stack_file
from operations.stack import Stack
from plain_command import plainyaml

PROTECT = f"{NAMESPACE}protect"
MESSAGE = "lift protection before destroy"
TEXT = "tag:yaml.org,2002:str"


def preview(stack: Stack, say: Callable[[str], None]) -> None:
    """Says what a destroy would delete. Asks nothing and changes nothing."""
    resources = [found for found in stack.resources() if found.get("custom") and not _is_provider(found)]
    for found in reversed(resources):
        note = " (holds data)" if protection.holds_data(found) else ""
        say(f" - {found['type']} {protection.name_of(found)}{note}")
    holding = sum(map(protection.holds_data, resources))
    say(f"a destroy would delete {len(resources)} resources of stack {stack.name}, {holding} of which hold data")


def destroy(
    stack: Stack, arguments: Sequence[str], confirm: Callable[[str], str], say: Callable[[str], None] = lambda _: None
) -> int:
    """Lifts the protection, then destroys; `arguments` are the engine's, for the second step.

    Errors: NotConfirmed unless the operator types the stack's name, CloudError when the cloud is down, StackBusy when
    another command is at work on the stack; then nothing was changed.
    """
    reach.check(os.environ)
    _ask(stack, confirm)
    ended = False
    try:
        _lift(stack, say)
        code = stack.run("destroy", ("--yes", "--skip-preview", *arguments))
        ended = code == 0
        return code
    finally:
        if not ended:
            stack.warn(say)


def _lift(stack: Stack, say: Callable[[str], None]) -> None:
    """Protection goes by an update. Where none comes to its end (the last one failed, too), it goes in the state.

    Not where another command is at work: what that records would be overwritten. Errors: StackBusy.
    """
    with unprotected_configuration(stack) as path:
        arguments = ("--yes", "--skip-preview", "--config-file", str(path), "--message", MESSAGE)
        failed = stack.run("up", arguments, needs_lock=True)
    if failed:
        say("that update did not come to its end (see above): the protection is lifted in the state itself")
        found = stack.state()
        lifted = protection.lifted(found)
        # An export takes no lock: what ended since is seen here, what is still under way makes the import fail.
        if stack.state() != found:
            raise stack.busy("another command has just changed")
        stack.replace_state(lifted)


@contextmanager
def unprotected_configuration(stack: Stack) -> Iterator[Path]:
    """A copy of the stack's file with protect: false, readable by its owner only, gone afterwards."""
    path = stack_file(stack.root, stack.name)
    with tempfile.TemporaryDirectory(prefix="eros-") as folder:
        copy = Path(folder) / path.name  # the CLI tells the form by the name's end
        copy.write_text(without_protection(path.read_bytes()), encoding="utf-8")
        yield copy


def without_protection(content: bytes) -> str:
    """A stack file's content with protect: false; everything else as it was written."""
    root = plainyaml.parse(content) or yaml.MappingNode("tag:yaml.org,2002:map", [])
    config = next((node for key, _, node in plainyaml.entries(root) if key == "config"), None)
    if not isinstance(config, yaml.MappingNode):
        root.value = [pair for pair in root.value if pair[1] is not config]
        config = yaml.MappingNode("tag:yaml.org,2002:map", [])
        root.value.append((yaml.ScalarNode(TEXT, "config"), config))
    config.value = [pair for pair in config.value if pair[0].value != PROTECT]
    config.value.append((yaml.ScalarNode(TEXT, PROTECT), yaml.ScalarNode(TEXT, "false", style='"')))
    return str(yaml.serialize(root))


def _ask(stack: Stack, confirm: Callable[[str], str]) -> None:
    question = f"This deletes stack {stack.name} with every table in {stack.settings.dataset}. Type its name: "
    try:
        typed = confirm(question)
    except EOFError:
        typed = ""
    if typed.strip() != stack.name:
        raise NotConfirmed(f"stack {stack.name} was left as it is", fix=f"type {stack.name} to destroy it")


def _is_provider(resource: object) -> bool:
    return isinstance(resource, dict) and str(resource.get("type", "")).startswith("pulumi:providers:")
