"""Files that were clean are not held to the rules again, and what a change breaks in them is found all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog import CatalogErrors, load, loader
from catalog.lint.clean_files import Verdicts
from catalog.lint.declarations import Declarations
from plain_command.caches import Kept
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import DESCRIBED, OTHERS

T, INNER, ONCE = (f"`eros_scheduling_brain.{name}`" for name in ("t", "inner", "once"))


def view(name: str, query: str) -> str:
    return f"CREATE OR REPLACE VIEW `eros_scheduling_brain.{name}`\n{DESCRIBED} AS\n{query}"


def reads(times: int) -> str:
    return " UNION ALL ".join(f"SELECT t.k FROM {T} AS t" for _ in range(times))


FILES = OTHERS | {
    "sql/views/inner.sql": view("inner", reads(2)),
    "sql/views/outer.sql": view(
        "outer", " UNION ALL ".join(["SELECT i.k FROM `eros_scheduling_brain.inner` AS i"] * 2)
    ),
    "sql/views/bare.sql": view("bare", f"SELECT t.k FROM {T} AS t JOIN later ON later.k = t.k"),
    "sql/tables/days.sql": 'CREATE TABLE `eros_scheduling_brain.days` (k INT64 OPTIONS(description="K."), '
    f'day DATE OPTIONS(description="D.")) {DESCRIBED}',
    "sql/views/since.sql": view("since", f"SELECT t.k FROM {T} AS t\nWHERE t.day >= (SELECT MAX(u.k) FROM {T} AS u)"),
    "sql/functions/drawn.sql": "CREATE OR REPLACE FUNCTION `eros_scheduling_brain.drawn`()"
    f" {DESCRIBED} AS ({ONCE}(RAND()))",
    "sql/checks/v1_1_x.sql": "/* Proves. When it fails: mend. */ "
    f"SELECT CAST(i.k AS STRING) AS detail FROM {INNER} AS i JOIN {T} AS t ON t.k = i.k",
}
CHANGES: dict[str, tuple[str, str, set[tuple[str, str]]]] = {
    "a view that is read grows": (
        "sql/views/inner.sql",
        view("inner", reads(5)),
        {("sql/views/outer.sql", "plan-size"), ("sql/checks/v1_1_x.sql", "plan-size")},
    ),
    "a name becomes that of a table": (
        "sql/tables/later.sql",
        OTHERS["sql/tables/t.sql"].replace("brain.t`", "brain.later`"),
        {("sql/views/bare.sql", "unqualified-reference")},
    ),
    "a column becomes that of the partitions": (
        "sql/tables/days.sql",
        FILES["sql/tables/days.sql"].replace(f") {DESCRIBED}", f") PARTITION BY day {DESCRIBED}"),
        {("sql/views/since.sql", "partition-bound")},
    ),
    "a function uses its argument twice": (
        "sql/functions/once.sql",
        OTHERS["sql/functions/once.sql"].replace("AS (p_u)", "AS (p_u * p_u)"),
        {("sql/functions/drawn.sql", "rand-argument")},
    ),
    "the file itself": (
        "sql/functions/twice.sql",
        OTHERS["sql/functions/twice.sql"].replace(DESCRIBED, ""),
        {("sql/functions/twice.sql", "description")},
    ),
}  # fmt: skip


@pytest.fixture
def kept(project: Project) -> Kept:
    for path, text in FILES.items():
        project.write(path, text)
    project.write("config/schedules.yaml", "{}\n")
    return Kept(project.root / "kept", 1_000)


@pytest.fixture
def linted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files that were held to the rules."""
    found: list[str] = []

    def noting(lint: Any) -> Any:
        def noted(source: Any, *others: Any) -> Any:
            found.append(str(source.path))
            return lint(source, *others)

        return noted

    for name in ("lint_object", "lint_check"):
        monkeypatch.setattr(loader, name, noting(getattr(loader, name)))
    return found


def findings(root: Path, kept: Kept | None) -> set[tuple[str, str]]:
    try:
        load(root, Verdicts(kept))
    except CatalogErrors as errors:
        return {(str(one.location.path), one.rule) for one in errors.findings}
    return set()


def test_clean_files_are_held_to_the_rules_once(project: Project, kept: Kept, linted: list[str]) -> None:
    assert findings(project.root, kept) == set()
    assert set(linted) >= FILES.keys()
    linted.clear()
    assert findings(project.root, kept) == set()
    assert linted == []


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_change_breaks_in_any_file_is_found_each_time(
    project: Project, kept: Kept, linted: list[str], change: str
) -> None:
    path, text, broken = CHANGES[change]
    assert findings(project.root, kept) == set()
    project.write(path, text)
    assert findings(project.root, None) == broken
    assert [findings(project.root, kept) for _ in range(2)] == [broken, broken]
    if path in FILES:
        project.write(path, FILES[path])
        linted.clear()
        assert (findings(project.root, kept), linted) == (set(), [])


def test_an_edited_file_is_held_to_the_rules_with_those_that_are_judged_by_it(
    project: Project, kept: Kept, linted: list[str]
) -> None:
    findings(project.root, kept)
    linted.clear()
    project.write("sql/views/inner.sql", FILES["sql/views/inner.sql"] + " -- the same")
    assert findings(project.root, kept) == set()
    assert set(linted) == {"sql/views/inner.sql", "sql/views/outer.sql", "sql/checks/v1_1_x.sql"}


def test_what_is_damaged_is_as_if_it_had_never_been(project: Project, kept: Kept, linted: list[str]) -> None:
    findings(project.root, kept)
    for path in kept.folder.iterdir():
        path.write_text("[1")
    linted.clear()
    assert findings(project.root, kept) == set()
    assert set(linted) >= FILES.keys()


def test_a_rule_cannot_depend_on_all_objects_unseen(declared: Any) -> None:
    with pytest.raises(TypeError, match="add what it needs to Declarations"):
        list(Declarations(declared.objects))
