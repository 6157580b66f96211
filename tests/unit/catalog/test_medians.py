"""Medians over all messages: a window without partitions goes through one worker of BigQuery, with all its columns."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from catalog import Catalog
from catalog.lint.declarations import Declarations
from catalog.lint.rule import Code
from catalog.model import Routine, View


def medians(catalog: Catalog) -> Iterator[tuple[str, bool, set[str]]]:
    """Of each exact median: where it stands, whether its window has partitions, and the columns that go through it."""
    for name, declared in catalog.objects.items():
        if not isinstance(declared, Routine | View):
            continue
        trees = (
            tree for part in Code(declared.sql, declared, Declarations(catalog.objects)).parsed for tree in part.trees
        )
        for window in (window for tree in trees for window in tree.find_all(exp.Window)):
            if isinstance(window.this, exp.PercentileCont):
                select = window.find_ancestor(exp.Select)
                assert select is not None
                columns = {column.name for column in select.find_all(exp.Column)}
                yield name, bool(window.args.get("partition_by")), columns


def test_a_median_without_partitions_carries_the_value_alone(declared: Catalog) -> None:
    whole = [(name, columns) for name, partitioned, columns in medians(declared) if not partitioned]
    assert whole == [("update_caption_performance_at", {"rpr"})]


def test_the_feedbacks_median_of_a_page_carries_the_page_and_the_value(declared: Catalog) -> None:
    of_pages = [
        columns
        for name, partitioned, columns in medians(declared)
        if name == "update_caption_performance_at" and partitioned
    ]
    assert of_pages == [{"page_name", "rpr"}]
