"""Commands on what a review has found: render it, put it on a pull request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from operations import report_files
from operations.commands.shared import StackOption, say
from operations.review.findings import Findings
from settings.errors import ErosError

app = typer.Typer()
review = typer.Typer(help="What a preview found: render it, put it on a pull request.", no_args_is_help=True)
app.add_typer(review, name="review")
MOST_BYTES = 50_000_000
FindingsFile = Annotated[Path, typer.Argument(help="What eros preview --findings wrote.")]


@review.command()
def render(
    findings: FindingsFile,
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Where it goes (default: standard output).")] = "-",
) -> None:
    """Render findings as Markdown, after a check that they are what they should be."""
    from operations.review import comment

    text = comment.render(_read(findings), run_url=_run_url())
    if out == "-":
        print(text, end="")
    else:
        report_files.put(Path(out), text)


@review.command()
def post(
    findings: FindingsFile,
    author: Annotated[str, typer.Option(help="Login that writes the comments.")] = "github-actions[bot]",
) -> None:
    """Write or correct the comment of the pull request that GITHUB_EVENT_PATH is about (token: GITHUB_TOKEN)."""
    from operations.review import comment
    from operations.review.github import GitHub, read_event

    found = _read(findings)
    token, repository = _required("GITHUB_TOKEN"), _required("GITHUB_REPOSITORY")
    event = read_event(Path(_required("GITHUB_EVENT_PATH")))
    github = GitHub(os.environ.get("GITHUB_API_URL") or "https://api.github.com", repository, token)
    pull = github.pull_request(event)
    if pull is None:
        say("the pull request is closed or its head has moved: nothing written")
        return
    # The run that found it, where another one writes it down.
    url = str((event.get("workflow_run") or {}).get("html_url") or _run_url())
    say(f"comment of #{pull.number}: {github.comment(pull, found, comment.render(found, run_url=url), author)}")


@app.command()
def drift(
    stack: StackOption,
    issue: Annotated[bool, typer.Option("--issue", help="Keep one issue of it, as a GitHub workflow.")] = False,
    author: Annotated[str, typer.Option(help="Login that writes the issue.")] = "github-actions[bot]",
) -> None:
    """Say what differs in the cloud from what was deployed. Changes nothing; exit code 1 when something differs."""
    from operations.review import drift as drifting
    from operations.review.github import GitHub
    from operations.stack import Stack

    opened = Stack.open(stack, say)
    found = drifting.drifted(opened.refreshed())
    for one in found:
        print(f"{one.kind} {one.name} {one.what}{': ' if one.properties else ''}{', '.join(one.properties)}")
    say(f"{len(found)} objects differ from what was deployed")
    if issue:
        project = opened.settings.PROGRAM
        token, repository = _required("GITHUB_TOKEN"), _required("GITHUB_REPOSITORY")
        github = GitHub(os.environ.get("GITHUB_API_URL") or "https://api.github.com", repository, token)
        text = drifting.render(project, stack, found, _run_url()) if found else ""
        say(f"issue: {github.issue(drifting.marker(project, stack), drifting.title(stack, found), text, author)}")
    raise typer.Exit(1 if found else 0)


def _read(path: Path) -> Findings:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ErosError(f"{path} is too large to be findings", fix="write them with eros preview --findings")
        return Findings.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ErosError(f"{path}: {where}: {first['msg']}", fix="write it with eros preview --findings") from None


def _required(name: str) -> str:
    if not os.environ.get(name):
        raise ErosError(f"{name} is not set", fix="run this in a GitHub workflow, or export it")
    return os.environ[name]


def _run_url() -> str:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (os.environ.get(name, "") for name in names)
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""
