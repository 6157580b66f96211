"""Fixtures of the SQL tests: one emulator a session, rows forgotten after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import catalog
from tests.sql.emulator import ROOT, running_emulator
from tests.sql.warehouse import Warehouse


@pytest.fixture(scope="session")
def deployed_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The warehouse of the session. Tests use `warehouse`, which also forgets their rows."""
    folder = tmp_path_factory.mktemp("bigquery")
    with running_emulator(folder) as endpoint:
        yield Warehouse(endpoint, catalog.load_cached(ROOT), folder)


@pytest.fixture
def warehouse(deployed_warehouse: Warehouse) -> Iterator[Warehouse]:
    """All declared objects, deployed when first named, without a row."""
    deployed_warehouse.clean()
    yield deployed_warehouse
    deployed_warehouse.clean()
