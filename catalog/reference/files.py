"""The pages as files below docs/reference: written, or held against what is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from catalog.catalog import Catalog
from catalog.reference.access_page import access_page
from catalog.reference.alert_page import alerts_page
from catalog.reference.cost_page import cost_page
from catalog.reference.index import checks_page, index_page, schedules_page
from catalog.reference.lineage import lineage_page
from catalog.reference.pages import object_page
from catalog.reference.site import ACCESS, ALERTS, CHECKS, COST, INDEX, LINEAGE, ROOT, SCHEDULES, Site


def render(catalog: Catalog, root: Path) -> dict[Path, str]:
    """Every page by its path below `root`. The same files give the same pages; nothing is asked of any cloud."""
    site = Site(catalog, root)
    pages = {site.page(name): object_page(site, name) for name in catalog.objects}
    return {
        INDEX: index_page(site),
        SCHEDULES: schedules_page(site),
        CHECKS: checks_page(site),
        COST: cost_page(site),
        ACCESS: access_page(site),
        ALERTS: alerts_page(site),
        LINEAGE: lineage_page(site),
        **pages,
    }


def stale(pages: Mapping[Path, str], root: Path) -> list[str]:
    """What is not current, a line each: pages that are missing, differ, or belong to nothing."""
    found = []
    for path, text in pages.items():
        file = root / path
        if not file.is_file():
            found.append(f"{path.as_posix()}: missing")
        elif file.read_bytes() != text.encode():
            found.append(f"{path.as_posix()}: not current")
    return sorted(found + [f"{path.as_posix()}: of nothing that is declared" for path in left_over(pages, root)])


def write(pages: Mapping[Path, str], root: Path) -> int:
    """Write what is not current and delete pages that belong to nothing; how many files that were."""
    changed = 0
    for path, text in pages.items():
        file = root / path
        if not file.is_file() or file.read_bytes() != text.encode():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
            changed += 1
    unwanted = left_over(pages, root)
    for path in unwanted:
        (root / path).unlink()
    return changed + len(unwanted)


def left_over(pages: Mapping[Path, str], root: Path) -> list[Path]:
    """Files below docs/reference that are no page."""
    there = (path.relative_to(root) for path in (root / ROOT).rglob("*") if path.is_file())
    return sorted(path for path in there if path not in pages)
