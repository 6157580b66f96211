"""What the tests of reference data share: other declared content, and what the tables and runs say."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

from catalog.reference_data import FLAGS
from tests.sql.daily_runs import DATASET
from tests.sql.messages import Row
from tests.sql.warehouse import Warehouse

DECLARED = "('caption_restrictions_enabled', TRUE),\n    ('auto_export', TRUE)"


@contextlib.contextmanager
def declaring(warehouse: Warehouse, flags: str) -> Iterator[None]:
    """As if config/flags.yaml held these flags and had been deployed."""
    view = warehouse.catalog.views[FLAGS].sql.source.text
    assert DECLARED in view
    warehouse.deploy(FLAGS)
    warehouse.rows(view.replace(DECLARED, flags))
    try:
        yield
    finally:
        warehouse.rows(view)


def applications(warehouse: Warehouse) -> list[Row]:
    """The runs of apply_reference_data, oldest first."""
    sql = f"SELECT * FROM {DATASET}.etl_job_runs WHERE job_name = 'apply_reference_data' ORDER BY job_start_time"
    return warehouse.rows(sql)


def digest(warehouse: Warehouse) -> str:
    return str(warehouse.value(f"SELECT digest FROM `{DATASET}.reference_data_digest`"))


def is_due(warehouse: Warehouse, now: datetime) -> bool:
    sql = f"SELECT is_reference_data_due FROM `{DATASET}.dispatch_state_at`(@p_now)"
    return bool(warehouse.value(sql, p_now=now))


def flags(warehouse: Warehouse) -> list[tuple[str, bool, str | None]]:
    rows = warehouse.rows(f"SELECT flag, is_enabled, updated_by FROM {DATASET}.feature_flags ORDER BY flag")
    return [(row["flag"], row["is_enabled"], row["updated_by"]) for row in rows]
