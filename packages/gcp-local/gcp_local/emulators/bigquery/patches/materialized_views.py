"""tables.insert makes no materialized view.

Fault: a body with `materializedView` is recorded as an empty table; reading it fails.
Why it matters: the gcp plugin and our provider make materialized views by REST, not by DDL.
Here a view stands behind it: always fresh, as BigQuery's answer is too (it adds what came after the last refresh).
Drop it when upstream defines materialized views by REST.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.catalog import datasets, metadata, names, tables
from local_bigquery.engine import database
from local_bigquery.errors import already_exists
from local_bigquery.models import MaterializedViewDefinition

REFRESH_MS = "1800000"


def apply() -> None:
    """Define the query as a view and record what BigQuery fills in."""
    create = tables.create

    def create_materialized(project_id: str, dataset_id: str, body: Any, translate: Any) -> Any:
        if not body.materializedView:
            return create(project_id, dataset_id, body, translate)
        reference = (project_id, dataset_id, body.tableReference.tableId)
        names.table(reference[-1])
        datasets.get(project_id, dataset_id)
        if tables.exists(*reference):
            raise already_exists("Table", names.label(*reference))
        query = translate(project_id, dataset_id, body.materializedView.query)
        database.execute(f"CREATE VIEW {tables.name(*reference)} AS {query}")
        filled = MaterializedViewDefinition(
            enableRefresh=True, refreshIntervalMs=REFRESH_MS, lastRefreshTime=metadata.now()
        ).merged(body.materializedView)
        resource = tables.defaults(*reference).merged(body.replace(type="MATERIALIZED_VIEW", materializedView=filled))
        tables.record(*reference, resource)
        return tables.get(*reference)

    tables.create = create_materialized
