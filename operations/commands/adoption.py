"""The command that takes over what a project holds already."""

from __future__ import annotations

from typing import Annotated

import typer

from operations import display
from operations.commands.shared import AsJson, StackOption, say
from settings.errors import ErosError

app = typer.Typer()


@app.command()
def adopt(
    stack: StackOption,
    names: Annotated[
        list[str] | None, typer.Argument(help="With --pause-old and --resume-old: display names (default: all).")
    ] = None,
    as_json: AsJson = False,
    import_now: Annotated[
        bool, typer.Option("--import", help="Import what can be adopted, then show the plan.")
    ] = False,
    file: Annotated[
        str, typer.Option(help="Where the engine's import file goes (default: .eros/import-STACK.json).")
    ] = "",
    migrate: Annotated[str, typer.Option(metavar="NAME", help="Run the next step of moving this table.")] = "",
    pause_old: Annotated[bool, typer.Option("--pause-old", help="Disable the old system's transfer configs.")] = False,
    resume_old: Annotated[bool, typer.Option("--resume-old", help="Enable again what --pause-old disabled.")] = False,
) -> None:
    """Compare what the stack declares with what its project holds already; --import takes it over, changing nothing."""
    from operations.adopt import command, report

    if sum(map(bool, (import_now, migrate, pause_old, resume_old))) > 1:
        raise ErosError("--import, --migrate, --pause-old and --resume-old are steps of their own", fix="give one")
    if names and not (pause_old or resume_old):
        raise ErosError(f"what is to be done with {', '.join(names)}?", fix="--migrate, --pause-old or --resume-old")
    if migrate:
        command.migrate(stack, migrate, say)
        return
    if pause_old or resume_old:
        (command.pause_old if pause_old else command.resume_old)(stack, names or (), input, say)
        return
    survey = command.survey(stack, say)
    path = survey.write(file)
    say(f"import file: {path}")
    if as_json:
        display.print_json([verdict.as_json() for verdict in survey.verdicts])
    else:
        report.show(display.console(), stack, survey.where, survey.verdicts)
    if import_now:
        counts = command.take_over(survey, path, say)
        planned = (
            ", ".join(f"{count} to {operation}" for operation, count in sorted(counts.items())) or "nothing to change"
        )
        done = "imported" if survey.adopts else "there is nothing to import"
        say(f"{done}; the next update has {planned}, and nothing to replace or delete. Next: eros up -s {stack}")
