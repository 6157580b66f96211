"""What is true of every BigQuery table, for the two that play a part of it here: the provider and the emulator.

Only what both say. That the provider takes RECORD and STRUCT for different types, or that the API narrows no
parameters, is the affair of the one that does so.
"""

from __future__ import annotations

from typing import Any, Final

# https://cloud.google.com/bigquery/docs/creating-clustered-tables#limitations; the provider refuses more, too
# (terraform-provider-google-beta, resource_bigquery_table.go, schema of `clustering`: MaxItems 4).
MAX_CLUSTERING: Final = 4
# Spellings of one type to the provider as well (bigQueryTableTypeEq, :313), and those of the API alone.
SPELLINGS: Final = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}
API_SPELLINGS: Final = {**SPELLINGS, "STRUCT": "RECORD", "DECIMAL": "NUMERIC", "BIGDECIMAL": "BIGNUMERIC"}
NULLABLE: Final = "NULLABLE"
REQUIRED: Final = "REQUIRED"


def mode_of(mode: Any) -> str:
    """The mode of a column; unsaid it is NULLABLE."""
    return str(mode).upper() if mode else NULLABLE


def keeps_rows(old: Any, new: Any) -> bool:
    """Whether a column with rows can take this mode: it stays, or is relaxed from REQUIRED to NULLABLE.

    https://cloud.google.com/bigquery/docs/managing-table-schemas#change_a_columns_mode
    """
    modes = mode_of(old), mode_of(new)
    return modes[0] == modes[1] or modes == (REQUIRED, NULLABLE)


def can_be_added(mode: Any) -> bool:
    """Whether a table with rows can get a column of this mode: none is there to fill a REQUIRED one with.

    https://cloud.google.com/bigquery/docs/managing-table-schemas#add_an_empty_column
    """
    return mode_of(mode) != REQUIRED
