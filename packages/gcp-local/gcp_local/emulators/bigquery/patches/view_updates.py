"""Updating a view by REST changes its text but not the view.

Fault: tables.patch and tables.update record the new query; reading the view still runs the old one. A schema
in the body (column descriptions) is taken for a change of columns and refused.
Why it matters: a changed view would be deployed without effect.
Drop it when upstream redefines the view.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.catalog import metadata, tables
from local_bigquery.engine import database
from local_bigquery.jobs import query
from local_bigquery.models import Table


def apply() -> None:
    """Redefine a view whose query changed; keep its column descriptions apart from its columns."""
    update = tables.update

    def update_view(project_id: str, dataset_id: str, table_id: str, body: Any, *args: Any) -> Any:
        reference = (project_id, dataset_id, table_id)
        current = tables.load(*reference)
        if not current.view:
            return update(*reference, body, *args)
        metadata.check_etag(current, args[0])
        text = body.view.query if body.view else None
        if text and text != current.view.query:
            translated = query.translate_view(project_id, dataset_id, text)
            database.execute(f"CREATE OR REPLACE VIEW {tables.name(*reference)} AS {translated}")
        updated = update(*reference, _without_schema(body), *args)
        if not body.schema_:
            return updated
        tables.record(*reference, metadata.load(Table, *reference).replace(schema=body.schema_.dump()))
        return tables.get(*reference)

    tables.update = update_view


def _without_schema(body: Any) -> Any:
    return Table.model_validate({key: value for key, value in body.given().items() if key != "schema"})
