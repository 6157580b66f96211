"""`eros local platform`: everything that `make up` does after set-up, each step only when it is still to do.

Owns the order of the steps and what they print; each step is somebody else's work.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from google.cloud import bigquery
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from catalog import Catalog, Placement
from catalog import load_cached as load_catalog
from local.cloud import only_one_loads, provided, say, state_folder
from local.sample import load_jobs
from local.sample.past_week import Week
from local.sample.shape import MESSAGES, Sample
from operations import display
from operations.bootstrap import bootstrap
from operations.clients import bigquery_client, transfer_client
from operations.placement import placement
from operations.scheduled_runs import Run, ScheduledQueries
from operations.stack import Stack
from outputs import StackOutputs
from settings.errors import ErosError

STACK = "local"
QUERY_SECONDS = 60.0
RUN_SECONDS = 300.0
WORK_DONE = """
SELECT records_processed FROM `{table}` WHERE job_name = @name ORDER BY job_start_time DESC LIMIT 1
"""


class PlatformError(ErosError):
    """The platform on this machine is not what was declared."""


def bring_up(messages: int = MESSAGES) -> None:
    """Cloud, stack, data, one run of each job, summary. Errors: ErosError of the step that failed."""
    started = time.monotonic()
    os.environ.update(provided("start")())
    stack = _deploy()
    outputs = stack.outputs()
    client = bigquery_client(outputs.project, outputs.location)
    if load_jobs.is_loaded(client, placement(outputs)):
        say("data: loaded before, left as it is")
    else:
        _load(client, placement(outputs), messages)
    queries = ScheduledQueries(transfer_client(), outputs)
    catalog = load_catalog(stack.root)
    if added := load_jobs.append_week(client, placement(outputs), Week(datetime.now(UTC), catalog)):
        say(f"data: {added:,} rows of the week before: runs, checks, cost, alerts")
    _run_once(catalog, queries, client, outputs)
    _summary(catalog, queries, client, outputs)
    say(f"\nthe platform is up ({display.duration(time.monotonic() - started)}). Try next:")
    say('  eval "$(.venv/bin/eros local env)"; export PATH="$PWD/.venv/bin:$PATH" EROS_STACK=local')
    say("  eros open                         the board: is it well, and why not?")
    say("  eros schedules                    when each job ran and will run")
    say("  eros run --due                    run what is due now")
    say("  eros week run --once --all --export build/weeks")
    say("                                    build, lock and export next week's messages of all pages")
    say("  eros verify                       run the acceptance checks: is everything there and right?")
    say("  eros preview                      after a change below sql/: what an update would change")
    say("  eros up                           deploy it")
    say("  make down                         stop the cloud of this machine")


def _deploy() -> Stack:
    project = bootstrap(STACK, say)
    say(f"engine: {project.engine}")
    if project.changes():
        project.must("up", "--yes", "--skip-preview", "--suppress-outputs")
    stack = Stack.open(STACK, say)
    if not stack.exists():
        stack.init()
    if stack.is_deployed() and not stack.changes():
        say("stack: no changes")
        return stack
    stack.must("preview", "--suppress-outputs")
    stack.must("up", "--yes", "--skip-preview", "--suppress-outputs")
    return stack


@contextmanager
def _progress() -> Iterator[load_jobs.Progress]:
    columns = (TextColumn("  {task.description:28}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=display.console(error=True)) as bar:
        tasks = {}

        def show(table: str, done: int, total: int) -> None:
            if table not in tasks:
                tasks[table] = bar.add_task(table, total=total)
            bar.update(tasks[table], completed=done)

        yield show


def load_again(stack: str, messages: int) -> None:
    """Replaces the rows of a local stack by the sample. Errors: ErosError for a stack of Google Cloud."""
    os.environ.update(provided("lead")())
    opened = Stack.open(stack, say)
    if not opened.settings.is_local:
        raise PlatformError(f"stack {stack} is not a local one", fix="sample data never goes to Google Cloud")
    outputs = opened.outputs()
    _load(bigquery_client(outputs.project, outputs.location), placement(outputs), messages)


def _load(client: bigquery.Client, place: Placement, messages: int) -> None:
    say("data: loading the sample")
    with only_one_loads(), _progress() as progress:
        rows = load_jobs.load(client, place, Sample(datetime.now(UTC), messages), progress)
    say("data: " + ", ".join(f"{count:,} {table}" for table, count in rows.items()))


def _run_once(catalog: Catalog, queries: ScheduledQueries, client: bigquery.Client, outputs: StackOutputs) -> None:
    """Runs what never ran well, in the order of config/schedules.yaml. Errors: PlatformError.

    Afterwards the transfer service keeps the schedule.
    """
    for query in map(queries.get, catalog.schedules):
        if query.last_success:
            continue
        run = queries.run(query.name, datetime.now(UTC), RUN_SECONDS)
        if not run.is_well:
            raise PlatformError(
                f"{query.name}: {run.state}: {run.error}", fix=f"see {state_folder() / 'logs' / 'bigquery.log'}"
            )
        changed = _rows_changed(query.name, client, outputs)
        say(f"job: {query.name} {run.outcome} in {display.duration(run.seconds)}, {changed:,} rows changed")


def _rows_changed(name: str, client: bigquery.Client, outputs: StackOutputs) -> int:
    """Rows that the job's last run wrote, by its own record."""
    table = placement(outputs).address("etl_job_runs")
    parameters = [bigquery.ScalarQueryParameter("name", "STRING", name)]
    config = bigquery.QueryJobConfig(query_parameters=parameters)
    job = client.query(WORK_DONE.format(table=table), job_config=config, timeout=QUERY_SECONDS)
    return next((row.records_processed or 0 for row in job.result(timeout=QUERY_SECONDS)), 0)


def _summary(catalog: Catalog, queries: ScheduledQueries, client: bigquery.Client, outputs: StackOutputs) -> None:
    """What is there against what is declared. Errors: PlatformError naming what is missing."""
    place = placement(outputs)
    there = set[str]()
    for dataset in place.datasets:
        where = f"{place.project}.{dataset}"
        declared = place.by_name(dataset, catalog.order())
        found = {table.table_id for table in client.list_tables(where, timeout=QUERY_SECONDS)}
        found |= {routine.routine_id for routine in client.list_routines(where, timeout=QUERY_SECONDS)}
        there |= {declared[name] for name in found & declared.keys()}
    if missing := sorted(set(catalog.order()) - there):
        raise PlatformError(f"declared but not deployed: {', '.join(missing)}", fix="eros up -s local")
    say(f"\nobjects: {len(there)} deployed = {len(catalog.order())} declared")
    filled = [(name, f"{count:,}") for name, count in _row_counts(client, outputs) if count]
    display.console(error=True).print(display.table(("table", "rows"), filled))
    rows = ((q.name, *_last_run(q.last), display.both_zones(q.next_run)) for q in queries.list())
    display.console(error=True).print(display.table(("job", "last run", "state", "next run"), rows))


def _last_run(run: Run | None) -> tuple[str, str]:
    return (display.both_zones(run.run_time), run.outcome) if run else ("never", "")


def _row_counts(client: bigquery.Client, outputs: StackOutputs) -> list[tuple[str, int]]:
    place = placement(outputs)
    parts = (f"SELECT '{name}' AS name, COUNT(*) AS held FROM `{place.address(name)}`" for name in outputs.tables)
    job = client.query(" UNION ALL ".join(parts), timeout=QUERY_SECONDS)
    return sorted((row.name, row.held) for row in job.result(timeout=QUERY_SECONDS))
