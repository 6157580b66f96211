"""The JSON document of a schedule: its form, and its schema for other programs."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from operations.weeks.envelope import Envelope, envelope
from operations.weeks.stored_weeks import StoredMessage, StoredWeek

SCHEMA = Path(__file__).parents[4] / "docs" / "schedule.schema.json"
MONDAY = datetime(2025, 11, 10)


def message(kind: str = "PPV", local: datetime = MONDAY, price: float | None = 25.0, **values: Any) -> StoredMessage:
    caption_id = values.get("caption_id", -(2**60) - 1)
    return StoredMessage(local, kind, caption_id, values.get("text", 'Hi "you"\n=1+1'), "mid", price, ("why",))


def document(*messages: StoredMessage, page: str = "a_b-1") -> dict[str, Any]:
    details = {"monday": "2025-11-10", "tier": "MICRO"}
    week = StoredWeek(f"sched_20251103_101500_{page}", page, "GREEN", True, messages, details)
    found: dict[str, Any] = json.loads(envelope(week).model_dump_json())
    return found


def test_a_schedule_is_written_as_the_contract_has_it() -> None:
    sells = message(local=MONDAY + timedelta(hours=12, minutes=7), price=27.5)
    free = message("Bump", MONDAY + timedelta(hours=21), None, caption_id=5, text="Five")
    after = message("Follow up", MONDAY + timedelta(days=7, hours=0), 20.63, caption_id=None, text="")
    assert document(sells, free, after) == {
        "page_name": "a_b-1",
        "schedule_id": "sched_20251103_101500_a_b-1",
        "mm_schedule": [
            {
                "row_number": 2,
                "schedule_type": "Mass Message",
                "message_type": "Unlock",
                "time_pst": "12:07 PM",
                "scheduled_date": "2025-11-10",
                "caption": 'Hi "you"\n=1+1',
                "caption_id": "-1152921504606846977",
                "recommended_price": "$27.50",
            },
            {
                "row_number": 3,
                "schedule_type": "Mass Message",
                "message_type": "Photo bump",
                "time_pst": "9:00 PM",
                "scheduled_date": "2025-11-10",
                "caption": "Five",
                "caption_id": "5",
                "recommended_price": ".",
            },
            {
                "row_number": 4,
                "schedule_type": "Mass Message",
                "message_type": "Follow up",
                "time_pst": "12:00 AM",
                "scheduled_date": "2025-11-17",
                "caption": "",
                "caption_id": None,
                "recommended_price": "",
            },
        ],
        "metadata": {
            "week_start": "2025-11-10",
            "week_end": "2025-11-16",
            "account_size": "MICRO",
            "saturation_status": "GREEN",
            "volume_summary": {"unlocks": 1, "photo_bumps": 1, "follow_ups": 1},
        },
    }


@given(st.datetimes(MONDAY, MONDAY + timedelta(days=7)), st.decimals(1, 200, places=2), st.text())
def test_every_time_price_and_text_comes_back(local: datetime, price: Any, text: str) -> None:
    text = text.encode("utf-8", "ignore").decode("utf-8")
    (row,) = document(message(local=local, price=float(price), text=text))["mm_schedule"]
    said = datetime.strptime(f"{row['scheduled_date']} {row['time_pst']}", "%Y-%m-%d %I:%M %p")
    assert said == local.replace(second=0, microsecond=0)
    assert round(float(row["recommended_price"].removeprefix("$")) * 100) == price * 100
    assert row["caption"] == text


def test_the_schema_beside_the_guides_is_that_of_the_documents() -> None:
    made = json.dumps(Envelope.model_json_schema(), indent=2) + "\n"
    if os.environ.get("RENEW_SCHEMA"):
        SCHEMA.write_text(made, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == made, "renew it: RENEW_SCHEMA=1 .venv/bin/pytest -k schema_beside"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("recommended_price", price) for price in ("25", "$25.5", "$", "free", "$-1")),
        *(("time_pst", time) for time in ("13:00 PM", "0:10 AM", "09:00 AM", "9:00", "9:60 AM")),
        *(("row_number", 1), ("message_type", "PPV"), ("caption_id", 5), ("schedule_type", "Mass")),
        ("scheduled_date", "2025-13-01"),
    ],
)
def test_what_is_not_in_the_contract_is_refused(field: str, value: Any) -> None:
    one = document(message())
    assert Envelope.model_validate_json(json.dumps(one))
    one["mm_schedule"][0][field] = value
    with pytest.raises(ValidationError, match=field):
        Envelope.model_validate_json(json.dumps(one))


def test_a_type_of_another_program_is_named() -> None:
    with pytest.raises(ValueError, match="2025-11-10 00:00 has the type 'Mystery'"):
        document(message("Mystery"))
