"""`python -m catalog VERB [ROOT]`: checks sql/ and config/, documents them, and shows how large their plans get."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from catalog import Catalog, CatalogErrors, analysis, load_cached, personal_columns, plan_report, reference
from plain_command import streams

RENEW = "python -m catalog reference"


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 when everything below the root is sound (and, with --check, documented as it is), else 1."""
    options = _parser().parse_args(arguments)
    root = options.root.resolve()
    try:
        catalog = load_cached(root)
    except CatalogErrors as errors:
        print(errors, file=sys.stderr)
        return 1
    if options.verb == "analyze":
        return _analyze(root)
    if options.verb == "plan":
        return _show_plan(catalog, options.of, chains=options.chains)
    if findings := [*reference.undescribed(catalog), *personal_columns.undeclared(catalog)]:
        print(CatalogErrors(findings), file=sys.stderr)
        return 1
    if options.verb == "check":
        print(_summary(catalog))
        return 0
    return _check_reference(catalog, root) if options.check else _write_reference(catalog, root)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m catalog", description="Check or document sql/ and config/.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("check", help="read everything and report what is wrong")
    analyze = verbs.add_parser("analyze", help="have every statement type-checked by Google's SQL analyzer")
    document = verbs.add_parser("reference", help="write docs/reference from what is declared")
    document.add_argument("--check", action="store_true", help="write nothing; fail when a page is not current")
    plan = verbs.add_parser("plan", help="count how often each statement reads each table, everything expanded")
    plan.add_argument("--of", metavar="NAME", default="", help="a schedule or object; without it every schedule")
    plan.add_argument("--chains", action="store_true", help="show by which names each reading comes about")
    for verb in (check, analyze, document, plan):
        verb.add_argument("root", nargs="?", type=Path, default=Path.cwd(), help="the project's folder")
    return parser


def _analyze(root: Path) -> int:
    try:
        analyzed = analysis.analyze(root)
    except CatalogErrors as errors:
        print(errors, file=sys.stderr)
        return 1
    if analyzed is None:
        print("no SQL analyzer is installed\n  fix: make up", file=sys.stderr)
        return 2
    print(f"analyzer: {analyzed.statements} statements in {analyzed.files} files: all sound")
    return 0


def _summary(catalog: Catalog) -> str:
    counts = {
        "tables": catalog.tables,
        "views": catalog.views,
        "materialized views": catalog.materialized_views,
        "routines": catalog.routines,
        "schedules": catalog.schedules,
    }
    return "catalog: " + ", ".join(f"{len(items)} {name}" for name, items in counts.items()) + ": all sound"


def _show_plan(catalog: Catalog, of: str, *, chains: bool) -> int:
    if of and of not in catalog.schedules and of not in catalog.objects:
        print(f"{of} is no schedule and no object of sql/\n  fix: name one of them", file=sys.stderr)
        return 1
    print("\n".join(plan_report.lines(catalog, of, chains=chains)))
    return 0


def _write_reference(catalog: Catalog, root: Path) -> int:
    pages = reference.render(catalog, root)
    print(f"reference: {len(pages)} pages, {reference.write(pages, root)} files changed")
    return 0


def _check_reference(catalog: Catalog, root: Path) -> int:
    pages = reference.render(catalog, root)
    found = reference.stale(pages, root)
    if not found:
        print(f"reference: {len(pages)} pages: all current")
        return 0
    print("\n".join([f"reference: {len(found)} pages are not what sql/ and config/ say:", *found]), file=sys.stderr)
    print(f"  fix: run {RENEW} and commit docs/reference", file=sys.stderr)
    return 1


if __name__ == "__main__":
    streams.run(main)
