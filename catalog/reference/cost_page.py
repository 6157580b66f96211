"""The page of what everything declared is billed a month, at three loads: `eros cost` as a table."""

from __future__ import annotations

from dataclasses import replace

from catalog.cost import ScheduleCost, Volume, assumed_sizes, estimate
from catalog.cost.price import TEBIBYTE, Price
from catalog.reference import markdown
from catalog.reference.site import Site

GIBIBYTE = 2**30
# The agency at the time of the audit; beside it the load that is assumed, and ten times as many.
AUDITED = 38


def cost_page(site: Site) -> str:
    """GiB a month of each schedule, other calls and refreshes, their sum, and what of it is to pay.

    Without config/volumes.yaml nobody says how large the tables are, and the page says no more.
    """
    price = Price()
    load = site.catalog.volumes.load
    loads = (AUDITED, load.creators, 10 * load.creators)
    costs = {creators: _costs(site, creators) for creators in loads}
    totals = {creators: sum(cost.bytes_a_month for cost in found) for creators, found in costs.items()}
    names = [(cost.name, cost.runs_a_month) for cost in costs[AUDITED]]
    rows = [
        [
            markdown.code(name) if name in site.catalog.schedules else markdown.text(name),
            f"{runs:.0f}",
            *(_gibibytes(found, name) for found in costs.values()),
        ]
        for name, runs in names
    ]
    rows.append(["**TiB**", "", *(f"**{total / TEBIBYTE:.2f}**" for total in totals.values())])
    rows.append(["**$ after the free TiB**", "", *(f"**{price.to_pay(total):.2f}**" for total in totals.values())])
    head = ["GiB a month", "Runs a month", *(f"{creators} creators" for creators in loads)]
    return "\n".join([
        "# Cost",
        "",
        f"{markdown.link('Reference', 'README.md')} · what BigQuery bills for all that is declared, by `eros cost`",
        "",
        *(markdown.table(head, rows) if names else ["How large the tables are is not stated."]),
        "",
        f"Assumed: {load.captions_per_creator:,} captions and {_messages(load, 1):,} messages a month for each "
        f"creator, {load.months_of_history} months of messages, ${price.per_tebibyte:g} a TiB, the first TiB of a "
        "month free. The estimate errs high; `eros cost --help` says how to ask for another load, `eros cost` what it "
        "leaves out. Storage, alerts and what people ask themselves are not in it.",
        "",
    ])  # fmt: skip


def _costs(site: Site, creators: int) -> tuple[ScheduleCost, ...]:
    if not site.catalog.volumes.tables:
        return ()
    load = site.catalog.volumes.load
    volume = replace(load, creators=creators, messages_per_month=_messages(load, creators))
    return estimate(site.catalog, assumed_sizes(site.catalog, volume), creators)


def _messages(load: Volume, creators: int) -> int:
    """A month's messages of so many creators, each with its share of the load's."""
    return round(load.messages_per_month / load.creators * creators) if load.creators else 0


def _gibibytes(costs: tuple[ScheduleCost, ...], name: str) -> str:
    (found,) = (cost for cost in costs if cost.name == name)
    return f"{found.bytes_a_month / GIBIBYTE:.1f}"
