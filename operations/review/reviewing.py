"""A review put together: the plan of a preview, the catalog now and before the change, what follows, what it costs."""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from catalog import Catalog
from catalog import load_cached as load
from catalog.cost import ScheduleCost, assumed_sizes, estimate
from catalog.impact import ROWS, Impact, Name
from catalog.reference.columns import Results
from operations.cost_report import Price
from operations.review import git
from operations.review.dangers import broken, dangers
from operations.review.findings import Changed, CheckResult, CostLine, DangerFound, Downstream, Findings
from operations.review.previewed import Plan, PlannedStep, kind
from operations.review.sql_changes import changed_columns, diff, rows_differ
from policies.rules import POLICIES, Facts
from settings.model import Settings

SQL_KINDS = ("table", "view", "materialized view", "function", "table function", "procedure")
TREES = ("sql", "config")


def review(
    document: Mapping[str, Any],
    settings: Settings,
    catalog: Catalog | None,
    before: Catalog | None,
    *,
    commit: str = "",
    checks: Sequence[CheckResult] = (),
) -> Findings:
    """Findings from a preview's JSON. `catalog` is None when the files themselves are refused, `before` when the
    change's base is not known.
    """
    plan = Plan.read(document)
    now, was = (Results(one) if one else None for one in (catalog, before))
    changes = [_changed(step, settings, now, was) for step in plan.steps]
    followers, schedules = _followers(plan, now, was, changes)
    against = broken(plan, Facts(settings.location, settings.protect))
    return Findings(
        project=settings.PROGRAM,
        stack=settings.stack,
        compared_with=_compared(settings),
        live=not settings.is_local,
        commit=commit,
        refusals=tuple(text[:4_000] for text in plan.refusals),
        unchanged=plan.unchanged,
        dangers=tuple(
            DangerFound(level=d.level, name=d.name, kind=d.kind, title=d.title, why=d.why, way=d.way)
            for d in (*against, *dangers(plan))
        ),
        changes=tuple(sorted(changes, key=lambda change: (change.kind, change.name))),
        followers=followers,
        schedules=schedules,
        costs=costs(catalog, before) if catalog else (),
        checks=(*checks, _policies(plan, len(against))),
    )


def _policies(plan: Plan, broken: int) -> CheckResult:
    name = f"policies ({len(POLICIES)} rules)"
    if plan.refusals:
        return CheckResult(name=name, result="not run", note="the program declares nothing")
    note = f"{broken} broken, see above" if broken else ""
    return CheckResult(name=name, result="failed" if broken else "passed", note=note)


def base_catalog(root: Path, revision: str) -> Catalog | None:
    """The catalog as it was at a revision; None where git has none. Errors: CatalogErrors for files of then that are
    refused.
    """
    with extracted(root, revision) as folder:
        return load(folder) if folder else None


@contextmanager
def extracted(root: Path, revision: str) -> Iterator[Path | None]:
    """A folder with `sql/` and `config/` as they were at a revision; None where git has none."""
    archive = git.ask(root, "archive", "--format=tar", revision, "--", *TREES)
    if not archive:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="eros-base-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        yield Path(folder)


def costs(catalog: Catalog, before: Catalog | None) -> tuple[CostLine, ...]:
    """US dollars a month by schedule, now and after, at the volume that `eros cost` assumes."""
    now, was = (
        {cost.name: Price().of(cost.bytes_a_month) for cost in monthly(one)} if one else {} for one in (catalog, before)
    )
    names = list(dict.fromkeys([*was, *now]))
    return tuple(CostLine(name=name, before=was.get(name), after=now.get(name)) for name in names)


def monthly(catalog: Catalog) -> tuple[ScheduleCost, ...]:
    """What the estimator says of the schedules of a catalog, at the volume that it states."""
    load = catalog.volumes.load
    return estimate(catalog, assumed_sizes(catalog, load), load.creators)


def _changed(step: PlannedStep, settings: Settings, now: Results | None, was: Results | None) -> Changed:
    added, removed, changed = changed_columns(was, now, step.name) if now and step.kind in SQL_KINDS else ([], [], [])
    return Changed(
        op=step.op,
        name=step.name[:300],
        kind=step.kind,
        properties=step.changed if step.op == "update" else (),
        diff=diff(step, f"{settings.project}.{settings.dataset}.") if step.kind in SQL_KINDS else "",
        columns_added=tuple(added),
        columns_removed=tuple(removed),
        columns_changed=tuple(changed),
    )


def _followers(
    plan: Plan, now: Results | None, was: Results | None, changes: Sequence[Changed]
) -> tuple[tuple[Downstream, ...], tuple[str, ...]]:
    """What is downstream of SQL whose text differs; a new object has nothing downstream that was there before."""
    if now is None:
        return (), ()
    touched = [change for change in changes if change.diff and change.op != "create"]
    # What is gone leads to those that read it before.
    is_gone = any(change.name not in now.catalog.objects for change in touched)
    shown = (was if was and is_gone else now).catalog
    places: list[Name] = []
    for change in touched:
        names = (*change.columns_added, *change.columns_removed, *change.columns_changed)
        places += [(change.name, column) for column in names]
        if rows_differ(was, now, change.name):
            places.append((change.name, ROWS))
    impact = Impact(shown)
    new = {step.name for step in plan.steps if step.op == "create"}
    found = [
        Downstream(
            name=follower.name,
            kind=_kind(shown, follower.name),
            distance=follower.distance,
            columns=follower.columns,
            rows=follower.rows,
        )
        for follower in impact.of(places)
        if follower.name not in new
    ]
    concerned = {*(change.name for change in touched), *(follower.name for follower in found)}
    return tuple(found), impact.schedules(concerned)


def _kind(catalog: Catalog, name: str) -> str:
    if name in catalog.tables:
        return "table"
    if name in catalog.routines:
        routine = {"routineType": catalog.routines[name].kind}
        return kind("gcp:bigquery/routine:Routine", routine)
    return "materialized view" if name in catalog.materialized_views else "view"


def _compared(settings: Settings) -> str:
    if settings.is_local:
        return "a local cloud that the base of this change was deployed to"
    return f"{settings.project}.{settings.dataset} on Google Cloud"
