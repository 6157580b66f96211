"""`eros report`: which named reports there are, and their rows of a deployed stack.

A report NAME is the view `monitoring_NAME`. What it is for is the view's description; in which order its rows are read
is the line `-- Order: column [DESC] [NULLS FIRST], ....` at the head of its file, since a view keeps none. So adding a
view adds a report. One report is none of a view: `operations.storage_report`. How rows are shown is left to
`operations.report_forms`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from google.cloud import bigquery

from catalog import Placement
from catalog.model import View
from catalog.report_views import PREFIX
from operations import storage_report
from operations.clients import answering, bigquery_client
from operations.placement import placement
from operations.report_forms import Result
from operations.stack import Stack
from settings.errors import ErosError, FilePosition, SourceError

ORDER = re.compile(r"Order: (.+)\.")
TERM = re.compile(r"(\w+)( DESC)?( NULLS (?:FIRST|LAST))?")
QUERY_SECONDS = 120.0
# $0.10 at most: the dearest report reads 120 days of messages in a few columns.
MAX_BYTES_BILLED = 2**34
NOT_READ = (
    "eros verify says what is missing; reports on queries need bigquery.jobs.listAll (roles/bigquery.resourceViewer)"
)


@dataclass(frozen=True, slots=True)
class Report:
    """A report: `view` is its logical name, empty for the one without, `order` what follows ORDER BY."""

    name: str
    view: str
    description: str
    order: str


STORAGE = Report("storage", "", "What each table holds and costs to keep in a month, the largest first.", "")


def known(views: Mapping[str, View]) -> dict[str, Report]:
    """All reports, by name. Errors: as `declared`."""
    return dict(sorted({**declared(views), STORAGE.name: STORAGE}.items()))


def declared(views: Mapping[str, View]) -> dict[str, Report]:
    """The reports among the declared views, by name. Errors: SourceError for one without an order."""
    ours = (view for name, view in sorted(views.items()) if name.startswith(PREFIX))
    return {report.name: report for report in map(_report, ours)}


def find(reports: Mapping[str, Report], name: str) -> Report:
    """The report of that name. Errors: ErosError, with the nearest one."""
    if name in reports:
        return reports[name]
    near = difflib.get_close_matches(name, reports, 1)
    fix = f"eros report {near[0]}, or eros report --list" if near else "eros report --list"
    raise ErosError(f"no report {name!r}", fix=fix)


def run(client: bigquery.Client, place: Placement, report: Report, limit: int | None = None) -> Result:
    """The rows of a report in its order, `limit` at most. Errors: CloudError."""
    config = bigquery.QueryJobConfig(
        maximum_bytes_billed=MAX_BYTES_BILLED, labels={"eros_operation": "report", "eros_report": report.name}
    )
    cut = "" if limit is None else f" LIMIT {limit + 1}"
    statement = f"SELECT r.* FROM {place.relation(report.view)} AS r ORDER BY {report.order}{cut}"
    with answering(f"report {report.name}", fix=NOT_READ):
        found = client.query(statement, config, timeout=QUERY_SECONDS).result(timeout=QUERY_SECONDS)
        columns = tuple(field.name for field in found.schema)
        rows = tuple(dict(row.items()) for row in found)
    return Result(columns, rows).first(limit)


def of_stack(report: Report, stack: Stack, limit: int | None) -> Result:
    """The report of a deployed stack. Errors: ErosError when it does not have it yet, CloudError."""
    outputs = stack.outputs()
    client = bigquery_client(outputs.project, outputs.location)
    if report == STORAGE:
        return storage_report.report(client, placement(outputs), outputs.tables).first(limit)
    if report.view not in outputs.views:
        message = f"stack {stack.name} was deployed before there was a report {report.name}"
        raise ErosError(message, fix=f"eros up -s {stack.name}")
    return run(client, placement(outputs), report, limit)


def listed(reports: Mapping[str, Report]) -> Result:
    """What reports there are, as if it were one."""
    rows = tuple({"name": one.name, "shows": one.description, "view": one.view} for one in reports.values())
    return Result(("name", "shows", "view"), rows)


def _report(view: View) -> Report:
    lines = (ORDER.fullmatch(comment.text) for comment in view.sql.source.comments)
    order = next((line[1] for line in lines if line), "")
    if not order or not all(TERM.fullmatch(term) for term in order.split(", ")):
        message = f"{view.name} does not say in which order its rows are read"
        raise SourceError(
            FilePosition(view.path, 1), message, fix="begin the file with -- Order: column [DESC], column."
        )
    return Report(view.name.removeprefix(PREFIX), view.name, view.description, order)
