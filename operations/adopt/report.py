"""What `eros adopt` shows: how much is what, then every object that needs a look, with what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from operations import display
from operations.adopt.verdict import ADOPTED, OPEN, Judgement, Verdict

MEANING = {
    Judgement.MANAGED: "in the stack already",
    Judgement.SAME: "adopted as it is",
    Judgement.CHANGE: "adopted, then changed in place",
    Judgement.MIGRATE: "another layout: moved to a new table, the old one kept",
    Judgement.FOREIGN: "somebody else's",
    Judgement.WRITES: "of the old system, still writes",
}
COLOURS = {
    Judgement.SAME: "green",
    Judgement.MIGRATE: "yellow",
    Judgement.FOREIGN: "bold red",
    Judgement.WRITES: "yellow",
}
LISTED = 6


def show(console: Console, stack: str, where: str, verdicts: Sequence[Verdict]) -> None:
    """A line an object, details below, then the next step."""
    if not verdicts:
        console.print(f"{where} holds nothing that stack {stack} declares. Next: eros preview -s {stack}", markup=False)
        return
    rows = ((v.name, v.kind, Text(v.verdict.value, style=COLOURS.get(v.verdict, "")), _short(v)) for v in verdicts)
    console.print(display.table(("object", "kind", "verdict", "what changes"), rows))
    for verdict in verdicts:
        if verdict.steps or len(condensed(verdict.changes)) > 1:
            console.print("\n".join(_details(verdict)), markup=False)
    counts = Counter(verdict.verdict for verdict in verdicts)
    console.print(f"\n{len(verdicts)} objects of {where}:", markup=False)
    for judgement in Judgement:
        if counts[judgement]:
            console.print(f"  {counts[judgement]:>4} {judgement.value}: {MEANING[judgement]}", markup=False)
    console.print("\n".join(next_steps(stack, verdicts)), markup=False)


def next_steps(stack: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """What to type, in order."""
    found = {verdict.verdict for verdict in verdicts}
    if Judgement.FOREIGN in found:
        yield "next: for each foreign object one of the ways above, then eros adopt again"
    for verdict in verdicts:
        if verdict.verdict is Judgement.MIGRATE:
            yield f"next: eros adopt -s {stack} --migrate {verdict.name}"
    first = [step for verdict in verdicts if verdict.verdict in ADOPTED for step in verdict.steps]
    yield from (f"next: {step}" for step in first)
    if not first and not found & set(OPEN):
        yield (
            f"next: eros adopt -s {stack} --import"
            if found - {Judgement.MANAGED, Judgement.WRITES}
            else (f"next: eros preview -s {stack}")
        )


def _short(verdict: Verdict) -> str:
    changes = condensed(verdict.changes)
    first = next(iter(changes), "")
    return f"{first} (and {len(changes) - 1} more)" if len(changes) > 1 else first


def condensed(changes: Sequence[str]) -> list[str]:
    """Texts and labels in a line each, after what matters."""
    columns = [change for change in changes if change.startswith("description of ")]
    labels = [change.removeprefix("labels.") for change in changes if change.startswith("labels.")]
    texts = [change for change in changes if change.startswith("description: ")]
    others = [change for change in changes if change not in (*columns, *texts) and not change.startswith("labels.")]
    return [
        *others,
        *([f"descriptions of {len(columns)} columns"] if columns else []),
        *(["description"] if texts else []),
        *([f"labels: {', '.join(labels)}"] if labels else []),
    ]


def _details(verdict: Verdict) -> Iterator[str]:
    yield f"{verdict.kind} {verdict.name}: {MEANING[verdict.verdict]}"
    changes = condensed(verdict.changes)
    yield from (f"  ~ {change}" for change in changes[:LISTED])
    if len(changes) > LISTED:
        yield f"  ~ ... {len(changes) - LISTED} more (--json lists them)"
    yield from (f"  {number}. {step}" for number, step in enumerate(verdict.steps, 1))
