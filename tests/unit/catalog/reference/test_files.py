"""The pages as files: current in this repository, one an object, stale ones named with what renews them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalog import Catalog
from catalog.__main__ import main
from catalog.cost import assumed_sizes, estimate
from catalog.reference import render, stale, write
from catalog.reference.site import ACCESS, ALERTS, CHECKS, COST, INDEX, LINEAGE, ROOT, SCHEDULES
from tests.unit.catalog.conftest import Project

HOSTILE = 'Pipes | `ticks` *stars* <b> \\"quotes\\" [x](y)\\n| new | row |'
TABLE = """\
-- What a is for | with a bar.
CREATE TABLE `eros_scheduling_brain.a`
(
  x INT64 OPTIONS(description="{0}"),
  y STRING DEFAULT 'a|b' OPTIONS(description="Y.")
)
OPTIONS(description="{0}");
"""


@pytest.fixture(scope="module")
def pages(declared: Catalog, repository: Path) -> dict[Path, str]:
    return render(declared, repository)


def test_the_reference_of_this_repository_is_current(pages: dict[Path, str], repository: Path) -> None:
    assert stale(pages, repository) == [], "run python -m catalog reference"


def test_every_object_has_a_page_and_every_page_an_object(pages: dict[Path, str], declared: Catalog) -> None:
    objects = {path.stem for path in pages if path not in (ACCESS, ALERTS, INDEX, SCHEDULES, CHECKS, LINEAGE, COST)}
    assert objects == set(declared.objects)
    assert len(pages) == len(declared.objects) + 7


def test_the_index_lists_every_object_with_its_sentence(pages: dict[Path, str], declared: Catalog) -> None:
    for name, found in declared.objects.items():
        row = next(line for line in pages[INDEX].splitlines() if line.startswith(f"| [`{name}`]"))
        assert found.description.split()[0] in row
    assert all(f"](schedules.md#{name})" in pages[INDEX] for name in declared.schedules)


def test_every_check_is_listed(pages: dict[Path, str], repository: Path) -> None:
    names = sorted(path.stem for path in (repository / "sql/checks").glob("*.sql"))
    assert sorted(re.findall(r"^## (\w+)$", pages[CHECKS], re.MULTILINE)) == names


def test_every_link_of_every_page_leads_somewhere(pages: dict[Path, str], repository: Path) -> None:
    broken = []
    for page, text in pages.items():
        for target, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^)\s]*)\)", text)):
            file = Path(*_resolved(page.parent / target)) if target else page
            if file in pages:
                if anchor and anchor not in _anchors(pages[file]):
                    broken.append((page, target, anchor))
            elif not (repository / file).is_file():
                broken.append((page, target, anchor))
    assert broken == []


def _resolved(path: Path) -> list[str]:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return parts


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {heading.replace("`", "").lower().replace(" ", "-") for heading in headings}


def test_every_page_has_a_picture_of_its_surroundings(pages: dict[Path, str], declared: Catalog) -> None:
    assert pages
    for path, text in pages.items():
        if path.stem in declared.objects:
            assert text.count("```mermaid\nflowchart LR\n") == 1
            assert f"  style n_{path.stem} " in text


def test_who_writes_and_who_reads_stands_on_the_page(pages: dict[Path, str]) -> None:
    stats = pages[ROOT / "tables/caption_bandit_stats.md"]
    writers = stats[stats.index("## Written by") : stats.index("## Read by")]
    assert (
        "update_caption_performance_at.md) | MERGE (UPDATE, INSERT, DELETE) | [`update_caption_performance`]" in writers
    )
    assert "[`schedule_recommendations_messages`](../views/schedule_recommendations_messages.md)" in stats
    assert "Loaded from outside" in pages[ROOT / "tables/mass_messages.md"]
    assert "apply_reference_data_at.md) | MERGE (UPDATE, INSERT) |" in pages[ROOT / "tables/holiday_calendar.md"]
    declared = pages[ROOT / "views/declared_holidays.md"]
    assert "[`config/holidays.yaml`](../../../config/holidays.yaml)" in declared
    assert "What config/holidays.yaml declares, and made from it: edit that file." in declared
    sweep = pages[ROOT / "procedures/sweep_expired_caption_locks_at.md"]
    assert "| [`lock_sweep_log`](../tables/lock_sweep_log.md) | INSERT |" in sweep
    assert "- Schedules: [`sweep_expired_caption_locks`](../schedules.md#sweep_expired_caption_locks)" in sweep


def test_hostile_descriptions_stay_text(project: Project) -> None:
    project.write("sql/tables/a.sql", TABLE.format(HOSTILE))
    text = render(project.load(), project.root)[ROOT / "tables/a.md"]
    row = next(line for line in text.splitlines() if line.startswith("| `x`"))
    shown = r'Pipes \| \`ticks\` \*stars\* &lt;b&gt; "quotes" \[x\](y) \| new \| row \|'
    assert row == f"| `x` | `INT64` | NULLABLE |  | {shown} |"
    assert f"**{shown}**" in text
    assert r"| `y` | `STRING` | NULLABLE | `'a\|b'` | Y. |" in text
    assert "What a is for \\| with a bar." in text


def test_a_changed_column_is_stale_until_the_reference_is_renewed(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write("sql/tables/a.sql", TABLE.format("Text."))
    arguments = ["reference", str(project.root)]
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
    project.write("sql/tables/a.sql", TABLE.format("Text.").replace("y STRING", "z STRING"))
    capsys.readouterr()
    assert main([*arguments, "--check"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "docs/reference/tables/a.md: not current\n" in printed.err
    assert "fix: run python -m catalog reference" in printed.err
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0


def test_missing_pages_and_pages_of_nothing_are_named_and_mended(project: Project) -> None:
    project.write("sql/tables/a.sql", TABLE.format("Text."))
    pages = render(project.load(), project.root)
    assert stale(pages, project.root)[-1] == "docs/reference/tables/a.md: missing"
    assert write(pages, project.root) == len(pages)
    project.write("docs/reference/tables/gone.md", "# gone")
    assert stale(pages, project.root) == ["docs/reference/tables/gone.md: of nothing that is declared"]
    assert write(pages, project.root) == 1
    assert not (project.root / "docs/reference/tables/gone.md").exists()
    assert write(pages, project.root) == 0


def test_the_page_of_costs_has_every_schedule_and_says_what_eros_cost_says(
    declared: Catalog, pages: dict[Path, str]
) -> None:
    text = pages[COST]
    assert all(f"| `{name}` |" in text for name in declared.schedules)
    volume = declared.volumes.load
    total = sum(cost.bytes_a_month for cost in estimate(declared, assumed_sizes(declared, volume), volume.creators))
    (line,) = (line for line in text.splitlines() if line.startswith("| **TiB**"))
    assert line.split("|")[4].strip() == f"**{total / 2**40:.2f}**"
    (dollars,) = (line for line in text.splitlines() if line.startswith("| **$"))
    assert dollars.split("|")[4].strip() == "**0.00**", "inside the free TiB at 100 creators"
