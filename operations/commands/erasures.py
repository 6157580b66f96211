"""The command that takes a page or a caption out of the platform."""

from __future__ import annotations

from typing import Annotated

import typer

from operations import display
from operations.commands.shared import AsJson, StackOption, say

app = typer.Typer()


@app.command()
def erase(
    stack: StackOption,
    page: Annotated[str, typer.Option("--page", metavar="NAME", help="Erase what is known of this page.")] = "",
    caption: Annotated[str, typer.Option("--caption", metavar="ID", help="Erase this caption; --caption=-123.")] = "",
    sources: Annotated[
        bool, typer.Option("--sources", help="Also from the source tables that others fill (default: only told).")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is there and who still holds it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Agree beforehand.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a page's or a caption's data out of every table, prove by reading that it is gone, and say who still holds
    it until when. Refused while a backup, a restore or a job runs. Exit code 4 when something is left.
    """
    from operations.erasing import deployed, erasure_report
    from operations.erasing.subject import ErasureSubject

    subject = ErasureSubject.of(page, caption)
    done = deployed.erasing(stack, sources=sources, as_json=as_json, say=say).run(subject, yes=yes, dry_run=dry_run)
    if as_json:
        display.print_json(erasure_report.as_json(done))
    elif dry_run:
        say("nothing was changed")
    elif done.before.rows:
        say(f"{subject} is erased: {sum(done.before.rows.values()):,} rows, and every table was read again")
    else:
        say("nothing to erase" if not done.before.strays else f"{subject} is erased")
