"""What BigQuery deletes by itself, on a day that nobody declared: a table with an expiration time.

The provider does not take the time off when the program states none (`expiration_time` is optional and computed,
terraform-provider-google-beta, bigquery/resource_bigquery_table.go), so a statement has to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def expiry(live: Mapping[str, Any]) -> datetime | None:
    """When a live table, as getTable or the API returns it, is deleted with its rows; None for never.

    cloud.google.com/bigquery/docs/managing-tables#updating_a_tables_expiration_time.
    """
    milliseconds = int(live.get("expirationTime") or 0)
    return datetime.fromtimestamp(milliseconds // 1000, UTC) if milliseconds else None


def undying(kind: str, address: str) -> str:
    """The statement that takes the expiration time off a table or a view."""
    return f"ALTER {kind.replace('_', ' ').upper()} `{address}` SET OPTIONS (expiration_timestamp = NULL)"
