"""The tab of a page as people see it: lines in the order of time, texts that are texts, header, bands and widths."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from operations.sheets import guarded_write, page_tab
from operations.sheets.sheet_errors import SheetError
from tests.unit.operations.sheets.local_sheets import LocalSheets

MONDAY = datetime(2025, 11, 10, 17, 3, tzinfo=UTC)
ROW: dict[str, Any] = {
    "schedule_id": "sched_20251103_101500_alice",
    "page_name": "alice",
    "scheduled_send_time": MONDAY,
    "message_type": "PPV",
    "caption_id": -9007199254740995,
    "caption_text": "Hello",
    "price_tier": "low",
    "content_category": "Solo",
    "has_urgency": True,
    "performance_score": 0.12741,
}


def exported(google: LocalSheets, id_: str, *rows: dict[str, Any]) -> None:
    lines, _ = page_tab.rows([ROW | row for row in rows])
    guarded_write.write(google.opened(id_), page_tab.part("alice", lines), Path("none"))


def test_a_line_has_the_columns_and_forms_of_the_old_exporter(google: LocalSheets) -> None:
    id_ = google.made("Overview")
    exported(google, id_, {})
    assert google.titles(id_) == ["Overview", "alice"]
    head, line = google.shown(id_, "alice")
    assert head == [
        *("Schedule ID", "Creator/Page", "Day of Week", "Send Time", "Type", "Caption ID", "Caption Text"),
        *("Price Tier", "Category", "Has Urgency", "Performance Score"),
    ]
    assert line == [
        *("sched_20251103_101500_alice", "alice", "Monday", "2025-11-10 09:03:00", "PPV", "-9007199254740995"),
        *("Hello", "Budget", "Solo", "TRUE", "0.1274"),
    ]
    cells = google.tab(id_, "alice")["data"][0]["rowData"][1]["values"]
    kinds = [next(iter(cell["effectiveValue"])) for cell in cells]
    numbers = {3: "numberValue", 9: "boolValue", 10: "numberValue"}
    assert kinds == [numbers.get(column, "stringValue") for column in range(11)]


def test_lines_stand_in_the_order_of_instants_whatever_the_clock_and_the_day_are_called(google: LocalSheets) -> None:
    # 2025-11-02: half past one comes twice in Los Angeles; Friday comes before Monday in the alphabet.
    twice = datetime(2025, 11, 2, 8, 30, tzinfo=UTC)
    instants = [twice + timedelta(days=5), twice + timedelta(hours=1), twice, twice + timedelta(hours=8, minutes=30)]
    id_ = google.made("Overview")
    exported(google, id_, *({"scheduled_send_time": at, "caption_id": n} for n, at in enumerate(instants)))
    assert [(line[5], line[3], line[2]) for line in google.shown(id_, "alice")[1:]] == [
        ("2", "2025-11-02 01:30:00", "Sunday"),
        ("1", "2025-11-02 01:30:00", "Sunday"),
        ("3", "2025-11-02 09:00:00", "Sunday"),
        ("0", "2025-11-07 00:30:00", "Friday"),
    ]


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "'quoted", "＝1", "a\nb", "😀 ok", "\t=1", '"', "2025-11-10"],
)
def test_no_caption_is_taken_for_anything_but_text(google: LocalSheets, text: str) -> None:
    id_ = google.made("Overview")
    exported(google, id_, {"caption_text": text})
    cell = google.tab(id_, "alice")["data"][0]["rowData"][1]["values"][6]
    assert (cell["userEnteredValue"], cell["formattedValue"]) == ({"stringValue": text}, text)


def test_what_is_unknown_is_an_empty_cell_and_follow_ups_are_counted(google: LocalSheets) -> None:
    nothing = dict.fromkeys(("caption_id", "caption_text", "price_tier", "content_category", "has_urgency"))
    lines, left_out = page_tab.rows([ROW | nothing | {"performance_score": None}, ROW | {"message_type": "Follow up"}])
    assert left_out == 1
    assert [column for column, cell in enumerate(lines[0]) if not cell] == [5, 6, 7, 8, 9, 10]


def test_the_header_stays_and_is_blue_captions_wrap_and_lines_are_banded(google: LocalSheets) -> None:
    id_ = google.made("Overview")
    exported(google, id_, {}, {"caption_id": 2})
    tab = google.tab(id_, "alice")
    assert tab["properties"]["gridProperties"]["frozenRowCount"] == 1
    head, line = (row["values"] for row in tab["data"][0]["rowData"][:2])
    for cell in head:
        form = cell["userEnteredFormat"]
        blue = {name: round(level * 255) for name, level in form["backgroundColor"].items()}
        assert (blue, form["textFormat"]["bold"]) == ({"red": 0x42, "green": 0x85, "blue": 0xF4}, True)
    assert line[6]["userEnteredFormat"]["wrapStrategy"] == "WRAP"
    assert tab["data"][0]["columnMetadata"][6] == {"pixelSize": 480}
    (band,) = tab["bandedRanges"]
    assert (band["range"]["startRowIndex"], band["range"]["endRowIndex"]) == (1, 3)
    assert band["rowProperties"]["firstBandColor"] != band["rowProperties"]["secondBandColor"]


def test_a_second_week_takes_the_place_of_the_first_and_notes_beside_it_stay(google: LocalSheets) -> None:
    id_ = google.made("Overview")
    exported(google, id_, *({"caption_id": n} for n in range(30)))
    google.change(
        id_,
        {
            "updateSheetProperties": {
                "properties": {"sheetId": page_tab.sheet_id("alice"), "gridProperties": {"columnCount": 14}},
                "fields": "gridProperties.columnCount",
            }
        },
    )
    google.put(id_, "alice!M2", [["a note"]])
    exported(google, id_, {"caption_id": 77})
    assert [line[5] for line in google.shown(id_, "alice!A2:K")] == ["77"]
    assert google.shown(id_, "alice!M2") == [["a note"]]
    assert len(google.tab(id_, "alice")["bandedRanges"]) == 1


def test_a_tab_that_people_made_is_used(google: LocalSheets) -> None:
    id_ = google.made("Overview", "Alice", rows=3, columns=4)
    exported(google, id_, *({"caption_id": n} for n in range(5)))
    assert google.titles(id_) == ["Overview", "Alice"]
    assert len(google.shown(id_, "Alice")) == 6


def test_a_tab_that_was_renamed_is_not_made_anew_behind_its_owners_back(google: LocalSheets) -> None:
    id_ = google.made("Overview")
    exported(google, id_, {})
    renamed = {"properties": {"sheetId": page_tab.sheet_id("alice"), "title": "old alice"}, "fields": "title"}
    google.change(id_, {"updateSheetProperties": renamed})
    with pytest.raises(SheetError, match="the tab of alice was renamed to 'old alice'") as found:
        exported(google, id_, {"caption_id": 2})
    assert found.value.fix == "rename it to alice, or delete it: a new one is made"
    assert google.titles(id_) == ["Overview", "old alice"]
    google.change(id_, {"deleteSheet": {"sheetId": page_tab.sheet_id("alice")}})
    exported(google, id_, {"caption_id": 2})
    assert google.titles(id_) == ["Overview", "alice"]
