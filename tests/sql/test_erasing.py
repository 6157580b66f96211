"""`eros erase` on every declared table: what it takes out, what it leaves alone, and when it says that it is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.erasing.subject import Subject
from tests.sql.erasures import Platform, alike, without_page, world
from tests.sql.warehouse import Warehouse


@pytest.fixture
def platform(warehouse: Warehouse, tmp_path: Path) -> Platform:
    return Platform(warehouse, tmp_path)


def test_a_page_is_taken_out_of_every_table_and_nothing_else_changes(platform: Platform) -> None:
    before = world(platform.warehouse.catalog)
    platform.fill(before)
    subject = Subject.of("Alice", "")
    report = platform.erasing().run(subject, yes=True)
    assert report.is_done
    for name, rows in before.items():
        assert alike(platform.rows(name)) == alike(without_page(rows, name, subject.pseudonym)), name
