"""NORMALIZE, NORMALIZE_AND_CASEFOLD and FARM_FINGERPRINT are slow: Python is called once for each row.

Fault: the engine converts and calls per value, about 0.1 ms each, so 45,000 texts take 10 s; the fingerprint is
computed in Python too, 0.15 ms for 600 bytes.
Here a call gets a batch of rows, and fingerprints are FarmHash's own; the results are the same.
Why it matters: whoever compares texts normalizes every row of a table, and whoever proves a copy fingerprints it.
Drop it when upstream registers the functions for batches.
"""

from __future__ import annotations

import duckdb
import farmhash  # type: ignore[import-untyped]
import pyarrow  # type: ignore[import-untyped]
from duckdb import sqltypes
from duckdb.func import PythonUDFType
from local_bigquery.sql import native

NORMALIZE, FINGERPRINT = "_normalize", "_farm_fingerprint"
TEXT, TRUTH, BYTES, INTEGER = sqltypes.VARCHAR, sqltypes.BOOLEAN, sqltypes.BLOB, sqltypes.BIGINT


def apply() -> None:
    """Register the functions for batches where upstream registers them for single values."""
    register = native.register

    def register_with_batches(connection: duckdb.DuckDBPyConnection) -> None:
        register(connection)
        for name in (NORMALIZE, FINGERPRINT):
            connection.remove_function(name)
        connection.create_function(NORMALIZE, normalize, [TEXT, TEXT, TRUTH], TEXT, type=PythonUDFType.ARROW)
        connection.create_function(FINGERPRINT, fingerprint, [BYTES], INTEGER, type=PythonUDFType.ARROW)

    native.register = register_with_batches


def normalize(texts: pyarrow.ChunkedArray, forms: pyarrow.ChunkedArray, folds: pyarrow.ChunkedArray) -> pyarrow.Array:
    """Upstream's function on each row of a batch; the engine itself answers NULL for NULL."""
    rows = zip(texts.to_pylist(), forms.to_pylist(), folds.to_pylist(), strict=True)
    return pyarrow.array([native.normalize(*row) for row in rows], pyarrow.string())


def fingerprint(data: pyarrow.ChunkedArray) -> pyarrow.Array:
    """FarmHash's Fingerprint64 of each row of a batch, as a signed number; NULL as above."""
    unsigned = pyarrow.array([farmhash.fingerprint64(row) for row in data.to_pylist()], pyarrow.uint64())
    return unsigned.view(pyarrow.int64())
