"""What the program declares, from the program itself: no second list of names, types and ids to keep in step."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.project import stack_values
from settings.errors import ErosError

# Some seconds of work; a machine that is busy with something else takes its time.
REHEARSAL_SECONDS = 600
PROVIDER_TYPE = "pulumi:providers:gcp"


@dataclass(frozen=True, slots=True)
class Declared:
    """One registration. `parent` and `provider` are URNs; `inputs` are the provider's, in camelCase."""

    urn: str
    type: str
    name: str
    parent: str
    provider: str
    version: str
    custom: bool
    inputs: Mapping[str, Any]


def declared(root: Path, stack: str, known: Mapping[str, Mapping[str, Any]]) -> list[Declared]:
    """All registrations in order.

    `known` holds outputs of live objects by `TYPE::NAME`, the name being table id, account id or display name.
    Errors: ErosError with what the program says of itself.
    """
    request = {"root": str(root), "stack": stack, "config": stack_values(root, stack), "known": known}
    done = _rehearsal(root, json.dumps(request))
    if done.returncode:
        said = done.stderr.strip() or f"the program of stack {stack} ended with {done.returncode}"
        if "Traceback" in said:
            raise ErosError(
                f"the program of stack {stack} failed: {said.splitlines()[-1]}", fix="python -m catalog check"
            )
        raise ErosError(said)
    return [Declared(**entry) for entry in json.loads(done.stdout.splitlines()[-1])]


def _rehearsal(root: Path, request: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [sys.executable, "-m", "operations.adopt.rehearsal"],
            input=request,
            cwd=root,
            capture_output=True,
            text=True,
            timeout=REHEARSAL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise ErosError(f"the program did not come to its end in {REHEARSAL_SECONDS} s") from None
