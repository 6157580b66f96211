"""The commands that look at a stack or manage it without running anything: history, stack, config, cancel."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from embedded_engine import blobs, config, history, locks, urns, values
from embedded_engine.backend import Backend
from embedded_engine.checkpoint import DEPLOYMENT_VERSION, deployment_of
from embedded_engine.errors import EngineError, InvocationError
from embedded_engine.project import Project
from embedded_engine.session import Session


def show_history(options: argparse.Namespace) -> int:
    """Prints the recorded updates, newest first."""
    session = _open(options)
    records = session.files.history(lambda text: print(f"warning: {text}", file=sys.stderr))
    if options.json:
        decrypt = session.crypter.decrypt if options.show_secrets else None
        _print_json([history.as_json(record, decrypt) for record in records], indent=2)
    else:
        for record in records:
            print(history.as_text(record))
    return 0


def cancel(options: argparse.Namespace) -> int:
    """Removes the stack's locks."""
    session = _open(options)
    _need_yes(options, "cancel the running update of")
    locks.break_all(session.files.locks)
    print(f"The currently running update for '{session.stack}' has been canceled!")
    return 0


def stack_init(options: argparse.Namespace) -> int:
    """Creates a stack."""
    session = Session.unchecked(Path(options.cwd), options.name or options.stack, os.environ)
    session.create()
    print(f"Created stack '{session.stack}'")
    return 0


def stack_ls(options: argparse.Namespace) -> int:
    """Lists the project's stacks."""
    project, backend = Project.load(Path(options.cwd)), Backend.of(os.environ)
    rows = []
    for files in backend.stacks(project.name):
        deployment = files.read(deployment_of)
        rows.append(
            {
                "name": files.name,
                "current": files.name == os.environ.get("PULUMI_STACK"),
                "lastUpdate": (deployment.get("manifest") or {}).get("time", ""),
                "resourceCount": len(deployment.get("resources") or ()),
            }
        )
    if options.json:
        _print_json(rows, indent=2)
    else:
        for row in rows:
            print(f"{row['name']:<24} {row['lastUpdate']:<30} {row['resourceCount']}")
    return 0


def stack_rm(options: argparse.Namespace) -> int:
    """Forgets a stack that has no resources left."""
    session = Session.open(Path(options.cwd), options.name or options.stack, os.environ)
    resources = session.files.read(deployment_of).get("resources")
    if resources and not options.force:
        raise EngineError(f"'{session.stack}' still has resources; run `destroy` first, or `stack rm --force`")
    _need_yes(options, "remove")
    with session.locked(print):
        session.files.remove()
    if not options.preserve_config:
        session.file.path.unlink(missing_ok=True)
    print(f"Stack '{session.stack}' has been removed!")
    return 0


def stack_export(options: argparse.Namespace) -> int:
    """Prints the state."""
    session = _open(options)
    deployment = session.files.read(deployment_of)

    def reveal(node: Any) -> Any:
        if not values.is_secret(node):
            return node
        return {values.SIGNATURE: values.SECRET, "plaintext": session.crypter.decrypt(node["ciphertext"])}

    if options.show_secrets:
        deployment = values.walk(deployment, reveal)
    _print_json({"version": DEPLOYMENT_VERSION, "deployment": deployment}, indent=4)
    return 0


def stack_import(options: argparse.Namespace) -> int:
    """Replaces the state by one that `stack export` printed, whole or not at all."""
    session = _open(options)
    given = Path(options.file).read_bytes() if options.file else sys.stdin.buffer.read()
    try:
        content = json.loads(given)
        document = {"version": content["version"], "checkpoint": {"latest": content["deployment"] or {}}}
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(f"this is no exported state: {error}") from None
    imported = session.codec.decode(json.dumps(document).encode())
    ours = f"urn:pulumi:{session.stack}::"
    if foreign := [state.urn for state in imported.resources if not state.urn.startswith(ours)]:
        raise EngineError(f"resource '{foreign[0]}' is from a different stack")
    with session.locked(print):
        pending = [(session.codec.encode_state(one.state), one.kind) for one in imported.pending]
        session.files.save(session.codec.encode(map(session.codec.encode_state, imported.resources), pending))
    print("Import complete.")
    return 0


def stack_output(options: argparse.Namespace) -> int:
    """Prints the stack's outputs, or one of them."""
    session = _open(options)
    stack = next((state for state in session.deployment().resources if state.type == urns.STACK_TYPE), None)
    found = stack.outputs if stack else {}
    outputs = values.reveal(found) if options.show_secrets else values.mask(found)
    if options.name:
        if options.name not in outputs:
            raise EngineError(f"current stack does not have output property '{options.name}'")
        value = outputs[options.name]
        print(json.dumps(value) if options.json or not isinstance(value, str) else value)
    elif options.json:
        _print_json(outputs, indent=2)
    else:
        for key in sorted(outputs):
            value = outputs[key]
            print(f"{key:<24} {value if isinstance(value, str) else blobs.compact_json(value)}")
    return 0


def config_get(options: argparse.Namespace) -> int:
    """Prints one value, decrypted."""
    session = _open(options)
    key = config.full_key(options.key, session.project.name)
    resolved = config.resolve(session.project, session.stack, session.file, lambda: session.crypter, validate=False)
    if key not in resolved:
        raise EngineError(f"configuration key '{options.key}' not found for stack '{session.stack}'")
    print(resolved[key].text)
    return 0


def config_set(options: argparse.Namespace) -> int:
    """Sets one value; without one it is read from standard input."""
    session = _open(options)
    key = config.full_key(options.key, session.project.name)
    text = sys.stdin.readline().rstrip("\n") if options.value is None else options.value
    stored = {"secure": session.crypter.encrypt(text)} if options.secret else text
    session.file.change(key, stored, session.project.name)
    return 0


def config_rm(options: argparse.Namespace) -> int:
    """Removes one value."""
    session = _open(options)
    session.file.change(config.full_key(options.key, session.project.name), None, session.project.name)
    return 0


def _open(options: argparse.Namespace) -> Session:
    return Session.open(Path(options.cwd), options.stack, os.environ)


def _need_yes(options: argparse.Namespace, what: str) -> None:
    if options.yes:
        return
    if not sys.stdin.isatty():
        raise InvocationError(f"--yes must be passed in to {what} a stack in non-interactive mode")
    if input(f"This will {what} the stack. Type 'yes' to go on: ").strip().lower() not in ("y", "yes"):
        raise EngineError("confirmation declined")


def _print_json(value: Any, indent: int) -> None:
    print(json.dumps(value, indent=indent, ensure_ascii=False))
