"""What a statement may do to the declared objects, through everything that it calls and reads.

An account is granted just this (`catalog.accounts`). It follows BigQuery: a view or function reads with the rights of
who uses it, a procedure runs with those of its caller (cloud.google.com/bigquery/docs/routines, .../views).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.catalog import Catalog
from catalog.references import LogicalSql
from catalog.usage import usage_of_statement


@dataclass(frozen=True, slots=True)
class Rights:
    """Names of declared objects: tables and views to read, tables to change, routines to call."""

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()

    def __or__(self, other: Rights) -> Rights:
        return Rights(self.reads | other.reads, self.writes | other.writes, self.calls | other.calls)


def rights_of(catalog: Catalog, sql: LogicalSql) -> Rights:
    """All that a statement needs, a table that it writes counted as read only where it also reads it."""
    usage = usage_of_statement(sql)
    return through(catalog, Rights(usage.reads, frozenset(usage.writes), usage.calls))


def through(catalog: Catalog, direct: Rights) -> Rights:
    """What is named, and all that it leads to."""
    named = set[str]()
    writes = set(direct.writes)
    waiting = list(direct.reads | direct.calls)
    while waiting:
        name = waiting.pop()
        if name in named or name not in catalog.objects:
            continue
        named.add(name)
        inner = catalog.usage(name)
        writes |= inner.writes.keys()
        waiting += inner.reads | inner.calls
    calls = frozenset(named & catalog.routines.keys())
    return Rights(frozenset(named) - calls, frozenset(writes), calls)


def united(parts: Iterable[Rights]) -> Rights:
    """All of them together."""
    whole = Rights()
    for part in parts:
        whole |= part
    return whole
