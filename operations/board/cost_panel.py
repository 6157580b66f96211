"""The panel of cost: what each day was billed, by statement, and each schedule's estimate beside its bill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.cost import ScheduleCost, assumed_sizes, estimate
from catalog.cost.price import Price
from operations.billed import DAYS as SEEN_DAYS
from operations.billed import Bill, billed
from operations.board.panels import STATES, Grid, Heading, Item, Panel, Plot
from operations.board.sources import Sources
from operations.board.wording import dollars, size, some, to_run
from operations.display import BUSINESS_ZONE
from operations.errors import CloudError

DAYS = 14
# Statements by what they are for; the last are mostly temporary tables of procedures.
KINDS = {"reading": ("select",), "writing": ("insert", "update", "delete", "merge"), "making tables": ("create",)}
BILLED = """
SELECT
  c.date, c.total_queries, c.tb_billed, c.estimated_cost_usd, c.cost_status, c.select_cost_usd, c.insert_cost_usd,
  c.update_cost_usd, c.delete_cost_usd, c.merge_cost_usd, c.create_cost_usd
FROM {0} AS c
WHERE c.date > DATE_SUB(DATE(@now, 'America/Los_Angeles'), INTERVAL 14 DAY)
QUALIFY ROW_NUMBER() OVER (PARTITION BY c.date ORDER BY c.report_time DESC) = 1
ORDER BY c.date
"""


def read(sources: Sources) -> Panel:
    """Errors: ErosError."""
    catalog, outputs = sources.catalog, sources.outputs
    costs = estimate(catalog, assumed_sizes(catalog, catalog.volumes.load), catalog.volumes.load.creators)
    days = sources.rows("cost", BILLED, "cost_reports")
    try:
        seen = billed(sources.client, sources.place, outputs.location, catalog.schedules)
    except CloudError as error:
        return panel(days, costs, error.message, sources)
    return panel(days, costs, seen, sources)


def panel(
    days: Sequence[Any], costs: Sequence[ScheduleCost], seen: Mapping[str, Bill] | str, sources: Sources
) -> Panel:
    """Today's figure, the days as bars, the schedules below; `seen` is what they were billed, or why nobody knows."""
    today = sources.now.astimezone(BUSINESS_ZONE).date()
    newest = next((day for day in days if day.date == today), None)
    spent = sum(day.estimated_cost_usd or 0 for day in days)
    bars = (
        _bars(days)
        if days
        else f"No report of the last {DAYS} days. Made every hour, or now: {to_run('cost_report', sources.stack)}"
    )
    said = ("The local cloud bills nobody: figures are what Google would bill.",) if sources.is_local else ()
    return Panel(
        *("cost", "Cost"),
        dollars(newest.estimated_cost_usd or 0) if newest else "not known",
        f"today; {dollars(spent)} in {len(days)} days",
        STATES.get(newest.cost_status, "") if newest else "waiting",
        (bars, *said, *_schedules(costs, seen)),
        (f"Today's queries cost {dollars(newest.estimated_cost_usd)}",)
        if newest and newest.cost_status != "HEALTHY"
        else (),
        shape="tall",
    )


def _bars(days: Sequence[Any]) -> Grid:
    dearest = max(days, key=lambda day: day.estimated_cost_usd or 0)
    most = dollars(dearest.estimated_cost_usd or 0)
    about = f"Cost of each day (Los Angeles): the dearest was {dearest.date:%a %d %b} with {most}."
    headings = (Heading("day"), *(Heading(kind, numeric=True) for kind in KINDS), Heading("all", numeric=True))
    rows = tuple(
        (
            Item(f"{day.date:%a %d %b}"),
            *(_amount(sum(day[f"{verb}_cost_usd"] or 0 for verb in verbs)) for verbs in KINDS.values()),
            Item(dollars(day.estimated_cost_usd or 0), f"{day.total_queries:,} queries"),
        )
        for day in days
    )
    return Grid(f"Cost of the last {DAYS} days", headings, rows, Plot("bars", about, "$"), "as a table")


def _amount(value: float) -> Item:
    return Item(dollars(value), value=value)


def _schedules(costs: Sequence[ScheduleCost], seen: Mapping[str, Bill] | str) -> Iterator[Grid | str]:
    """The estimate of each schedule beside what its runs were billed."""
    price, none = Price(), Bill(0, 0)
    shown = sorted(costs, key=lambda cost: -cost.bytes_a_month)
    most = max((cost.bytes_a_month for cost in shown), default=0) or 1
    runs = {cost.name: none if isinstance(seen, str) else seen.get(cost.name, none) for cost in shown}
    rows = tuple(
        (
            Item(cost.name, f"{cost.runs_a_month:,.0f} runs a month"),
            Item(size(cost.bytes_a_run)),
            Item(size(found.bytes_a_run), some(found.runs, "run")) if (found := runs[cost.name]).runs else Item(""),
            Item(dollars(price.of(cost.bytes_a_month)), share=cost.bytes_a_month / most),
        )
        for cost in shown
    )
    headings = ("a run, estimated", f"a run, billed in {SEEN_DAYS} days", "a month, estimated")
    yield Grid(
        "Cost of each schedule: estimate and bill",
        (Heading("schedule"), *(Heading(title, numeric=True) for title in headings)),
        rows,
    )
    if isinstance(seen, str):
        yield f"What each was billed is not known: {seen}"
