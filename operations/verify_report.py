"""What `eros verify` prints: a table and what to do, or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from operations import display
from operations.verify import Outcome
from outputs import StackOutputs

# Offences of a check that are listed below the table.
LISTED = 5


def as_json(stack: str, outputs: StackOutputs, outcomes: Sequence[Outcome], now: datetime) -> dict[str, Any]:
    """The whole result; `details` of a check are its first offences, `error` is empty unless it could not run."""
    failed = sum(not outcome.passed for outcome in outcomes)
    return {
        "stack": stack,
        "project": outputs.project,
        "dataset": outputs.dataset,
        "verified_at": now,
        "passed": not failed,
        "checks_passed": len(outcomes) - failed,
        "checks_failed": failed,
        "checks": [
            {"id": outcome.id, "result": _result(outcome)} | asdict(outcome) | {"advice": _advice(outcome, stack)}
            for outcome in outcomes
        ],
    }


def show(console: Console, stack: str, outputs: StackOutputs, outcomes: Sequence[Outcome], seconds: float) -> None:
    """A line a check; what failed again below with its offences and what to do; a summary."""
    rows = (
        (outcome.id, outcome.title, _coloured(_result(outcome)), _short(outcome), f"{outcome.seconds:.1f}")
        for outcome in outcomes
    )
    console.print(display.table(("id", "check", "result", "detail", "seconds"), rows))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        console.print("\n".join(_explained(outcome, stack)) + "\n")
    checks = f"{len(outcomes)} check{'s' if len(outcomes) != 1 else ''}"
    verdict = f"{len(failed)} of {checks} failed" if failed else f"{checks} passed"
    where = f"{outputs.project}.{outputs.dataset}"
    console.print(f"{verdict} on {where} (stack {stack}) in {display.duration(seconds)}")


def _result(outcome: Outcome) -> str:
    return "PASS" if outcome.passed else "FAIL"


def _coloured(result: str) -> Text:
    return Text(result, style="green" if result == "PASS" else "bold red")


def _short(outcome: Outcome) -> str:
    """The first offence, or the beginning of the error."""
    if outcome.error:
        return outcome.error
    first = next(iter(outcome.details), "")
    return f"{first} (and {outcome.offences - 1:,} more)" if outcome.offences > 1 else first


def _explained(outcome: Outcome, stack: str) -> list[str]:
    lines = [f"{outcome.id} {outcome.title}: {outcome.purpose}"]
    lines += [f"  could not run: {outcome.error}"] if outcome.error else []
    lines += [f"  - {detail}" for detail in outcome.details[:LISTED]]
    if outcome.offences > LISTED:
        lines.append(f"  - ... {outcome.offences - LISTED:,} more")
    return [*lines, f"  fix: {_advice(outcome, stack)}"]


def _advice(outcome: Outcome, stack: str) -> str:
    """What to do, with the stack put in that it says STACK for."""
    return outcome.advice.replace("STACK", stack)
