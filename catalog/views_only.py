"""The label of a dataset that holds nothing but views: no row is lost with it.

BigQuery deletes no dataset that holds something else (delete_contents_on_destroy is false), so it needs no protection,
and goes when a release is deployed again that had none.
"""

from __future__ import annotations

from collections.abc import Mapping

VIEWS_ONLY = ("component", "reports")


def holds_views_only(labels: Mapping[str, object] | None) -> bool:
    """Whether these are the labels of such a dataset."""
    key, value = VIEWS_ONLY
    return (labels or {}).get(key) == value
