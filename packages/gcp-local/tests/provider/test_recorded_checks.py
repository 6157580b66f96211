"""The recorded answers of the real provider to inputs: ours refuses and accepts the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gcp_local.provider.registry import resource

DATA = Path(__file__).parents[1] / "data"
CASES: list[dict[str, Any]] = json.loads((DATA / "provider_check_cases.json").read_text())
WORD = re.compile(
    r'argument "([^"]+)"|"([a-z_.0-9]+)"|for (\w+) \(|of ([a-z_.0-9]+) to be|expected (?!type )([a-z_.0-9]+) '
)


def camel(name: str) -> str:
    """The name in the program for a recorded one; the two that are also renamed keep their stem."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def recorded_properties(message: str) -> set[str]:
    """Last parts of the properties that the recorded message names, as the program spells them."""
    found = {next(group for group in match.groups() if group) for match in WORD.finditer(message)}
    last = {[part for part in name.split(".") if not part.isdigit()][-1] for name in found}
    return {camel(name) for name in last} | {name for name in last if "_" in name}


def case_id(case: dict[str, Any]) -> str:
    return str(case["case"]).replace(" ", "-")


def test_all_recorded_checks_are_here() -> None:
    assert len(CASES) == 165
    assert len({case_id(case) for case in CASES}) == 165


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_the_provider_refuses_and_accepts_what_the_real_one_does(case: dict[str, Any]) -> None:
    kind = resource(case["type"])
    failures = kind.check(case["inputs"])
    refusal = None if failures else kind.refusal(case["inputs"])
    stage = "CHECK" if failures else "PLAN" if refusal else None

    assert stage == ((case["stage"] or "").removesuffix("-RPC") or None)
    if stage:
        text = refusal or " ".join(f"{each.property} {each.reason}" for each in failures)
        wanted = recorded_properties(case["message"])
        named = {name for name in wanted if name.lower().rstrip("s") in text.lower()}
        assert named or not wanted, f"none of {wanted} in {text!r}"
