"""A stack through its engine: the verbs, and what the engine has recorded. Tearing it down is teardown.py's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations import engine_words, engines, protection, reach, running
from operations.errors import EngineFailed, Interrupted, StackBusy, StateDamaged
from operations.project import PROJECT, find_root, stack_settings
from outputs import OutputsError, StackOutputs
from settings.load import check_environment
from settings.model import Settings

OUTPUTS_SECONDS = 120
PLAN_SECONDS = 600
CHANGING = ("up", "refresh", "destroy")
OF_THE_CLOUD = ("preview", *CHANGING)
CHECKED = ("preview", "up")
"""Verbs that keep to the policies of the program's own folder."""
# The words of the CLI (3.260: `failed to load checkpoint: place 1: unexpected end ...`) and of the embedded engine.
CLI_DAMAGED, EMBEDDED_DAMAGED = "failed to load checkpoint", "is damaged ("


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack's name, folder and settings, and the engine that deploys it."""

    name: str
    root: Path
    settings: Settings
    engine: engines.Engine

    @classmethod
    def open(cls, name: str, say: Callable[[str], None] = lambda _: None) -> Stack:
        """Says what an earlier command left unprotected. Errors: SettingsError for wrong configuration or the wrong
        shell, EngineMissing.
        """
        root = find_root()
        settings = stack_settings(root, name)
        check_environment(settings, os.environ)
        engine = engines.choose(local=settings.is_local, say=say)
        engine_words.check_backend(engine, os.environ)
        opened = cls(name, root, settings, engine)
        opened.warn(say)
        return opened

    def run(self, verb: str, arguments: Sequence[str] = (), *, needs_lock: bool = False) -> int:
        """Runs a verb on the terminal. Returns the engine's exit code.

        Errors: CloudError when the cloud is down, Interrupted after a signal, EngineFailed for a killed engine. With
        `needs_lock` also StackBusy when another command holds the stack.
        """
        if verb in OF_THE_CLOUD:
            reach.check(os.environ)
        changes = verb in CHANGING and "--preview-only" not in arguments
        command = self._command(verb, "--stack", self.name, *arguments)
        ended = running.run(command, self.root, changes=changes, listens=verb in OF_THE_CLOUD)
        again = f"eros {verb} -s {self.name}: it takes up what this one left" if changes else ""
        if ended.interrupted:
            message = f"{verb} of stack {self.name} was interrupted ({ended.interrupted.name})"
            raise Interrupted(message, 128 + ended.interrupted, fix=again)
        if ended.killed and ended.killed != signal.SIGPIPE:
            raise EngineFailed(f"the engine was killed ({ended.killed.name})", ended.code, fix=again)
        if needs_lock and ended.code and any(words in ended.said for words in engine_words.LOCKED):
            holders = engine_words.holders(ended.said)
            raise self.busy(f"another command{f' ({holders})' if holders else ''} is at work on", ended.code)
        if ended.code and (fix := engine_words.way_out(ended.said, self.name)):
            raise EngineFailed(f"{verb} of stack {self.name} failed: see above", ended.code, fix=fix)
        return ended.code

    def deploys(self, arguments: Sequence[str], code_of_busy: int, verb: str = "up") -> int:
        """Runs an update (or a refresh) on the terminal; the engine's exit code.

        Errors: as `run`; StackBusy, with that exit code, when another command holds the stack.
        """
        try:
            return self.run(verb, arguments, needs_lock=True)
        except StackBusy as busy:
            busy.exit_code = code_of_busy
            raise

    def must(self, verb: str, *arguments: str) -> None:
        """Runs a verb on the terminal. Errors: EngineFailed with the engine's exit code."""
        if code := self.run(verb, arguments):
            raise EngineFailed(f"{verb} of stack {self.name} failed (exit code {code}): see above", code)

    def exists(self) -> bool:
        """True when the backend knows the stack."""
        answer = self.ask("stack", "ls", "--json")
        return any(entry["name"].split("/")[-1] == self.name for entry in json.loads(answer))

    def init(self) -> None:
        """Makes the stack in the backend; its configuration file stays as it is."""
        self.ask("stack", "init", self.name)

    def is_deployed(self) -> bool:
        """True when an update has exported the outputs of this version."""
        try:
            self.outputs()
        except OutputsError:
            return False
        return True

    def changes(self) -> dict[str, int]:
        """How many resources an update would treat how (create, update, ...), unchanged ones left out."""
        reach.check(os.environ)
        summary: dict[str, int] = json.loads(self.ask("preview", "--json", "--stack", self.name))["changeSummary"]
        return {operation: count for operation, count in summary.items() if operation != "same"}

    def plan(self) -> list[tuple[str, str]]:
        """What an update would do: URN and operation of each resource that would not stay the same."""
        steps = json.loads(self.ask("preview", "--json", "--stack", self.name, seconds=PLAN_SECONDS)).get("steps") or []
        return [(str(step["urn"]), str(step["op"])) for step in steps if step["op"] != "same"]

    def previewed(self, arguments: Sequence[str] = ()) -> dict[str, Any]:
        """The JSON of a preview, also of one in which the program refused. Errors: CloudError, EngineFailed."""
        reach.check(os.environ)
        answer = self._answer("preview", "--json", "--stack", self.name, *arguments, seconds=PLAN_SECONDS)
        try:
            document = json.loads(answer.stdout)
        except ValueError:
            said = answer.stderr.strip().removeprefix("error: ") or f"exit code {answer.returncode}"
            fix = engine_words.way_out(said, self.name)
            raise EngineFailed(f"preview of stack {self.name}: {said}", answer.returncode or 1, fix=fix) from None
        return dict(document)

    def refreshed(self) -> dict[str, Any]:
        """The JSON of a refresh that changes nothing. Errors: CloudError, EngineFailed."""
        reach.check(os.environ)
        arguments = ("refresh", "--preview-only", "--json", "--stack", self.name)
        return dict(json.loads(self.ask(*arguments, seconds=PLAN_SECONDS)))

    def outputs(self) -> StackOutputs:
        """What the last update exported. Errors: EngineFailed, OutputsError."""
        answer = self.ask("stack", "output", "--json", "--stack", self.name)
        return StackOutputs.read(self.name, json.loads(answer))

    def resources(self) -> list[Any]:
        """The resources as the engine has recorded them; none for a stack that does not exist. Errors: EngineFailed."""
        return (self.state().get("deployment") or {}).get("resources") or []

    def state(self) -> dict[str, Any]:
        """The whole state as the engine exports it, its secrets sealed. Errors: EngineFailed."""
        return dict(json.loads(self.ask("stack", "export", "--stack", self.name)))

    def replace_state(self, state: Mapping[str, Any]) -> None:
        """Puts another state in the place of the recorded one, whole or not at all. Errors: EngineFailed."""
        with tempfile.TemporaryDirectory(prefix="eros-") as folder:
            path = Path(folder, "state.json")
            path.write_text(json.dumps(state), encoding="utf-8")
            self.ask("stack", "import", "--stack", self.name, "--file", str(path))

    def busy(self, what: str, code: int = 1) -> StackBusy:
        """The error of a stack that another command works on."""
        fix = f"wait until that command has ended, then try again; eros cancel -s {self.name} ends a lock left behind"
        return StackBusy(f"{what} stack {self.name}", code, fix=fix)

    def warn(self, say: Callable[[str], None]) -> None:
        """Says what holds data and is unprotected although the configuration protects it. Errors: StateDamaged."""
        if not self.settings.protect:
            return
        try:
            found = protection.unprotected(self.resources())
        except StateDamaged:
            raise
        except EngineFailed:
            return  # no such stack yet: the command itself will tell
        if found:
            say(protection.warning(self.name, found))

    def _command(self, *arguments: str) -> list[str]:
        return [*self.engine.command, *arguments, *self._policies(arguments)]

    def _policies(self, arguments: Sequence[str]) -> list[str]:
        """The policy pack of the program, unless one is named or the update only lifts the protection.

        A preview as JSON has no place for what it finds (pulumi pkg/backend/display/json.go): a review asks the rules.
        """
        verb, pack = arguments[0], self.root / "policies"
        elsewhere = {"--policy-pack", "--config-file", *(["--json"] if verb == "preview" else [])}
        named = any(word.partition("=")[0] in elsewhere for word in arguments)
        applies = verb in CHECKED and not named and (pack / "PulumiPolicy.yaml").is_file()
        return ["--policy-pack", str(pack)] if applies else []

    def _answer(self, *arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
        """What the engine said, whether it refused or not. Errors: EngineFailed when it says nothing in time."""
        try:
            return subprocess.run(
                self._command(*arguments, "--non-interactive"),
                cwd=self.root,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            message = f"{' '.join(arguments)}: the engine did not answer within {seconds:.0f} s"
            raise EngineFailed(message, 1, fix="is the cloud, or the state's backend, out of reach?") from None

    def ask(self, *arguments: str, seconds: float = OUTPUTS_SECONDS) -> str:
        """What the engine prints, never on a terminal. Errors: EngineFailed, StateDamaged."""
        what = " ".join(arguments)
        answer = self._answer(*arguments, seconds=seconds)
        if answer.returncode:
            code = answer.returncode if answer.returncode > 0 else 128 - answer.returncode
            said = answer.stderr.strip().removeprefix("error: ")
            if damage := self._damage(said):
                raise StateDamaged(damage, code)
            raise EngineFailed(f"{what}: {said}", code, fix=engine_words.way_out(said, self.name))
        return answer.stdout

    def _damage(self, said: str) -> str:
        """What to say of a state that the engine could not read, empty when that was not it."""
        if not said.startswith(CLI_DAMAGED):
            return said if EMBEDDED_DAMAGED in said else ""
        path = self._state_file()
        back = f"cp '{path}.bak' '{path}'" if path else "pulumi stack export --version N, then pulumi stack import"
        return f"the state {path or f'of stack {self.name}'} is damaged: {said}\n  fix: {back}, then eros refresh"

    def _state_file(self) -> Path | None:
        """Where a file backend keeps the state, None for another one."""
        url = os.environ.get("PULUMI_BACKEND_URL", "")
        folder = Path(url.removeprefix("file://").partition("?")[0]).expanduser()
        return folder / ".pulumi" / "stacks" / PROJECT / f"{self.name}.json" if url.startswith("file://") else None
