"""Every access list of a dataset is taken.

Fault: a list without an owner is stored, and predefined roles stay as they were sent.
Why it matters: BigQuery answers 400 "Cannot remove all owners" (as in github.com/confluentinc/
confluent-hybrid-cloud-workshop/issues/40), so a list that takes everybody out would pass here and fail there; and it
shows OWNER, WRITER and READER in place of the roles that these mean, which is what clients compare with.
Drop it when upstream refuses such a list and answers the short words.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.catalog import datasets
from local_bigquery.errors import BigQueryError

SHORT = {
    "roles/bigquery.dataOwner": "OWNER",
    "roles/bigquery.dataEditor": "WRITER",
    "roles/bigquery.dataViewer": "READER",
}


def apply() -> None:
    """Look at the list before a dataset is stored."""
    update, create = datasets.update, datasets.create

    def checked_update(project_id: str, dataset_id: str, body: Any, *args: Any, **kwargs: Any) -> Any:
        _check(body)
        return update(project_id, dataset_id, body, *args, **kwargs)

    def checked_create(project_id: str, body: Any, *args: Any, **kwargs: Any) -> Any:
        _check(body)
        return create(project_id, body, *args, **kwargs)

    datasets.update = checked_update
    datasets.create = checked_create


def _check(body: Any) -> None:
    if body.access is None:
        return
    for entry in body.access:
        entry.role = SHORT.get(entry.role, entry.role)
    if not any(entry.role == "OWNER" for entry in body.access):
        raise BigQueryError("invalid", "Cannot remove all owners")
