"""A stack whose engine is a script: it records its calls, answers from a file and fails for the verbs it is told."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

from operations.engines import Engine
from operations.project import find_root, stack_settings
from operations.stack import Stack

CONFIG = "# a comment that stays\nconfig:\n  eros-platform:project: eros-local\n  eros-platform:owner: 007\n"
ENGINE = """#!{python}
import json, pathlib, sys
here = pathlib.Path({folder!r})
arguments = sys.argv[1:]
with open(here / "calls", "a") as calls:
    calls.write(json.dumps(arguments) + "\\n")
if "--config-file" in arguments:
    (here / "given").write_text(pathlib.Path(arguments[arguments.index("--config-file") + 1]).read_text())
if "--file" in arguments:
    (here / "imported").write_text(pathlib.Path(arguments[arguments.index("--file") + 1]).read_text())
name = "answer-" + "-".join(arguments[: 2 if arguments[0] == "stack" else 1])
nth = here / (name + "-" + str([json.loads(line)[:2] for line in open(here / "calls")].count(arguments[:2])))
print(next((path.read_text() for path in (nth, here / name) if path.exists()), ""))
if (here / "errors").exists():
    print((here / "errors").read_text(), file=sys.stderr)
sys.exit(3 if arguments[0] in (here / "fails").read_text().split() else 0)
"""


def recording_stack(folder: Path) -> Stack:
    """The stack `dev` in a folder. It fails for the verbs in the file `fails` and prints the file `answer-VERB`
    (`answer-VERB-N` the Nth time), and the file `errors` on standard error."""
    script = folder / "engine"
    script.write_text(ENGINE.format(python=sys.executable, folder=str(folder)))
    script.chmod(script.stat().st_mode | stat.S_IEXEC)
    (folder / "fails").write_text("")
    (folder / "Pulumi.dev.yaml").write_text(CONFIG)
    return Stack("dev", folder, stack_settings(find_root(), "local"), Engine((str(script),), "1", "test"))


def calls(stack: Stack) -> list[list[str]]:
    """The command lines that the engine was run with, in order."""
    path = stack.root / "calls"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
