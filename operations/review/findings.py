"""What a review found, as one document: what is rendered, and what one job hands to another.

Every text is bounded, so that a document from a job that nobody trusts can be validated and rendered as it is.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Short = Annotated[str, Field(max_length=300)]
Long = Annotated[str, Field(max_length=4_000)]
Diff = Annotated[str, Field(max_length=200_000)]
Names = Annotated[tuple[Short, ...], Field(max_length=5_000)]
Value = Annotated[str, Field(max_length=80, pattern=r"^[\w .,:+-]*$")]
MOST_EXAMPLES = 5
Verdict = Literal["nothing", "safe", "care", "refused"]
Result = Literal["passed", "failed", "not run"]


class Part(BaseModel):
    """Strict and without fields of other versions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class DangerFound(Part):
    """One thing to look at."""

    level: Literal["refused", "care"]
    name: Short
    kind: Short
    title: Long
    why: Long
    way: Long = ""


class Changed(Part):
    """One object that changes; `diff` is the unified diff of its SQL, '' where it has none."""

    op: Short
    name: Short
    kind: Short
    properties: Names = ()
    diff: Diff = ""
    columns_added: Names = ()
    columns_removed: Names = ()
    columns_changed: Names = ()


class Downstream(Part):
    """An object downstream of the change, `distance` steps away: columns that follow from it, and whether rows may."""

    name: Short
    kind: Short
    distance: int
    columns: Names = ()
    rows: bool = False


class CostLine(Part):
    """US dollars a month of one schedule, null where it is not there.

    `dry` of its `statements` count by a dry run, the others by the estimator.
    """

    name: Short
    before: float | None
    after: float | None
    dry: int = 0
    statements: int = 0


class ColumnChange(Part):
    """In how many of the changed rows a column differs."""

    name: Short
    rows: int


class ExampleValue(Part):
    """A column of an example; '' on the side where the row is not. Nothing that could be more than a value."""

    name: Short
    before: Value
    after: Value


class Example(Part):
    """A row that differs: its key, as far as it may be seen, and the columns that differ."""

    op: Literal["changed", "added", "removed"]
    values: Annotated[tuple[ExampleValue, ...], Field(max_length=10)]


class DataChange(Part):
    """What one object shows before and after on the same data, in rows; `note` says why it was not compared.

    `fails`: the new version cannot be read.
    """

    name: Short
    before: int = 0
    after: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: Annotated[tuple[ColumnChange, ...], Field(max_length=1_000)] = ()
    examples: Annotated[tuple[Example, ...], Field(max_length=MOST_EXAMPLES)] = ()
    fails: bool = False
    note: Long = ""

    @property
    def differs(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class CheckResult(Part):
    """Something that was run, or was not: `result` is passed, failed or not run."""

    name: Short
    result: Result
    note: Long = ""


class Findings(Part):
    """Everything that a comment says. `live` is whether the plan was made against the stack itself, `cost_note`
    why no dry run, or not every one, was made.
    """

    version: Literal[1] = 1
    project: Short
    stack: Short
    compared_with: Long
    live: bool
    commit: Short = ""
    refusals: Annotated[tuple[Long, ...], Field(max_length=100)] = ()
    unchanged: int = 0
    dangers: Annotated[tuple[DangerFound, ...], Field(max_length=2_000)] = ()
    changes: Annotated[tuple[Changed, ...], Field(max_length=5_000)] = ()
    followers: Annotated[tuple[Downstream, ...], Field(max_length=5_000)] = ()
    schedules: Names = ()
    data: Annotated[tuple[DataChange, ...], Field(max_length=5_000)] = ()
    costs: Annotated[tuple[CostLine, ...], Field(max_length=500)] = ()
    cost_note: Long = ""
    checks: Annotated[tuple[CheckResult, ...], Field(max_length=100)] = ()

    @property
    def verdict(self) -> Verdict:
        if self.refusals or any(danger.level == "refused" for danger in self.dangers):
            return "refused"
        if self.dangers or any(check.result == "failed" for check in self.checks):
            return "care"
        return "safe" if self.changes else "nothing"
