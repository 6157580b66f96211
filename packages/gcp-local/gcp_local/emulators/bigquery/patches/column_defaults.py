"""A column's default is kept but has no effect; one declared in DDL is not read back.

Fault: tables.insert, patch and update record `defaultValueExpression` and nothing more, so an INSERT that
leaves the column out gets NULL, or fails when the column is REQUIRED. In turn `DEFAULT` in CREATE TABLE works
but is missing from the table resource. A wrong expression is accepted.
Why it matters: created_at, status and id columns rely on their defaults.
Drop it when upstream applies and reports defaults.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.catalog import ddl, names, tables
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import query
from local_bigquery.sql.dialect import BigQueryDialect
from sqlglot import exp

EMPTY_ARRAYS = {"[]", "ARRAY[]"}  # what an array column holds anyway


def apply() -> None:
    """Carry the defaults of table resources into the engine, and those of DDL into the resource."""
    create, update, ddl_fields = tables.create, tables.update, ddl._fields

    def create_with_defaults(project_id: str, dataset_id: str, body: Any, translate: Any) -> Any:
        _check(project_id, tables.fields(body))
        created = create(project_id, dataset_id, body, translate)
        table_id = body.tableReference.tableId
        _set(project_id, dataset_id, table_id, {}, _defaults(tables.fields(body)))
        return created

    def update_with_defaults(project_id: str, dataset_id: str, table_id: str, body: Any, *args: Any) -> Any:
        before = tables.load(project_id, dataset_id, table_id)
        given = tables.fields(body)
        _check(project_id, given)
        updated = update(project_id, dataset_id, table_id, body, *args)
        if given and not before.view:
            _set(project_id, dataset_id, table_id, _defaults(tables.fields(before)), _defaults(given))
        return updated

    def fields_with_defaults(schema: exp.Expression, evaluate: Any) -> list[dict[str, Any]]:
        fields = {field["name"]: field for field in ddl_fields(schema, evaluate)}
        for column in schema.expressions if isinstance(schema, exp.Schema) else []:
            constraint = column.find(exp.DefaultColumnConstraint)
            if constraint is not None:
                field = fields.setdefault(column.name, {"name": column.name})
                field["defaultValueExpression"] = constraint.this.sql(dialect=BigQueryDialect)
        return list(fields.values())

    tables.create = create_with_defaults
    tables.update = update_with_defaults
    ddl._fields = fields_with_defaults


def _defaults(fields: list[Any]) -> dict[str, str]:
    return {f.name: f.defaultValueExpression for f in fields if f.defaultValueExpression}


def _check(project_id: str, fields: list[Any]) -> None:
    for name, expression in _defaults(fields).items():
        try:
            query.run_ddl(project_id, f"SELECT {expression}")
        except Exception as error:
            raise BigQueryError("invalid", f"Invalid default value expression for column {name}: {error}") from error


def _set(project_id: str, dataset_id: str, table_id: str, before: dict[str, str], after: dict[str, str]) -> None:
    label = names.label(project_id, dataset_id, table_id).replace(":", ".")
    for name, expression in after.items():
        if before.get(name) != expression and expression.strip() not in EMPTY_ARRAYS:
            query.run_ddl(project_id, f"ALTER TABLE `{label}` ALTER COLUMN `{name}` SET DEFAULT {expression}")
    for name in before.keys() - after.keys():
        query.run_ddl(project_id, f"ALTER TABLE `{label}` ALTER COLUMN `{name}` DROP DEFAULT")
