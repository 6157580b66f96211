"""The command line: the subset of the Pulumi CLI's that the engine has; the rest is refused by name."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from embedded_engine import VERSION, stacks
from embedded_engine.errors import FAILED, EngineError, InvocationError, Refused

_PARALLEL = 16
_REFUSED_VERBS = frozenset(
    {"about", "ai", "console", "convert", "deployment", "env", "install", "login", "logout", "logs", "neo"}
    | {"new", "org", "package", "plugin", "policy", "query", "schema", "state", "template", "watch", "whoami"}
)
_REFUSED_STACK_VERBS = frozenset({"change-secrets-provider", "graph", "rename", "select", "tag", "unselect"})
_REFUSED_FLAGS = {
    "preview": "attach-debugger,config,import-file,save-plan,target",
    "up": "attach-debugger,config,continue-on-error,plan,refresh,replace,secrets-provider,target",
    "refresh": "policy-pack,clear-pending-creates,import-pending-creates,run-program,skip-pending-creates",
    "destroy": "policy-pack,continue-on-error,exclude-protected,refresh,remove,run-program,target",
    "import": "policy-pack,from,generate-resources,out,parent,properties,provider,target",
}
_REFUSED_EVERYWHERE = "exclude,exclude-dependents,policy-pack-config,remote,target-dependents,target-replace"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvocationError(message)


class _Refuse(argparse.Action):
    """A flag that only the CLI has."""

    def __call__(self, _: Any, __: Any, ___: Any, option_string: str | None = None) -> NoReturn:
        raise Refused(f"the flag {option_string}")


class _RefuseWords(argparse.Action):
    """An import that names its resource on the command line."""

    def __call__(self, _: Any, __: Any, words: Any, ___: str | None = None) -> None:
        if words:
            raise Refused("importing without --file")


class _Noted(argparse.Namespace):
    """The options, and in `given` the names of those that were on the command line."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {}


def run(arguments: Sequence[str]) -> int:
    """Runs a command line and returns its exit code; errors are printed."""
    try:
        refuse_verbs(arguments)
        options = parser().parse_args(arguments, _Noted())
        options.given = _given(arguments)
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:  # a folder without permission, a full disk: nothing that a traceback explains
        print(
            f"error: {': '.join(str(part) for part in (error.filename, error.strerror or error) if part)}",
            file=sys.stderr,
        )
        return FAILED
    except (KeyboardInterrupt, EOFError):
        return FAILED


def refuse_verbs(arguments: Sequence[str]) -> None:
    """Refuses the commands that only the CLI has."""
    words = [word for word in arguments if not word.startswith("-")]
    if words[:1] and words[0] in _REFUSED_VERBS:
        raise Refused(f"the command {words[0]}")
    if words[:1] == ["stack"] and words[1:2] and words[1] in _REFUSED_STACK_VERBS:
        raise Refused(f"the command stack {words[1]}")


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    common = _common()
    top = _Parser(prog="python -m embedded_engine", allow_abbrev=False)
    verbs = top.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    for verb in _HELP:
        _deploy_flags(verbs.add_parser(verb, parents=[common], allow_abbrev=False, help=_HELP[verb]), verb)
    _history_flags(verbs.add_parser("history", parents=[common], help="list the updates of a stack"))
    _add(verbs, "cancel", stacks.cancel, "remove the locks of a stack", common, "-y --yes")
    version = verbs.add_parser("version", help="print the version of the CLI that the engine stands in for")
    version.set_defaults(command=_print_version)
    _stack_verbs(verbs.add_parser("stack", help="manage stacks"), common)
    _config_verbs(verbs.add_parser("config", help="manage configuration"), common)
    return top


_HELP = {
    "preview": "show what an update would change",
    "up": "bring the stack to what the program declares",
    "refresh": "bring the state to what the cloud has",
    "destroy": "delete all resources of the stack",
    "import": "take objects that exist into the stack, from a file that names them",
}


def _common() -> _Parser:
    common = _Parser(add_help=False)
    common.add_argument("-s", "--stack", help="name of the stack (default: PULUMI_STACK)")
    common.add_argument("-C", "--cwd", default=".", help="folder of the project")
    common.add_argument("--non-interactive", action="store_true", help="never ask")
    common.add_argument("--color", choices=["auto", "always", "never", "raw"], help="accepted for the CLI's sake")
    common.add_argument("-v", "--verbose", nargs="?", const=1, type=int, help="accepted for the CLI's sake")
    return common


def _deploy_flags(verb_parser: argparse.ArgumentParser, verb: str) -> None:
    flags = ["--json", "--expect-no-changes", "--diff", "--suppress-outputs"]
    if verb != "preview":
        flags += ["--skip-preview", "-f"]
        verb_parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    if verb == "import":
        _import_flags(verb_parser)
    if verb in ("refresh", "destroy", "import"):
        verb_parser.add_argument("--preview-only", action="store_true", help="only show what would happen")
    for flag in flags:
        names = ["-f", "--skip-preview"] if flag == "--skip-preview" and verb != "import" else [flag]
        if flag != "-f":
            verb_parser.add_argument(*names, action="store_true")
    verb_parser.add_argument("-p", "--parallel", type=_positive, default=_PARALLEL, help="steps at once")
    if verb in ("preview", "up"):
        verb_parser.add_argument("--policy-pack", action="append", help="folder of a policy pack to keep to")
    if verb == "refresh":
        verb_parser.add_argument("--target", "-t", action="append", metavar="URN", help="read this resource alone")
    verb_parser.add_argument("--config-file", help="read the configuration from this file")
    verb_parser.add_argument("-m", "--message", help="text for the history")
    for name in f"{_REFUSED_FLAGS[verb]},{_REFUSED_EVERYWHERE}".split(","):
        verb_parser.add_argument(f"--{name}", nargs="?", action=_Refuse, help=argparse.SUPPRESS)
    verb_parser.set_defaults(command=_deploy)


def _import_flags(verb_parser: argparse.ArgumentParser) -> None:
    verb_parser.add_argument("resource", nargs="*", action=_RefuseWords, help=argparse.SUPPRESS)
    verb_parser.add_argument("-f", "--file", required=True, help="JSON file that names what to import")
    for name, text in (("protect", "protect what was imported"), ("generate-code", "write code: only the CLI does")):
        verb_parser.add_argument(f"--{name}", nargs="?", const=True, default=True, type=_truth, help=text)


def _history_flags(history: argparse.ArgumentParser) -> None:
    history.add_argument("--json", action="store_true")
    history.add_argument("--show-secrets", action="store_true")
    history.set_defaults(command=stacks.show_history)


def _stack_verbs(stack: argparse.ArgumentParser, common: _Parser) -> None:
    verbs = stack.add_subparsers(dest="stack_verb", required=True, metavar="COMMAND")
    _add(verbs, "init", stacks.stack_init, "create a stack", common, "name?")
    _add(verbs, "ls", stacks.stack_ls, "list the stacks", common, "--json")
    _add(verbs, "rm", stacks.stack_rm, "forget a stack", common, "name? -y --yes --force --preserve-config")
    _add(verbs, "export", stacks.stack_export, "print the state", common, "--show-secrets")
    replaced = verbs.add_parser("import", parents=[common], help="replace the state", allow_abbrev=False)
    replaced.add_argument("--file", help="JSON as `stack export` prints it (default: standard input)")
    replaced.set_defaults(command=stacks.stack_import)
    _add(verbs, "output", stacks.stack_output, "print the outputs", common, "name? --json -j --show-secrets")
    _history_flags(verbs.add_parser("history", parents=[common], help="list the updates of a stack"))


def _config_verbs(config: argparse.ArgumentParser, common: _Parser) -> None:
    verbs = config.add_subparsers(dest="config_verb", required=True, metavar="COMMAND")
    _add(verbs, "get", stacks.config_get, "print a value", common, "key")
    _add(verbs, "set", stacks.config_set, "set a value", common, "key value? --secret --plaintext")
    _add(verbs, "rm", stacks.config_rm, "remove a value", common, "key")


def _add(
    verbs: Any, name: str, command: Callable[[argparse.Namespace], int], text: str, common: Any, arguments: str
) -> None:
    """Adds a verb; `arguments` names flags and positionals, `?` marks an optional one, `-x --flag` two names."""
    verb_parser = verbs.add_parser(name, parents=[common], help=text, allow_abbrev=False)
    short = ""
    for argument in arguments.split():
        if argument.startswith("--"):
            verb_parser.add_argument(*filter(None, [short, argument]), action="store_true")
            short = ""
        elif argument.startswith("-"):
            short = argument
        else:
            verb_parser.add_argument(argument.rstrip("?"), nargs="?" if argument.endswith("?") else None)
    verb_parser.set_defaults(command=command)


def _positive(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    return int(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"must be true or false, not {text}")
    return text == "true"


def _given(arguments: Sequence[str]) -> dict[str, str]:
    """The long flags on the command line, as the history records them: never their values."""
    short = {
        "-s": "stack",
        "-C": "cwd",
        "-y": "yes",
        "-m": "message",
        "-p": "parallel",
        "-f": "skip-preview",
        "-t": "target",
    }
    if "import" in arguments:
        short["-f"] = "file"
    valued = {"policy-pack", "stack", "cwd", "message", "parallel", "color", "verbose", "file", "config-file", "target"}
    found = {}
    for word in arguments:
        flag, _, value = word.partition("=")
        name = short.get(word, flag.removeprefix("--") if word.startswith("--") else "")
        if name:
            found[name] = "set" if name in valued else value or "true"
    return found


def _deploy(options: argparse.Namespace) -> int:
    if getattr(options, "generate_code", False):
        raise Refused("writing code for what it imports (pass --generate-code=false)")
    # Imports the Pulumi SDK, which takes most of a second: the other commands do without.
    from embedded_engine.deploy import Deploy

    return Deploy.command(options)


def _print_version(_: argparse.Namespace) -> int:
    print(f"{VERSION} (embedded engine)")
    return 0
