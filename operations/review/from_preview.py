"""`eros preview --markdown FILE`: runs what a review needs and writes it. What was not run is said, never passed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog import Catalog, analysis, load_cached, placement
from catalog.errors import CatalogErrors
from operations import report_files
from operations.clients import bigquery_client
from operations.review import comment, git
from operations.review.data_diff import data_changes
from operations.review.dry_costs import with_dry_runs
from operations.review.examples import Showing
from operations.review.findings import CheckResult, Findings, Result
from operations.review.fixed_page import fixed_page
from operations.review.procedure_diff import procedure_changes
from operations.review.reviewing import TREES, base_catalog, review
from operations.stack import Stack
from settings.errors import ErosError

REFUSED = 1
USUAL_BASE = "origin/main"
NOT_KNOWN = "columns, what follows and cost are shown as they are now"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the review goes: as Markdown (- is standard output) and as JSON, '' for not; `base` as git names it, '' for
    the usual one, which need not be there.
    """

    markdown: str
    findings: str
    base: str


def write(stack: Stack, wanted: Wanted, arguments: Sequence[str], say: Callable[[str], None]) -> int:
    """Writes the review; 1 when the verdict is that it must not be deployed. Errors: ErosError, CloudError."""
    if wanted.base.startswith("-"):
        raise ErosError(f"--base {wanted.base}: no revision", fix="name a branch, tag or commit")
    checks, catalog = [], None
    try:
        catalog = load_cached(stack.root)
        checks.append(CheckResult(name="rules of the catalog", result="passed"))
        checks.append(_analyzed(stack.root, say))
    except CatalogErrors as errors:
        checks.append(CheckResult(name="rules of the catalog", result="failed", note=str(errors)[:4_000]))
    before, is_unknown = catalog_before(stack.root, wanted.base)
    if is_unknown:
        checks.append(is_unknown)
        say(f"note: what was there before is not known: {is_unknown.note}")
    document = stack.previewed(arguments)
    commit = git.line(stack.root, "rev-parse", "HEAD")
    if commit and git.line(stack.root, "status", "--porcelain"):
        checks.append(CheckResult(name="git", result="not run", note="there are changes that are not committed"))
    findings = review(document, stack.settings, catalog, before, commit=commit, checks=checks)
    if catalog and not findings.refusals:
        findings = with_data(stack, catalog, before, findings, say)
        findings = with_costs(stack, catalog, before, findings, say)
    if wanted.findings:
        report_files.put(Path(wanted.findings), findings.model_dump_json(indent=1))
    if wanted.markdown == "-":
        print(comment.render(findings), end="")
    elif wanted.markdown:
        report_files.put(Path(wanted.markdown), comment.render(findings))
    say(f"{findings.verdict}: {' '.join(name for name in (wanted.markdown, wanted.findings) if name not in ('', '-'))}")
    return REFUSED if findings.verdict == "refused" else 0


def with_data(
    stack: Stack, catalog: Catalog, before: Catalog | None, findings: Findings, say: Callable[[str], None]
) -> Findings:
    """The findings with the rows that changed SQL shows before and after. Errors: ErosError, CloudError."""
    changed = [one.name for one in findings.changes if one.diff and one.op in ("create", "update", "replace")]
    if not changed:
        return findings
    if findings.live:
        check = CheckResult(name="data diff", result="not run", note="a preview of a real stack writes nothing")
        return findings.model_copy(update={"checks": (*findings.checks, check)})
    say("comparing what changed SQL shows before and after")
    client = bigquery_client(stack.settings.project, stack.settings.location)
    new = [one.name for one in findings.changes if one.op == "create"]
    place = placement(catalog, stack.settings)
    showing = Showing(stack.settings.review_examples, catalog, before)
    procedures = procedure_changes(client, place, catalog, before, set(changed) - set(new), showing)
    data = (*data_changes(client, place, catalog, changed, new, showing), *procedures)
    failing = [one.name for one in data if one.fails]
    compared = [one for one in data if not one.note]
    result: Result = "failed" if failing else "passed" if compared else "not run"
    note = f"cannot be read any more: {', '.join(failing)}" if failing else "" if compared else "nothing to compare"
    check = CheckResult(name="data diff", result=result, note=note[:4_000])
    page = fixed_page(client, place, catalog, changed)
    return findings.model_copy(update={"data": data, "checks": (*findings.checks, check, *([page] if page else ()))})


def with_costs(
    stack: Stack, catalog: Catalog, before: Catalog | None, findings: Findings, say: Callable[[str], None]
) -> Findings:
    """The findings of a real stack with costs by dry run; on a local one nothing would say how much there is."""
    if not findings.live:
        return findings
    say("asking for dry runs of what the schedules read")
    settings = stack.settings
    found = with_dry_runs(
        lambda: bigquery_client(settings.project, settings.location),
        placement(catalog, settings),
        catalog,
        before,
        findings,
    )
    if found.cost_note:
        say(f"note: cost is estimated where a dry run is missing: {found.cost_note}")
    return found


def _analyzed(root: Path, say: Callable[[str], None]) -> CheckResult:
    name = "GoogleSQL analyzer"
    if not analysis.is_installed():
        return CheckResult(name=name, result="not run", note="it is not installed here")
    try:
        analysis.analyze_changed(root, say)
    except CatalogErrors as errors:
        return CheckResult(name=name, result="failed", note=str(errors)[:4_000])
    return CheckResult(name=name, result="passed")


def catalog_before(root: Path, base: str) -> tuple[Catalog | None, CheckResult | None]:
    """The catalog before the change, or why it is not known.

    Errors: ErosError for a base that was named and is not there.
    """
    try:
        found = base_catalog(root, _merge_base(root, base or USUAL_BASE))
        why = "" if found else f"it has no {' and no '.join(TREES)}"
    except CatalogErrors as errors:
        found, why = None, f"its files are refused by the rules of now: {str(errors)[:2_000]}"
    except ErosError as error:
        if base:
            raise
        found, why = None, error.message
    note = f"{why}; {NOT_KNOWN}"
    return found, None if found else CheckResult(name=f"base ({base or USUAL_BASE})"[:300], result="not run", note=note)


def _merge_base(root: Path, base: str) -> str:
    if not git.line(root, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}"):
        raise ErosError(
            f"--base {base}: git has no such commit in {root}",
            fix=f"git fetch origin {base.removeprefix('origin/')}, or name a branch, tag or commit that is here",
        )
    found = git.line(root, "merge-base", "HEAD", base)
    if not found:
        raise ErosError(
            f"--base {base}: it has no commit in common with HEAD",
            fix="git fetch --unshallow, if this clone has only the newest commits; or name another base",
        )
    return found
