"""The commands that change a stack or show what would change: preview, up, refresh, destroy and import."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from embedded_engine import history
from embedded_engine.digest import Digest
from embedded_engine.display import Redactor, SilentDisplay, TextDisplay
from embedded_engine.errors import FAILED, UNEXPECTED_CHANGES, EngineError, InvocationError
from embedded_engine.importing import Imports
from embedded_engine.operation import Operation, Outcome
from embedded_engine.run import Display
from embedded_engine.session import Session
from embedded_engine.values import same
from plain_command import streams

_KINDS = {"preview": "update", "up": "update", "refresh": "refresh", "destroy": "destroy", "import": "resource-import"}
_LABELS = {"update": "Updating", "refresh": "Refreshing", "destroy": "Destroying", "resource-import": "Importing"}


@dataclass
class Deploy:
    """One invocation of a command."""

    options: argparse.Namespace
    session: Session
    imports: Imports | None = None

    @classmethod
    def command(cls, options: argparse.Namespace) -> int:
        """Entry point: opens the stack and runs the command; returns the exit code."""
        preview_only = options.verb == "preview" or getattr(options, "preview_only", False)
        confirmed = preview_only or options.yes or options.skip_preview
        if not confirmed and (options.non_interactive or options.json or not sys.stdin.isatty()):
            raise InvocationError(
                "--yes or --skip-preview or --preview-only must be passed in to proceed when running in "
                "non-interactive mode"
            )
        deploy = cls.opened(options)
        if preview_only:
            return deploy._exit_code(deploy._show(preview=True), "preview")
        streams.keep_going()
        with deploy.session.locked(lambda text: print(f"warning: {text}", file=sys.stderr)):
            return deploy._deploy()

    @classmethod
    def opened(cls, options: argparse.Namespace) -> Deploy:
        """The invocation with its stack, and with the file of an import."""
        given = Path(options.config_file) if options.config_file else None
        session = Session.open(Path(options.cwd), options.stack, os.environ, given)
        if options.verb != "import":
            return cls(options, session)
        path = Path(options.cwd) / options.file
        return cls(options, session, Imports.load(path, session.stack, session.project.name, options.protect))

    @property
    def _kind(self) -> str:
        return _KINDS[self.options.verb]

    def _deploy(self) -> int:
        options = self.options
        if options.skip_preview or options.json:
            self._rehearse()
        elif not self._show(preview=True).succeeded:
            return FAILED
        if not (options.yes or options.skip_preview) and not _confirm(self._kind):
            print(f"{self._kind} canceled", file=sys.stderr)
            return FAILED
        return self._exit_code(self._record(), self._kind)

    def _rehearse(self) -> None:
        """Runs the program once without showing anything: what the engine does not support is to be found before
        anything is changed.
        """
        if self._kind != "update":
            return
        outcome = self._operation(True, SilentDisplay()).perform()
        if outcome.refusal:
            raise outcome.refusal
        if outcome.broken:
            raise EngineError("\n".join([*outcome.broken, "policies stop the update; nothing was changed"]))

    def _record(self) -> Outcome:
        """Does the operation and writes it to the history, however it ended."""
        options, start = self.options, int(time.time())
        title, facts = history.environment(self.session.project.folder, os.environ, options.given)
        outcome = None
        try:
            outcome = self._show(preview=False)
            return outcome
        finally:
            succeeded, counts = (outcome.succeeded, outcome.counts) if outcome else (False, Counter[str]())
            record = history.record(
                self._kind, start, succeeded, counts, self.session.config, options.message or title, facts
            )
            self.session.files.add_history(record)

    def _show(self, preview: bool) -> Outcome:
        """Performs the operation with a display; raises a refusal."""
        redactor = Redactor(self.session.secrets())
        outcome = self._as_json(preview, redactor) if self.options.json else self._as_text(preview, redactor)
        if outcome.refusal:
            raise outcome.refusal
        return outcome

    def _as_json(self, preview: bool, redactor: Redactor) -> Outcome:
        digest = Digest(redactor, self.session.config)
        outcome = self._operation(preview, digest).perform()
        print(digest.document(outcome.counts, outcome.seconds))
        return outcome

    def _as_text(self, preview: bool, redactor: Redactor) -> Outcome:
        label = f"Previewing {self._kind}" if preview else _LABELS[self._kind]
        print(f"{label} ({self.session.stack}), embedded engine:", flush=True)
        display = TextDisplay(sys.stdout, redactor, preview, self.options.diff)
        operation = self._operation(preview, display)
        with display.beating(label.lower()):
            outcome = operation.perform()
        shown = self._kind == "update" and not self.options.suppress_outputs
        outputs = outcome.outputs if shown else {}
        if preview:  # only what would change, as the CLI (pkg/backend/display/object_diff.go)
            old = outcome.outputs_before
            outputs = {key: each for key, each in outputs.items() if key not in old or not same(old[key], each)}
        display.summary(outcome.counts, outputs, outcome.seconds)
        return outcome

    def _operation(self, preview: bool, display: Display) -> Operation:
        packs = [Path(folder).resolve() for folder in getattr(self.options, "policy_pack", None) or ()]
        parallel = self.options.parallel
        targets = getattr(self.options, "target", None) or ()
        return Operation(
            self.session, self._kind, preview, display, parallel, imports=self.imports, packs=packs, targets=targets
        )

    def _exit_code(self, outcome: Outcome, what: str) -> int:
        if not outcome.succeeded:
            return FAILED
        if self.options.expect_no_changes and outcome.changes:
            error = EngineError(f"no changes were expected for {what} but changes were proposed")
            print(f"error: {error}", file=sys.stderr)
            return UNEXPECTED_CHANGES
        return 0


def _confirm(kind: str) -> bool:
    return input(f"Do you want to perform this {kind}? [yes/no] ").strip().lower() in ("y", "yes")
