"""The runbook speaks of what is there: rules, reports, checks, schedules, procedures and anchors that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalog import load_cached
from operations import reports
from operations.byhand.called_jobs import UNDATED
from operations.verify import BUILT_IN, select

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
CATALOG = load_cached(ROOT)
RAISED_BY_JOBS = {kind for rule in CATALOG.alerts.values() for kind in rule.covers}


def named(pattern: str) -> set[str]:
    return set(re.findall(pattern, TEXT))


def test_the_signs_of_incidents_are_alert_rules_or_what_jobs_raise() -> None:
    signs = {
        name
        for line in re.findall(r"\*\*Sign\.\*\* (.+)", TEXT)
        for name in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", line)
    }
    assert len(signs) > 10
    assert signs <= {*CATALOG.alerts, *RAISED_BY_JOBS, *CATALOG.schedules}


def test_the_reports_schedules_and_checks_that_are_typed_exist() -> None:
    known = reports.known(CATALOG.views)
    for name in named(r"`eros report ([a-z]\w+)"):
        assert reports.find(known, name).name == name
    ran = {name for names in named(r"`eros run ([a-z_ ]+)") for name in names.split()}
    assert ran
    assert ran <= {*CATALOG.schedules, *UNDATED}
    for check in named(r"verify [^`\n]*--only (\w+)") - {"NAME"}:
        assert select(CATALOG.checks, (check,), tuple(BUILT_IN))


def test_nothing_is_done_by_a_statement_that_is_typed_by_hand() -> None:
    assert re.findall(r"\b(?:CALL|INSERT INTO|DELETE FROM|MERGE|TRUNCATE) +`?eros_scheduling_brain", TEXT) == []


PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", ".github/*.md", "docs/*.md", "docs/decisions/*.md", "sql/*.md", "packages/*/*.md")
    for path in ROOT.glob(pattern)
)


def test_there_are_guides_with_links() -> None:
    linked = [page for page in PAGES if "](" in (ROOT / page).read_text(encoding="utf-8")]
    assert len(linked) >= 20


@pytest.mark.parametrize("page", PAGES)
def test_links_of_the_guides_lead_somewhere(page: str) -> None:
    """Files that exist, and anchors that GitHub makes of their headings."""
    here = ROOT / page
    text = re.sub(r"```.*?```|`[^`\n]*`", "", here.read_text(encoding="utf-8"), flags=re.DOTALL)
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        file = (here.parent / path).resolve() if path else here
        if not file.exists():
            lost.append(target)
        elif anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            made = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            lost += [] if anchor in made else [target]
    assert lost == []
