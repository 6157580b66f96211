"""NORMALIZE and NORMALIZE_AND_CASEFOLD are slow: Python is called once for each row.

Fault: the engine converts and calls per value, about 0.1 ms each, so 45,000 texts take 10 s.
Here a call gets a batch of rows; the results are the same.
Why it matters: whoever compares texts normalizes every row of a table.
Drop it when upstream registers the function for batches.
"""

from __future__ import annotations

import duckdb
import pyarrow  # type: ignore[import-untyped]
from duckdb import sqltypes
from duckdb.func import PythonUDFType
from local_bigquery.sql import native

NAME = "_normalize"
TEXT, TRUTH = sqltypes.VARCHAR, sqltypes.BOOLEAN


def apply() -> None:
    """Register the function for batches where upstream registers it for single values."""
    register = native.register

    def register_with_batches(connection: duckdb.DuckDBPyConnection) -> None:
        register(connection)
        connection.remove_function(NAME)
        connection.create_function(NAME, normalize, [TEXT, TEXT, TRUTH], TEXT, type=PythonUDFType.ARROW)

    native.register = register_with_batches


def normalize(texts: pyarrow.ChunkedArray, forms: pyarrow.ChunkedArray, folds: pyarrow.ChunkedArray) -> pyarrow.Array:
    """Upstream's function on each row of a batch; the engine itself answers NULL for NULL."""
    rows = zip(texts.to_pylist(), forms.to_pylist(), folds.to_pylist(), strict=True)
    return pyarrow.array([native.normalize(*row) for row in rows], pyarrow.string())
