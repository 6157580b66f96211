"""Commands that deploy: preview, up, refresh, cancel, bootstrap, destroy."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from operations import reach, teardown
from operations.bootstrap import bootstrap
from operations.commands.shared import StackOption, say
from operations.stack import Stack

app = typer.Typer()
PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True}
VERBS = {
    "up": "Deploy the stack.",
    "refresh": "Compare the stack's state with the cloud.",
    "cancel": "Cancel an update that is running.",
}
ANALYZED = ("up",)


def _verb(verb: str, summary: str) -> None:
    @app.command(verb, help=f"{summary} Further arguments go to the engine as they are.", context_settings=PASS_THROUGH)
    def command(context: typer.Context, stack: StackOption) -> None:
        opened = Stack.open(stack, say)
        say(f"engine: {opened.engine}")
        if verb in ANALYZED:
            _analyze(opened)
            if opened.settings.is_local and not opened.exists():
                opened.init()  # what it is to be deployed to was made a moment ago
        raise typer.Exit(opened.run(verb, context.args))


@app.command("preview", context_settings=PASS_THROUGH)
def preview(
    context: typer.Context,
    stack: StackOption,
    markdown: Annotated[
        str,
        typer.Option("--markdown", metavar="FILE", help="Write a review for a pull request into FILE (- prints it)."),
    ] = "",
    findings: Annotated[
        str, typer.Option("--findings", metavar="FILE", help="Write what the review found as JSON, for eros review.")
    ] = "",
    base: Annotated[
        str,
        typer.Option(
            "--base",
            metavar="REVISION",
            help="Of a review: what the change is compared with in git (usual: origin/main).",
        ),
    ] = "",
) -> None:
    """Show what an update would change. Further arguments go to the engine as they are."""
    opened = Stack.open(stack, say)
    say(f"engine: {opened.engine}")
    if markdown or findings:
        from operations.review import from_preview

        wanted = from_preview.Wanted(markdown, findings, base)
        raise typer.Exit(from_preview.write(opened, wanted, context.args, say))
    _analyze(opened)
    raise typer.Exit(opened.run("preview", context.args))


def _analyze(opened: Stack) -> None:
    from catalog import analysis  # the SQL parser: half a second that other commands save

    reach.check(os.environ)
    analysis.analyze_changed(opened.root, say)


for name, text in VERBS.items():
    _verb(name, text)


@app.command("bootstrap", context_settings=PASS_THROUGH)
def bootstrap_project(context: typer.Context, stack: StackOption) -> None:
    """Deploy bootstrap/: what the stack's Google project needs once. Further arguments go to the engine as they are."""
    opened = bootstrap(stack, say)
    say(f"engine: {opened.engine}")
    raise typer.Exit(opened.run("up", context.args))


@app.command("destroy")
def destroy_stack(
    stack: StackOption,
    preview_only: Annotated[bool, typer.Option("--preview-only", help="List what would go.")] = False,
    message: Annotated[str, typer.Option("--message", "-m", help="Text for the history.")] = "",
    parallel: Annotated[int, typer.Option("--parallel", "-p", min=1, help="Steps at once.")] = 16,
    non_interactive: Annotated[bool, typer.Option("--non-interactive", help="Engine: never ask.")] = False,
) -> None:
    """Delete everything that the stack declares, after you typed its name: lifts the protection, then destroys."""
    opened = Stack.open(stack, say)
    if preview_only:
        teardown.preview(opened, print)
        return
    arguments = ["--parallel", str(parallel), *(["--message", message] if message else ())]
    arguments += ["--non-interactive"] if non_interactive else []
    raise typer.Exit(teardown.destroy(opened, arguments, lambda prompt: input(prompt), say))
