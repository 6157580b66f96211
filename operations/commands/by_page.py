"""Commands on one page, the queue of pages and their locks: look, and put right what is stuck."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from operations import display
from operations.commands.shared import AsJson, StackOption, warehouse_of

app = typer.Typer()
Page = Annotated[str, typer.Argument(metavar="PAGE", help="Page, as in active_creators.")]


@app.command()
def page(name: Page, stack: StackOption, as_json: AsJson = False) -> None:
    """Show one page on one screen: why it got few captions or none, its pool, locks, queue, errors, next schedule."""
    from operations.byhand import page_overview, page_screen

    seen = page_overview.overview(warehouse_of(stack), name, datetime.now(UTC))
    if as_json:
        display.print_json(page_screen.as_json(seen))
    else:
        page_screen.show(display.console(), seen)
