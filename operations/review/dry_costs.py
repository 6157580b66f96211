"""What schedules cost by dry runs of a real project, where those can know; the rest is the estimator's.

A dry run is free, writes nothing and needs `bigquery.jobs.create` and what the statement reads
(https://cloud.google.com/bigquery/docs/running-queries#dry-run). It is asked of what is deployed, so a statement of the
new version counts only where all that it reads through stays. Both sides of a line come from one source, statement by
statement: a difference is never that between a measure and an estimate. A dry run that fails is an estimate and a note.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from google.api_core.exceptions import ClientError, Forbidden, TooManyRequests
from google.cloud import bigquery

from catalog import Catalog, Placement
from catalog.cost import MINIMUM_BYTES, RunCost, dry_script
from catalog.references import referenced_name
from operations.clients import answering
from operations.cost_report import Price
from operations.engine_words import LIMIT
from operations.errors import CloudError
from operations.review.findings import CostLine, Findings
from operations.review.reviewing import monthly
from operations.review.scratch_dataset import reached

SECONDS = 60.0
"""How long is asked in all; what was not asked by then is estimated."""
PARALLEL = 4
KNOWN = ("PRECISE", "UPPER_BOUND")
"""Of `statistics.query.totalBytesProcessedAccuracy` (https://cloud.google.com/bigquery/docs/reference/rest/v2/Job):
of clustered tables BigQuery says an upper bound. A lower bound is no figure."""
REPLACED = ("view", "materialized view", "function", "table function")


@dataclass(slots=True)
class Asked:
    """Dry runs, each statement once; `stopped` is why no more were asked, `refusals` what some may not read."""

    client: bigquery.Client
    until: float
    stopped: str = ""
    refusals: list[str] = field(default_factory=list)
    found: dict[str, int | None] = field(default_factory=dict)

    def ask(self, scripts: Iterable[str]) -> None:
        """Asks what each would process; None where that is not known."""
        with ThreadPoolExecutor(PARALLEL) as pool:
            wanted = list(dict.fromkeys(filter(None, scripts)))
            self.found.update(zip(wanted, pool.map(self._dry_run, wanted), strict=True))

    @property
    def note(self) -> str:
        """Why not every one was made, '' when they were; one of the refusals stands for all."""
        if self.stopped or not self.refusals:
            return self.stopped
        return f"{len(self.refusals)} of {len(self.found)} dry runs were refused: {min(self.refusals)}"

    def _dry_run(self, script: str) -> int | None:
        if self.stopped:
            return None
        if time.monotonic() > self.until:
            self.stopped = f"not all dry runs were made in {SECONDS:.0f} s"
            return None
        try:
            with answering("no more dry runs"):
                return self._processed(script)
        except CloudError as error:
            self.stopped = error.message
        return None

    def _processed(self, script: str) -> int | None:
        config = bigquery.QueryJobConfig(dry_run=True, use_query_cache=False)
        try:
            job = self.client.query(script, job_config=config)
        except ClientError as error:
            if _concerns_all(error):
                raise
            if isinstance(error, Forbidden):
                self.refusals.append(" ".join(str(error.message).split()))
            return None  # this statement alone: a table that is not there yet, one that may not be read
        said = job._properties.get("statistics", {}).get("query", {})  # it has no public name
        # bq takes a missing accuracy as precise. Zero is no answer: what is asked reads a table, and a BigQuery that
        # is none answers so.
        is_known = said.get("totalBytesProcessedAccuracy", KNOWN[0]) in KNOWN
        return (job.total_bytes_processed or None) if is_known else None


@dataclass(frozen=True, slots=True)
class _Line:
    """A statement of a schedule: what a dry run is asked, '' for nothing, and what it said."""

    cost: RunCost
    key: tuple[str, ...]
    script: str
    known: int | None = None

    def bytes_a_month(self, *, is_measured: bool) -> float:
        if not is_measured or self.known is None:
            return self.cost.bytes_a_month
        tables = len({scan.table for scan in self.cost.scans})
        # https://cloud.google.com/bigquery/pricing: at least 10 MiB for each table.
        return max(self.known, tables * MINIMUM_BYTES) * self.cost.times_a_month


def with_dry_runs(
    client: Callable[[], bigquery.Client],
    place: Placement,
    catalog: Catalog,
    before: Catalog | None,
    findings: Findings,
) -> Findings:
    """The findings with costs by dry run where that can know; with a note where no more could be asked."""
    try:
        asked = Asked(client(), time.monotonic() + SECONDS)
    except CloudError as error:
        return findings.model_copy(update={"cost_note": f"no dry runs: {error.message}"[:1_000]})
    instant = datetime.now(UTC)
    replaced = {one.name for one in findings.changes if one.kind in REPLACED and one.diff}
    replaced |= {one.name for one in findings.changes if one.kind == "table" and one.op in ("create", "replace")}
    was = _lines(before, place, instant, ()) if before else {}
    now = _lines(catalog, place, instant, replaced)
    asked.ask(line.script for side in (was, now) for lines in side.values() for line in lines)
    names = dict.fromkeys([*was, *now])
    costs = tuple(_cost_line(name, _known(was.get(name), asked), _known(now.get(name), asked)) for name in names)
    return findings.model_copy(update={"costs": costs, "cost_note": asked.note[:1_000]})


def _lines(
    catalog: Catalog, place: Placement, instant: datetime, replaced: Collection[str]
) -> Mapping[str, Sequence[_Line]]:
    return {
        schedule.name: [_line(catalog, cost, place, instant, replaced) for cost in schedule.statements]
        for schedule in monthly(catalog)
    }


def _line(catalog: Catalog, cost: RunCost, place: Placement, instant: datetime, replaced: Collection[str]) -> _Line:
    script = dry_script(catalog, cost, place, instant)
    tokens = cost.statement.tokens if cost.statement else ()
    names = {name for token in tokens if (name := referenced_name(token))} or catalog.dependencies(cost.procedure)
    through = frozenset[str]().union(*(reached(catalog, name) for name in names))
    key = (cost.procedure, *((token.text for token in tokens) if tokens else (script,)))
    return _Line(cost, key, script if through.isdisjoint(replaced) else "")


def _known(lines: Sequence[_Line] | None, asked: Asked) -> Sequence[_Line] | None:
    return None if lines is None else [replace(line, known=asked.found.get(line.script)) for line in lines]


def _cost_line(name: str, before: Sequence[_Line] | None, after: Sequence[_Line] | None) -> CostLine:
    measured = _measured(before or after or (), after or before or ())
    shown = after if after is not None else before or ()
    sides = [
        None if side is None else Price().of(sum(line.bytes_a_month(is_measured=line.key in measured) for line in side))
        for side in (before, after)
    ]
    dry = sum(line.key in measured for line in shown)
    return CostLine(name=name, before=sides[0], after=sides[1], dry=dry, statements=len(shown))


def _measured(before: Sequence[_Line], after: Sequence[_Line]) -> Collection[tuple[str, ...]]:
    """The statements that count by dry run on both sides; of those that differ in a procedure all or none."""
    was, now = ({line.key for line in side} for side in (before, after))
    unknown = {line.key for line in (*before, *after) if line.known is None}
    changed = was ^ now
    partly = {key[0] for key in changed & unknown}
    return {key for key in (was | now) - unknown if key not in changed or key[0] not in partly}


def _concerns_all(error: ClientError) -> bool:
    """Whether the next statement would fail as well: no right to ask at all, or a quota."""
    text = f"{error.message} {error.errors}"
    may_not_ask = isinstance(error, Forbidden) and "jobs.create" in text
    return isinstance(error, TooManyRequests) or may_not_ask or bool(LIMIT.search(text))
