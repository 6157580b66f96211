"""Functions that get batches answer what upstream answers row by row, in a few calls."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from local_bigquery.sql import native

from gcp_local.emulators.bigquery.patches import batched_functions

TEXTS = ["Café", "STRASSE ß", "½ ①", "𝐅𝐑𝐄𝐄", "", "ﬁ", None]
QUERY = """
SELECT _normalize(text, form, fold)
FROM unnest(?) AS t(text), (VALUES ('NFKC', TRUE), ('nfd', FALSE)) AS f(form, fold)
"""


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with upstream's functions and the patch."""
    monkeypatch.setattr(native, "register", native.register)
    batched_functions.apply()
    with duckdb.connect() as connection:
        native.register(connection)
        yield connection


def test_batches_give_what_single_rows_give(patched: duckdb.DuckDBPyConnection) -> None:
    expected = {None} | {
        native.normalize(text, form, fold)
        for text in TEXTS
        if text is not None
        for form, fold in (("NFKC", True), ("nfd", False))
    }
    found = patched.execute(QUERY, [TEXTS]).fetchall()
    assert len(found) == 2 * len(TEXTS)
    assert {value for (value,) in found} == expected


def test_many_rows_take_few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    normalize = batched_functions.normalize

    def counted(texts: Any, forms: Any, folds: Any) -> Any:
        calls.append(1)
        return normalize(texts, forms, folds)

    monkeypatch.setattr(batched_functions, "normalize", counted)
    monkeypatch.setattr(native, "register", native.register)
    batched_functions.apply()
    with duckdb.connect() as connection:
        native.register(connection)
        query = "SELECT count(DISTINCT _normalize('Text ' || i, 'NFKC', TRUE)) FROM range(20000) AS r(i)"
        assert connection.execute(query).fetchone() == (20000,)
    assert len(calls) < 100


def test_fingerprints_are_those_of_the_documentation_and_of_upstream_at_every_length(
    patched: duckdb.DuckDBPyConnection,
) -> None:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/hash_functions#farm_fingerprint."""
    documented = {
        b"1footrue": -1541654101129638711,
        b"2applefalse": 2794438866806483259,
        b"3true": -4880158226897771312,
    }
    drawn = random.Random(5)
    data = [*documented, *(drawn.randbytes(length) for length in (*range(200), 1000)), None]
    found = patched.execute("SELECT _farm_fingerprint(data) FROM unnest(?) AS t(data)", [data]).fetchall()
    expected = [*documented.values(), *map(native.farm_fingerprint, filter(lambda one: one is not None, data[3:]))]
    assert [value for (value,) in found] == [*expected, None]
