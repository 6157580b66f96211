"""The golden inventory: every resource of the whole stack with type, name, component, protection and what it states."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from pulumi.runtime import rpc

from tests.stack import recorded
from tests.stack.conftest import Program, Registered

GOLDEN = Path(__file__).with_name("inventory.yaml")
RENEW = "RENEW_INVENTORY=1 .venv/bin/pytest tests/stack/test_inventory.py"


def inventory(program: Program) -> dict[str, Any]:
    resources = sorted(program.resources, key=lambda item: (item.type, item.name))
    tree: dict[str, dict[str, str]] = {}
    for item in resources:
        component = item.parent.rsplit("::", 1)[-1] if "eros:platform" in item.parent else "stack"
        tree.setdefault(item.type, {})[item.name] = f"{component}, protected" if item.protect else component
    counts = Counter(item.type for item in resources)
    values: dict[str, dict[str, Any]] = {}
    for item in resources:
        if recorded.said(item):
            values.setdefault(item.type, {})[item.name] = recorded.said(item)
    return {"total": len(resources), "counts": dict(sorted(counts.items())), "resources": tree, "values": values}


def test_the_stack_holds_exactly_the_recorded_resources(run_program: Callable[..., Program]) -> None:
    found = inventory(run_program("prod", manageSources="true"))
    if os.environ.get("RENEW_INVENTORY"):
        GOLDEN.write_text(
            f"# Renew with: {RENEW}\n" + yaml.safe_dump(found, sort_keys=False, width=1000, allow_unicode=True)
        )
    assert found == yaml.safe_load(GOLDEN.read_text()), f"the stack changed; if that is meant, renew with: {RENEW}"


def test_a_change_of_what_a_resource_states_is_a_line_of_the_diff(run_program: Callable[..., Program]) -> None:
    values = yaml.safe_load(GOLDEN.read_text())["values"]
    table = values["gcp:bigquery/table:Table"]["caption_bandit_stats"]
    assert "caption_id INTEGER REQUIRED" in table["schema"]
    assert "successes INTEGER DEFAULT 1" in table["schema"]
    assert table["timePartitioning"] == {"expirationMs": 7_776_000_000, "field": "last_updated", "type": "DAY"}
    assert table["deletionProtection"] is True
    routine = values["gcp:bigquery/routine:Routine"]["assignment_key"]
    assert routine["arguments"][1:3] == ["p_caption_id INT64", "p_send_date DATE"]
    assert re.fullmatch("sha256 [0-9a-f]{12}", routine["definitionBody"])
    program = run_program("prod", manageSources="true", location="EU")
    assert inventory(program)["values"]["gcp:storage/bucket:Bucket"]["backups-bucket"]["location"] == "EU"


def test_a_secret_is_never_recorded() -> None:
    secret = {rpc._special_sig_key: rpc._special_secret_sig, "value": "hunter2"}
    channel = Registered(
        "t", "n", {"labels": {"auth_token": secret}, "password": secret}, False, "", frozenset(), "", ""
    )
    assert recorded.said(channel) == {"labels": {"auth_token": "[secret]"}, "password": "[secret]"}
