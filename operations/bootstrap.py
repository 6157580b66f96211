"""The Pulumi project in bootstrap/: what the Google project of a stack needs once, deployed with the stack's engine."""

from __future__ import annotations

import os
from collections.abc import Callable

from operations import engines
from operations.project import find_root, stack_settings, stack_values
from operations.stack import Stack
from settings.errors import SettingsError
from settings.load import check_environment, command, parse
from settings.model import BootstrapSettings, ProjectSettings, Settings


def bootstrap(name: str, say: Callable[[str], None] = lambda _: None) -> Stack:
    """The bootstrap stack of the same name, made in the backend if it is not there.

    Errors: SettingsError for wrong configuration or the wrong shell, EngineMissing, EngineFailed.
    """
    root = find_root()
    settings = stack_settings(root, name)
    check_environment(settings, os.environ)
    _check_same(settings, parse(name, stack_values(root, name, BootstrapSettings), BootstrapSettings))
    stack = Stack(name, root / BootstrapSettings.FOLDER, settings, engines.choose(local=settings.is_local, say=say))
    if not stack.exists():
        stack.init()
    return stack


def _check_same(platform: Settings, stated: ProjectSettings) -> None:
    """Both are about one project: else another one is made ready, and the stack finds its own as it was."""
    for key in ("project", "cloud"):
        wanted, given = getattr(platform, key), getattr(stated, key)
        if wanted != given:
            raise SettingsError(
                f"{BootstrapSettings.PROGRAM}:{key} of stack {stated.stack} is {given!r}, but {Settings.PROGRAM}:{key}"
                f" is {wanted!r}: bootstrap would prepare what the stack does not use",
                fix=f"{command(BootstrapSettings, 'set')} {key} {wanted} -s {stated.stack}, or mend the stack's {key}",
            )
