"""The golden inventory: every resource of the whole stack with type, name, component and protection."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.stack.conftest import Program

GOLDEN = Path(__file__).with_name("inventory.yaml")
RENEW = "RENEW_INVENTORY=1 .venv/bin/pytest tests/stack/test_inventory.py"


def inventory(program: Program) -> dict[str, Any]:
    resources = sorted(program.resources, key=lambda item: (item.type, item.name))
    tree: dict[str, dict[str, str]] = {}
    for item in resources:
        component = item.parent.rsplit("::", 1)[-1] if "eros:platform" in item.parent else "stack"
        tree.setdefault(item.type, {})[item.name] = f"{component}, protected" if item.protect else component
    counts = Counter(item.type for item in resources)
    return {"total": len(resources), "counts": dict(sorted(counts.items())), "resources": tree}


def test_the_stack_holds_exactly_the_recorded_resources(run_program: Callable[..., Program]) -> None:
    found = inventory(run_program("prod", manageSources="true"))
    if os.environ.get("RENEW_INVENTORY"):
        GOLDEN.write_text(f"# Renew with: {RENEW}\n" + yaml.safe_dump(found, sort_keys=False))
    assert found == yaml.safe_load(GOLDEN.read_text()), f"the stack changed; if that is meant, renew with: {RENEW}"
