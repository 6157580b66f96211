"""The Pulumi project in bootstrap/: what the Google project of a stack needs once, deployed with the stack's engine."""

from __future__ import annotations

import os
from collections.abc import Callable

from operations import engines
from operations.project import find_root, stack_settings
from operations.stack import Stack
from settings.load import check_environment

FOLDER = "bootstrap"


def bootstrap(name: str, say: Callable[[str], None] = lambda _: None) -> Stack:
    """The bootstrap stack of the same name, made in the backend if it is not there.

    Errors: SettingsError for wrong configuration or the wrong shell, EngineMissing, EngineFailed.
    """
    root = find_root()
    settings = stack_settings(root, name)
    check_environment(settings, os.environ)
    stack = Stack(name, root / FOLDER, settings, engines.choose(local=settings.is_local, say=say))
    if not stack.exists():
        stack.init()
    return stack
