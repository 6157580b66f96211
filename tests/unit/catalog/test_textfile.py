"""Whatever stands under the name of a file that is read is text or one finding."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog import CatalogErrors, load
from tests.unit.catalog.conftest import Project

VIEW = Path("sql/views/x.sql")
HOLIDAYS = Path("config/holidays.yaml")


@pytest.mark.parametrize("path", [VIEW, HOLIDAYS])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.mkdir(), "no regular file"),
        (lambda path: os.mkfifo(path), "no regular file"),
        (lambda path: path.symlink_to("nowhere"), "points nowhere"),
        (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links"),
        (lambda path: path.write_bytes(b"caf\xe9"), "not UTF-8 text"),
        (lambda path: path.write_bytes("a: b".encode("utf-16")), "not UTF-8 text"),
        (lambda path: path.write_text("\ufeffa: b", encoding="utf-8"), "byte-order mark"),
    ],
    ids=["folder", "pipe", "dangling link", "looping link", "latin-1", "utf-16", "byte-order mark"],
)
def test_what_is_no_text_is_one_finding_with_its_file_and_a_fix(
    tmp_path: Path, path: Any, make: Callable[..., Any], message: str
) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    make(tmp_path / path)
    with pytest.raises(CatalogErrors, match=message) as refusal:
        load(tmp_path)
    assert [str(found.location.path) for found in refusal.value.findings] == [str(path)]
    assert refusal.value.findings[0].fix


def test_an_editors_hidden_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / VIEW).parent.mkdir(parents=True)
    (tmp_path / "sql/views/.#x.sql").symlink_to("somebody@machine.1")
    load(tmp_path)


def test_a_file_of_sql_under_another_ending_is_not_left_out_in_silence(tmp_path: Path) -> None:
    (tmp_path / "sql/tables").mkdir(parents=True)
    (tmp_path / "sql/tables/x.SQL").write_text("CREATE TABLE")
    with pytest.raises(CatalogErrors, match=r"x\.SQL is not read: a file of SQL ends in \.sql"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a, b]: 1", "an entry without a name"),
        ("{a: 1}: 1", "an entry without a name"),
        ('"": {enabled: true, description: x}', "an entry without a name"),
        ('"a\\0b": {enabled: true, description: x}', "U[+]0000"),
        ('"a\\ud800b": {enabled: true, description: x}', "U[+]D800"),
        ('a: {enabled: true, description: "x\\ny"}', "U[+]000A"),
        (f"? {'a' * 2000}\n: {{enabled: true, description: x}}", "2,000 characters"),
        ("\x01", "a character that YAML does not allow: U\\+0001"),
        ("a: 1\n---\nb: 2", "found another document"),
        ("a: &a [*a]", "no mapping"),
        ("[" * 3000, "nested too deeply"),
    ],
)
def test_malformed_configuration_is_one_finding(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/flags.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogErrors, match=message) as refusal:
        load(tmp_path)
    assert len(refusal.value.findings) == 1


@pytest.mark.parametrize("literal", [r'"\U00110000"', r'"\ud800"', r'"\x1"', r'"\N{no such name}"'])
def test_a_string_that_google_cannot_carry_is_a_finding_at_its_line(project: Project, literal: str) -> None:
    project.write(
        "sql/views/x.sql",
        f"CREATE OR REPLACE VIEW `eros_scheduling_brain.x`\nOPTIONS(description={literal}) AS SELECT 1 AS a",
    )
    assert project.places() == [("sql/views/x.sql", 2, "syntax")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("sql/procedures/x.sql", f"() OPTIONS(description='x') BEGIN {'BEGIN ' * 3000}SELECT 1; {'END; ' * 3000}END"),
        ("sql/tables/x.sql", f"(a {'STRUCT<a ' * 3000}INT64{'>' * 3000})"),
    ],
)
def test_what_is_nested_beyond_reading_is_one_finding(project: Project, path: str, text: str) -> None:
    kind = "OR REPLACE PROCEDURE" if "procedures" in path else "TABLE"
    project.write(path, f"CREATE {kind} `eros_scheduling_brain.x` {text}")
    assert project.places() == [(path, 1, "nesting")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(a STRING COLLATE 'und:ci')", "COLLATE is valid in BigQuery but is not carried here"),
        ("(a STRING) DEFAULT COLLATE 'und:ci'", "DEFAULT COLLATE is valid in BigQuery but is not carried here"),
        ("(a INT64) PARTITION BY _PARTITIONDATE", "ingestion time is valid in BigQuery but is not carried here"),
    ],
)
def test_a_valid_clause_that_is_not_carried_says_so(project: Project, text: str, message: str) -> None:
    project.write("sql/tables/x.sql", f"CREATE TABLE `eros_scheduling_brain.x` {text}")
    with pytest.raises(CatalogErrors, match=message):
        project.load()
