"""Every procedure that people or schedules call for an instant refuses to run for none."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import GoogleAPICallError

import catalog
from tests.sql.emulator import ROOT
from tests.sql.warehouse import Warehouse

ROUTINES = catalog.load_cached(ROOT).routines
PUBLIC = [name for name in ROUTINES if name.endswith("_at") and ROUTINES[name].kind == "PROCEDURE"]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_null_instant_is_refused_and_nothing_is_written(warehouse: Warehouse, name: str) -> None:
    arguments = ", ".join("v_out" if argument.mode == "OUT" else "NULL" for argument in ROUTINES[name].arguments)
    script = f"DECLARE v_out STRING; CALL eros_scheduling_brain.{name}({arguments});"
    with pytest.raises(GoogleAPICallError, match=r"EROS_INVALID\|p_now is null"):
        warehouse.rows(script)
    assert warehouse.value("SELECT COUNT(*) FROM eros_scheduling_brain.etl_job_runs") == 0
