"""Built weeks, read back and exported."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from operations.errors import CloudError
from operations.weeks.errors import WeekError
from operations.weeks.exporting import Exporter
from operations.weeks.stored_weeks import stored_week
from operations.weeks.storing import Store
from operations.weeks.surroundings import Use, surroundings
from operations.weeks.week_differences import differences
from operations.weeks.week_report import planned
from operations.weeks.week_statements import Statements
from tests.sql.captions import NOW, Row, flag, restriction
from tests.sql.warehouse import DATASET, Warehouse
from tests.sql.weeks.test_building_weeks import TERMS, builder, lock_elsewhere, ready

__all__ = ["ready"]
LOG = f"""
SELECT schedule_id, page_name, message_count, status, error_message, exported_by, export_format
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

    whole = tmp_path / "week.json"
    assert Exporter(statements).json(id_, whole).messages == len(made.week.messages)
    rows = json.loads(whole.read_text(encoding="utf-8"))["mm_schedule"]
    assert [row["caption_id"] for row in rows if row["caption_id"]] == [str(n) for n in captions]
    assert {row["caption"] for row in rows} == {"", *(f"Caption number {n}" for n in captions)}

    Store(statements).withdraw(made.schedule, "cancel", "a test", NOW)
    with pytest.raises(WeekError, match="was withdrawn"):
        Exporter(statements, "SYSTEM").csv(id_, path)
    with pytest.raises(WeekError, match="there is no schedule sched_x"):
        Exporter(statements).csv("sched_x", path)
    with pytest.raises(WeekError, match="was withdrawn"):
        Exporter(statements).json(id_, whole)
    assert {path.name for path in tmp_path.iterdir()} == {"week.csv", "week.json"}, "a failed export changes no file"
    log = [tuple(row.values()) for row in ready.rows(LOG)]
    assert log[:2] == [
        (id_, "alice", 10, "SUCCESS", None, "USER", "CSV"),
        (id_, "alice", len(rows), "SUCCESS", None, "USER", "JSON"),
    ]
    assert [(one[3], one[5], one[6]) for one in log[2:]] == [("FAILED", "SYSTEM", "CSV"), ("FAILED", "USER", "JSON")]
    assert all("was withdrawn" in one[4] for one in log[2:])


def test_what_was_left_out_and_who_else_sends_its_captions_is_read_beside_a_week(ready: Warehouse) -> None:
    """Alice sends nothing of C3; another page holds a caption around her week; bella sent one of hers before it."""
    ready.insert("creator_caption_restrictions", [restriction(restricted_categories=["C3"])])
    ready.insert("feature_flags", [flag(is_enabled=True)])
    lock_elsewhere(ready, 1)
    made = builder(ready).build("alice", TERMS)
    day, one = next((message.local.date(), message.caption) for message in made.week.messages if message.caption)
    for days, sent in ((20, True), (12, True), (11, False)):
        ready.insert("active_caption_assignments", [usage(one.caption_id, day - timedelta(days=days), sent=sent)])

    statements = Statements(ready.client, ready.place)
    around = surroundings(statements, stored_week(statements, made.schedule.schedule_id))
    assert around.left_out is not None
    found = {(left.rule, left.value): left for left in around.left_out}
    assert found["AGENCY_LOCK", ""].captions == 1
    banned = found["CATEGORY", "C3"]
    assert (banned.captions, banned.example, banned.lowers) == (len(range(3, 60, 7)), "Caption number 10", False)
    assert around.own.keys() == {message.caption.caption_id for message in made.week.messages if message.caption}
    assert all(use.is_locked and use.page == "alice" for use in around.own.values())
    before, after = around.neighbours(one.caption_id, day)
    assert before == Use("bella", day - timedelta(days=12), 9, "sched_bella", is_locked=False)
    assert after is None
    assert around.others.keys() == {one.caption_id}


def usage(caption_id: int, day: date, *, sent: bool) -> Row:
    """Bella sent it, or meant to and cancelled."""
    reason = "PAST_SEND_DATE" if sent else "CANCELLED"
    who = {"page_name": "bella", "caption_id": caption_id, "caption_text": "Text", "schedule_id": "sched_bella"}
    when = {"assigned_date": day, "scheduled_send_date": day, "scheduled_send_hour": 9}
    return {**who, **when, "is_active": False, "deactivation_reason": reason}


def test_what_the_warehouse_refuses_is_said_in_our_words(ready: Warehouse) -> None:
    with ready.without("audit_log"), pytest.raises(CloudError, match=r"schedules: .*audit_log"):
        builder(ready).build("alice", TERMS)
