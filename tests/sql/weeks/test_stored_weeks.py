"""Built weeks, read back and exported."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from operations.errors import CloudError
from operations.weeks.errors import WeekError
from operations.weeks.exporting import Exporter
from operations.weeks.stored_weeks import stored_week
from operations.weeks.storing import Store
from operations.weeks.week_differences import differences
from operations.weeks.week_report import planned
from operations.weeks.week_statements import Statements
from tests.sql.captions import NOW
from tests.sql.warehouse import DATASET, Warehouse
from tests.sql.weeks.test_building_weeks import TERMS, builder, ready

__all__ = ["ready"]
LOG = f"""
SELECT schedule_id, page_name, message_count, status, error_message, exported_by
FROM {DATASET}.schedule_export_log
ORDER BY export_timestamp
"""


def test_a_built_week_is_read_back_as_it_was_planned_and_exported_in_order_of_time(
    ready: Warehouse, tmp_path: Path
) -> None:
    """And once withdrawn it is exported no more; every attempt is in the log."""
    ready.deploy("schedule_recommendations_messages", "schedule_export_log")
    ready.insert("schedule_export_log", [])
    made = builder(ready).build("alice", TERMS)
    statements, id_ = Statements(ready.client, ready.place), made.schedule.schedule_id

    found = stored_week(statements, id_)
    assert differences(planned(made.week), found) == []
    assert [message.why for message in found.messages] == [message.why for message in made.week.messages]
    assert found.details["gave_way"] == [{"rule": one.rule.value, "reason": one.reason} for one in made.week.gave_way]
    captions = [message.caption.caption_id for message in made.week.messages if message.caption]
    assert {m.text for m in found.messages if m.caption_id} == {f"Caption number {n}" for n in captions if n}

    path = tmp_path / "week.csv"
    counted = Exporter(statements).csv(id_, path)
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    sent = [message for message in made.week.messages if message.caption]
    assert [line["scheduled_send_time"] for line in lines] == [f"{message.local:%Y-%m-%d %H:%M:%S}" for message in sent]
    assert [int(line["caption_id"]) for line in lines] == captions
    assert [line["caption_text"] for line in lines] == [f"Caption number {n}" for n in captions]
    assert counted.messages == len(lines) == 10

    Store(statements).withdraw(made.schedule, "cancel", "a test", NOW)
    with pytest.raises(WeekError, match="was withdrawn"):
        Exporter(statements, "SYSTEM").csv(id_, path)
    with pytest.raises(WeekError, match="there is no schedule sched_x"):
        Exporter(statements).csv("sched_x", path)
    assert [path.name for path in tmp_path.iterdir()] == ["week.csv"], "a failed export leaves what was there"
    log = [tuple(row.values()) for row in ready.rows(LOG)]
    assert log[0] == (id_, "alice", 10, "SUCCESS", None, "USER")
    assert (log[1][3], log[1][5], len(log)) == ("FAILED", "SYSTEM", 2)
    assert "was withdrawn" in log[1][4]


def test_what_the_warehouse_refuses_is_said_in_our_words(ready: Warehouse) -> None:
    with ready.without("audit_log"), pytest.raises(CloudError, match=r"schedules: .*audit_log"):
        builder(ready).build("alice", TERMS)
