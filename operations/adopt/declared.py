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

REHEARSAL_SECONDS = 120
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
    done = subprocess.run(
        [sys.executable, "-m", "operations.adopt.rehearsal"],
        input=json.dumps(request),
        cwd=root,
        capture_output=True,
        text=True,
        timeout=REHEARSAL_SECONDS,
    )
    if done.returncode:
        said = done.stderr.strip() or f"the program of stack {stack} ended with {done.returncode}"
        if "Traceback" in said:
            raise ErosError(
                f"the program of stack {stack} failed: {said.splitlines()[-1]}", fix="python -m catalog check"
            )
        raise ErosError(said)
    return [Declared(**entry) for entry in json.loads(done.stdout.splitlines()[-1])]
