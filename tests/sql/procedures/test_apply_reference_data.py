"""Reference data: what the configuration declares gets into the tables, what people did there stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from google.api_core.exceptions import GoogleAPICallError

from catalog import yamlfile
from catalog.reference_data import holidays
from tests.sql.daily_runs import DATASET, NOW
from tests.sql.emulator import ROOT
from tests.sql.messages import Row
from tests.sql.reference_data import applications, declaring, digest, flags, is_due
from tests.sql.warehouse import Warehouse

PEOPLES: Row = {"holiday_date": date(2026, 5, 2), "holiday_name": "Opening", "saturation_impact_factor": 0.5}
CHANGED = {"holiday_date": date(2025, 12, 25), "holiday_name": "Xmas", "is_major_holiday": False}
TURNED_OFF = {"flag": "caption_restrictions_enabled", "is_enabled": False, "updated_at": NOW, "updated_by": "ops"}


def apply(warehouse: Warehouse, now: datetime = NOW) -> None:
    warehouse.call("apply_reference_data_at", now)


def calendar(warehouse: Warehouse) -> dict[date, Row]:
    rows = warehouse.rows(f"SELECT * FROM {DATASET}.holiday_calendar")
    found = {row.pop("holiday_date"): row for row in rows}
    assert len(found) == len(rows)
    return found


def declared_calendar() -> dict[date, Row]:
    """The rows of config/holidays.yaml."""
    file = yamlfile.read(ROOT, "holidays.yaml")
    assert file is not None
    return {
        row.date: {
            "holiday_name": row.name,
            "holiday_type": row.type,
            "is_major_holiday": row.is_major,
            "saturation_impact_factor": row.factor,
        }
        for row in holidays(file)
    }


def test_the_calendar_is_as_declared_and_a_day_of_people_stays(warehouse: Warehouse) -> None:
    warehouse.insert("holiday_calendar", [PEOPLES, CHANGED])
    before = calendar(warehouse)[PEOPLES["holiday_date"]]
    apply(warehouse)
    assert calendar(warehouse) == declared_calendar() | {PEOPLES["holiday_date"]: before}


def test_a_flag_is_added_where_it_is_absent_and_stays_off_where_it_was_turned_off(warehouse: Warehouse) -> None:
    # defect: L30
    apply(warehouse)
    assert flags(warehouse) == [
        ("auto_export", True, "apply_reference_data"),
        ("caption_restrictions_enabled", True, "apply_reference_data"),
    ]
    warehouse.clean()
    warehouse.insert("feature_flags", [TURNED_OFF])
    apply(warehouse)
    assert flags(warehouse) == [
        ("auto_export", True, "apply_reference_data"),
        ("caption_restrictions_enabled", False, "ops"),
    ]


def test_a_run_is_recorded_with_the_digest_and_the_rows_that_it_wrote(warehouse: Warehouse) -> None:
    apply(warehouse)
    apply(warehouse, NOW + timedelta(minutes=1))
    first, second = applications(warehouse)
    assert [(run["job_status"], run["records_processed"]) for run in (first, second)] == [
        ("SUCCESS", 142),
        ("SUCCESS", 0),
    ]
    assert first["execution_date"] == date(2025, 11, 4)
    assert first["job_id"].startswith("apply_reference_data_20251104_")
    assert first["job_id"].endswith(f"_{digest(warehouse)}")
    assert first["job_id"] != second["job_id"]


def test_what_is_lost_by_hand_comes_back(warehouse: Warehouse) -> None:
    apply(warehouse)
    warehouse.rows(f"DELETE FROM {DATASET}.holiday_calendar WHERE holiday_name LIKE 'Christmas%'")
    warehouse.rows(f"DELETE FROM {DATASET}.feature_flags WHERE TRUE")
    apply(warehouse, NOW + timedelta(minutes=1))
    assert calendar(warehouse) == declared_calendar()
    assert len(flags(warehouse)) == 2


def test_the_form_for_people_applies_as_of_now(warehouse: Warehouse) -> None:
    before = datetime.now(UTC)
    warehouse.call("apply_reference_data")
    (run,) = applications(warehouse)
    assert before <= run["job_start_time"] <= datetime.now(UTC)


def test_going_to_other_content_and_back_is_due_each_time(warehouse: Warehouse) -> None:
    first, at = digest(warehouse), [NOW + timedelta(minutes=15 * n) for n in range(3)]
    assert is_due(warehouse, at[0])
    apply(warehouse, at[0])
    assert not is_due(warehouse, at[1])
    with declaring(warehouse, "('caption_restrictions_enabled', TRUE), ('new_flag', FALSE)"):
        assert digest(warehouse) != first
        assert is_due(warehouse, at[1])
        apply(warehouse, at[1])
        assert not is_due(warehouse, at[2])
    assert digest(warehouse) == first
    assert is_due(warehouse, at[2])
    apply(warehouse, at[2])
    assert not is_due(warehouse, at[2] + timedelta(days=1))
    assert [flag for flag, _, _ in flags(warehouse)] == ["auto_export", "caption_restrictions_enabled", "new_flag"]


def test_the_order_of_the_file_is_no_content(warehouse: Warehouse) -> None:
    one, other = "('a', TRUE)", "('b', FALSE)"
    with declaring(warehouse, f"{one}, {other}"):
        first = digest(warehouse)
    with declaring(warehouse, f"{other}, {one}"):
        assert digest(warehouse) == first


def test_a_failure_is_raised_recorded_and_due_until_it_is_repaired(warehouse: Warehouse) -> None:
    apply(warehouse)
    with warehouse.without("feature_flags"), pytest.raises(GoogleAPICallError, match="feature_flags"):
        apply(warehouse, NOW + timedelta(minutes=15))
    failed = applications(warehouse)[-1]
    assert failed["job_status"] == "FAILED"
    assert "feature_flags" in failed["error_message"]
    assert is_due(warehouse, NOW + timedelta(minutes=30))
    apply(warehouse, NOW + timedelta(minutes=30))
    assert not is_due(warehouse, NOW + timedelta(minutes=45))
    assert len(flags(warehouse)) == 2


@pytest.mark.parametrize(("hours", "due"), [(2, False), (2.01, True)])
def test_a_run_on_its_way_is_waited_for_but_not_for_ever(warehouse: Warehouse, hours: float, due: bool) -> None:
    started = NOW - timedelta(hours=hours)
    run = {"job_id": "r", "job_name": "apply_reference_data", "job_status": "RUNNING", "job_start_time": started}
    warehouse.insert("etl_job_runs", [run])
    assert is_due(warehouse, NOW) is due
