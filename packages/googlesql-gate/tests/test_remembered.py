"""What was clean is not analyzed again, unless something that it mentions is another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from googlesql_gate import remembered
from googlesql_gate.analyzer import Analyzer
from googlesql_gate.checker import check
from googlesql_gate.report import Report
from googlesql_gate.statements import ScriptChecker
from googlesql_gate.wasm import Service

TABLE = "CREATE TABLE `d.t` (a INT64, b STRING);"
FILES = {
    "tables/t": TABLE,
    "views/v": "CREATE VIEW `d.v` AS SELECT t.a AS a FROM `d.t` AS t;",
    "views/w": "CREATE VIEW `d.w` AS SELECT v.a + 1 AS a FROM `d.v` AS v;",
    "functions/inner": "CREATE FUNCTION `d.inner`(x INT64) RETURNS INT64 AS (x);",
    "functions/same": "CREATE FUNCTION `d.same`(x ANY TYPE) AS (`d.inner`(x));",
    "procedures/p": "CREATE PROCEDURE `d.p`() BEGIN\n  SELECT `d.same`(1) + 1 AS n;\nEND;",
}
CHANGES = {
    "text": ("views/w", FILES["views/w"] + " -- x", {"w"}),
    "unmentioned column": ("tables/t", "CREATE TABLE `d.t` (a INT64, c STRING);", {"t", "v"}),
    "type that goes on": ("tables/t", "CREATE TABLE `d.t` (a FLOAT64);", {"t", "v", "w"}),
    "other text, same columns": ("views/v", "CREATE VIEW `d.v` AS SELECT 2 * t.a AS a FROM `d.t` AS t;", {"v"}),
    "what a body of any type calls": (
        "functions/inner",
        FILES["functions/inner"].replace("64 AS (x)", "64 AS (2 * x)"),
        {"inner"},
    ),
    "its type": (
        "functions/inner",
        "CREATE FUNCTION `d.inner`(x INT64) RETURNS FLOAT64 AS (x);",
        {"inner", "same", "p"},
    ),
}


@pytest.fixture
def checked(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Report, set[str]]]:
    """Checks FILES with these instead; the report, and the files that were analyzed."""
    Analyzer(service)  # from the cache of this machine
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    seen: list[str] = []
    analyze = ScriptChecker.check

    def noted(checker: ScriptChecker) -> None:
        seen.append(checker._source.path.stem)
        analyze(checker)

    monkeypatch.setattr(ScriptChecker, "check", noted)

    def checked(**files: str | None) -> tuple[Report, set[str]]:
        seen.clear()
        for name, text in (FILES | files).items():
            path = tmp_path / "sql" / f"{name}.sql"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            if text is not None:
                path.write_text(text)
        return check(tmp_path, Analyzer(service)), set(seen)

    return checked


def test_a_clean_tree_is_analyzed_once(checked: Callable[..., tuple[Report, set[str]]]) -> None:
    first, analyzed = checked()
    assert analyzed == {"t", "v", "w", "inner", "same", "p"}
    assert (first.findings, first.statements) == ((), 7)
    assert checked() == (first, set())


@pytest.mark.parametrize("change", CHANGES)
def test_what_mentions_a_change_is_analyzed_again_and_nothing_else(
    checked: Callable[..., tuple[Report, set[str]]], change: str
) -> None:
    name, text, expected = CHANGES[change]
    checked()
    report, analyzed = checked(**{name: text})
    assert analyzed == expected
    assert report.findings == ()
    assert checked()[1] == set()  # as it was before


@pytest.mark.parametrize(
    ("name", "text", "at"),
    [
        ("tables/t", "CREATE TABLE `d.t` (b STRING);", "views/v"),
        ("tables/t", None, "views/v"),
        ("functions/inner", "CREATE FUNCTION `d.inner`(x INT64) RETURNS STRING AS ('x');", "procedures/p"),
    ],
)
def test_what_a_change_breaks_elsewhere_is_found_each_time(
    checked: Callable[..., tuple[Report, set[str]]], name: str, text: str | None, at: str
) -> None:
    checked()
    for _ in range(2):
        report, _ = checked(**{name: text})
        assert str(report.findings[0].path) == f"sql/{at}.sql"


def test_what_is_damaged_or_cannot_be_kept_is_as_if_it_had_never_been(
    checked: Callable[..., tuple[Report, set[str]]], tmp_path: Path
) -> None:
    first, everything = checked()
    kept = tmp_path / "cache" / "googlesql-gate" / "remembered"
    for path in kept.iterdir():
        path.write_bytes(path.read_bytes()[:-2])
    assert checked() == (first, everything)
    for path in kept.iterdir():
        path.unlink()
    kept.rmdir()
    kept.write_text("a file where the folder should be")
    assert checked() == (first, everything)


def test_those_used_last_are_kept(
    checked: Callable[..., tuple[Report, set[str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked()
    monkeypatch.setattr(remembered, "KEPT", 12)
    checked(**{"views/w": FILES["views/w"] + " -- x"})
    kept = tmp_path / "cache" / "googlesql-gate" / "remembered"
    assert len(list(kept.iterdir())) == 12
    assert checked(**{"views/w": FILES["views/w"] + " -- x"})[1] == set()
