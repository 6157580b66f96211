from __future__ import annotations

import pytest

from tests.sql.analyses import Analyses
from tests.sql.warehouse import Warehouse


@pytest.fixture
def analyses(warehouse: Warehouse) -> Analyses:
    """Calls of table functions on an empty warehouse."""
    return Analyses(warehouse)
