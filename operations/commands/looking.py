"""The command that shows the board."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from operations.commands.shared import StackOption, say
from operations.stack import Stack

app = typer.Typer()


@app.command("open")
def open_board(
    stack: StackOption,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback (default: a free one).")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only say the address.")] = False,
) -> None:
    """Show the board in a browser: health, runs, alerts, cost, captions, tables, lineage and backups on one page.

    Served on loopback until Ctrl-C; reading changes nothing. As a file: eros report html FILE.
    """
    from operations.board import serving
    from operations.board.gathering import gather
    from operations.board.sources import Sources

    listening = serving.bound(port)
    opened = Stack.open(stack, say)
    serving.serve(lambda: gather(Sources.of(opened, datetime.now(UTC))), listening, say, browse=not no_browser)
