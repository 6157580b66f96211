"""Three rules of datasets are not kept.

Fault: a dataset's location can be changed; a dataset that holds routines only counts as empty and is deleted
with them; a label set to null in a PATCH stays as a null when the dataset had no labels.
Why it matters: the first two lose what BigQuery protects, the third is read back as a label.
Drop it when upstream refuses the first two and drops the null.
"""

from __future__ import annotations

from typing import Any

from local_bigquery import resource
from local_bigquery.catalog import datasets, routines
from local_bigquery.errors import BigQueryError


def apply() -> None:
    """Check before upstream changes or deletes."""
    update, check_empty, merge = datasets.update, datasets.check_empty, resource.merge

    def checked_update(project_id: str, dataset_id: str, body: Any, *args: Any, **kwargs: Any) -> Any:
        current = datasets.get(project_id, dataset_id)
        if body.location and body.location.casefold() != current.location.casefold():
            raise BigQueryError(
                "invalid",
                f"Cannot change the location of dataset {project_id}:{dataset_id} "
                f"from {current.location} to {body.location}",
            )
        return update(project_id, dataset_id, body, *args, **kwargs)

    def checked_empty(project_id: str, dataset_id: str) -> None:
        check_empty(project_id, dataset_id)
        if routines.list_(project_id, dataset_id):
            raise BigQueryError("resourceInUse", f"Dataset {project_id}:{dataset_id} is still in use")

    def merge_without_nulls(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
        whole: dict[str, Any] = {
            k: {} for k, v in patch.items() if isinstance(v, dict) and not isinstance(target.get(k), dict)
        }
        merged: dict[str, Any] = merge(target | whole, patch)
        return merged

    datasets.update = checked_update
    datasets.check_empty = checked_empty
    resource.merge = merge_without_nulls
