"""What a deployment did, as a file for people, and its figures beside those of before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from operations import report_files
from operations.deploying.state import State
from operations.project import OF_THIS_MACHINE
from operations.releases.figures import Figures
from operations.rollback.rollback_report import FIGURES
from operations.stack import Stack


def compared(before: Figures | None, after: Figures) -> Iterator[str]:
    """A line a figure that is known: before and after."""
    for name, title in FIGURES.items():
        was, now = getattr(before, name, None), getattr(after, name)
        if now is not None:
            yield f"{title}: {_shown(now)}" + (f" ({_shown(was)} before)" if was is not None else "")


def write(
    stack: Stack, state: State, figures: Figures, why: Sequence[str], say: Callable[[str], None]
) -> Path | None:  # fmt: skip
    """Writes the report; its path, None where no file can be written."""
    path = stack.root / OF_THIS_MACHINE / "reports" / f"deploy-{state.deployment_id}.md"
    return report_files.keep(path, _lines(stack.name, state, figures, why), say)


def _lines(stack: str, state: State, figures: Figures, why: Sequence[str]) -> Iterator[str]:
    yield from (f"# Deployment {state.deployment_id} of stack {stack}", "")
    facts = {
        "Status": state.status,
        "Commit": state.commit or "none",
        "Message": state.message,
        "Started": state.started_at,
        "Updated": state.updated_at,
        "Backup before it": state.backup or "none",
    }
    yield from (f"- {name}: {value}" for name, value in facts.items() if value)
    if why:
        yield from ("", "## To know", *(f"- {text}" for text in why))
    yield from ("", "## Steps", "")
    for name, one in state.components.items():
        yield f"- {name}: {one['status']}{': ' * bool(one['message'])}{one['message']}"
    yield from ("", "## Figures", "", *(f"- {text}" for text in compared(state.figures_before, figures)))


def _shown(value: float) -> str:
    return f"{value:,.6g}"
