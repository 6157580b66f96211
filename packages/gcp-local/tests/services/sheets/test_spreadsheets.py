"""Tabs, cells, formats and bands; whoever may not, or asks too often, gets Google's refusal, and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api, Clock

ROOT = "/sheets/v4/spreadsheets"
BAND = {"firstBandColor": {"red": 1}, "secondBandColor": {"green": 1}}


def text(value: str) -> dict[str, Any]:
    return {"userEnteredValue": {"stringValue": value}}


def written(*rows: list[dict[str, Any]], row: int = 0, fields: str = "userEnteredValue") -> dict[str, Any]:
    start = {"sheetId": 0, "rowIndex": row, "columnIndex": 0}
    return {"updateCells": {"start": start, "rows": [{"values": one} for one in rows], "fields": fields}}


def banded(top: int, bottom: int) -> dict[str, Any]:
    area = {"sheetId": 0, "startRowIndex": top, "endRowIndex": bottom, "startColumnIndex": 0, "endColumnIndex": 3}
    return {"addBanding": {"bandedRange": {"range": area, "rowProperties": BAND}}}


class Sheet:
    """A new spreadsheet with one tab."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.id = api("POST", ROOT, {"sheets": [{"properties": {"sheetId": 0, "title": "first tab"}}]})["spreadsheetId"]

    def change(self, *requests: dict[str, Any]) -> dict[str, Any]:
        return self.api("POST", f"{ROOT}/{self.id}:batchUpdate", {"requests": list(requests)})

    def refused(self, *requests: dict[str, Any], code: int = 400) -> str:
        error = self.api.refused(code, "POST", f"{ROOT}/{self.id}:batchUpdate", {"requests": list(requests)})
        return str(error["message"])

    def get(self, **parameters: Any) -> dict[str, Any]:
        return self.api("GET", f"{ROOT}/{self.id}", **parameters)

    def values(self, area: str = "first tab", **parameters: Any) -> Any:
        return self.api("GET", f"{ROOT}/{self.id}/values/{area}", **parameters).get("values")


@pytest.fixture
def sheet(api: Api) -> Sheet:
    return Sheet(api)


def test_text_in_a_cell_is_text_whatever_it_looks_like(sheet: Sheet) -> None:
    hostile = ["=1+1", "+1", "-1", "@x", "'quoted", "a\nb", "😀"]
    sheet.change(written([text(one) for one in hostile]))
    assert sheet.values(valueRenderOption="FORMULA") == [hostile]
    (row,) = sheet.get(includeGridData=True)["sheets"][0]["data"][0]["rowData"]
    assert [cell["effectiveValue"] for cell in row["values"]] == [{"stringValue": one} for one in hostile]


def test_a_moment_is_a_number_of_days_and_shown_by_its_format(sheet: Sheet) -> None:
    number = {"numberFormat": {"type": "DATE_TIME", "pattern": "yyyy-mm-dd hh:mm:ss"}}
    cell = {"userEnteredValue": {"numberValue": 33.625}, "userEnteredFormat": number}
    sheet.change(written([cell], fields="userEnteredValue,userEnteredFormat.numberFormat"))
    # "February 1st 1900 at 3pm would be 33.625": DateTimeRenderOption of the API.
    assert sheet.values() == [["1900-02-01 15:00:00"]]
    assert sheet.values(valueRenderOption="UNFORMATTED_VALUE") == [[33.625]]


def test_a_range_that_the_rows_do_not_fill_is_cleared(sheet: Sheet) -> None:
    sheet.change(written([text("a"), text("b")], [text("c"), text("d")]))
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 2}
    sheet.change({"updateCells": {"range": area, "rows": [{"values": [text("new")]}], "fields": "userEnteredValue"}})
    assert sheet.values() == [["new"]]


def test_of_a_call_with_one_bad_request_nothing_is_kept(sheet: Sheet) -> None:
    sheet.change(written([text("before")]))
    said = sheet.refused(written([text("after")]), {"addSheet": {"properties": {"title": "First Tab"}}})
    assert said == (
        'Invalid requests[1].addSheet: A sheet with the name "First Tab" already exists. Please enter another name.'
    )
    assert sheet.values() == [["before"]]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (written([text("x" * 50_001)]), "more than the maximum of 50000 characters in a single cell."),
        (written([text("x")] * 27), "Attempting to write column: 26, beyond the last requested column of: 25"),
        (written([text("x")], row=1000), "Attempting to write row: 1000, beyond the last requested row of: 999"),
        (written([text("x")], fields="userEnteredWord"), "Invalid field: userEnteredWord"),
        (written([text("x")], fields=""), "At least one field must be listed in 'fields'"),
        ({"deleteSheet": {"sheetId": 0}}, "You can't remove all the sheets in a document."),
        ({"deleteSheet": {"sheetId": 7}}, "No grid with id: 7"),
        ({"addSheet": {"properties": {"sheetId": 0}}}, "Sheet with id 0 already exists."),
        (
            {
                "updateSheetProperties": {
                    "properties": {"sheetId": 0, "gridProperties": {"frozenRowCount": 1000}},
                    "fields": "gridProperties.frozenRowCount",
                }
            },
            "You can't freeze all visible rows on the sheet.",
        ),
    ],
)
def test_a_request_that_google_refuses_is_refused(sheet: Sheet, request_: dict[str, Any], said: str) -> None:
    refusal = sheet.refused(request_)
    assert refusal.startswith(f"Invalid requests[0].{next(iter(request_))}: ")
    assert said in refusal


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"addChart": {}}, "addChart in spreadsheets.batchUpdate"),
        (written([{"userEnteredValue": {"formulaValue": "=1+1"}}]), "A formula in a cell"),
        (written([{"hyperlink": "x"}], fields="hyperlink"), "CellData.hyperlink"),
        (
            written([{"userEnteredFormat": {"numberFormat": {"type": "DATE", "pattern": "d.m."}}}], fields="*"),
            "The number format DATE 'd.m.'",
        ),
    ],
)
def test_what_is_not_emulated_is_said_by_name(sheet: Sheet, request_: dict[str, Any], said: str) -> None:
    assert said in sheet.refused(request_, code=501)


def test_bands_do_not_overlap_and_end_with_their_grid(sheet: Sheet) -> None:
    made = sheet.change(banded(0, 10))["replies"][0]["addBanding"]["bandedRange"]
    assert "already has alternating background colors" in sheet.refused(banded(9, 20))
    grid = {"sheetId": 0, "gridProperties": {"rowCount": 4, "columnCount": 2}}
    fields = "gridProperties.rowCount,gridProperties.columnCount"
    sheet.change(banded(10, 20), {"updateSheetProperties": {"properties": grid, "fields": fields}})
    (band,) = sheet.get(fields="sheets.bandedRanges")["sheets"][0]["bandedRanges"]
    assert (band["range"]["endRowIndex"], band["range"]["endColumnIndex"]) == (4, 2)
    sheet.change({"deleteBanding": {"bandedRangeId": made["bandedRangeId"]}})
    assert sheet.get(fields="sheets.bandedRanges") == {"sheets": [{}]}


def test_widths_of_columns_and_parts_of_an_answer(sheet: Sheet) -> None:
    columns = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}
    change = {"range": columns, "properties": {"pixelSize": 400}, "fields": "pixelSize"}
    sheet.change({"updateDimensionProperties": change}, written([text("a"), text("b")]))
    wanted = "sheets(properties.title,data(rowData.values.formattedValue,columnMetadata.pixelSize))"
    (found,) = sheet.get(fields=wanted, ranges="'first tab'!A1:B2")["sheets"]
    assert found == {
        "properties": {"title": "first tab"},
        "data": [
            {
                "rowData": [{"values": [{"formattedValue": "a"}, {"formattedValue": "b"}]}],
                "columnMetadata": [{"pixelSize": 100}, {"pixelSize": 400}],
            }
        ],
    }
    error = sheet.api.refused(400, "GET", f"{ROOT}/{sheet.id}", fields="sheets.nothing")
    assert "Cannot find matching fields for path 'sheets.nothing'" in error["message"]


@pytest.mark.parametrize(
    ("area", "said"),
    [
        ("other!A1", "Unable to parse range: other!A1"),
        ("first tab!", "Unable to parse range: first tab!"),
        ("first tab!A1001", "Range (first tab!A1001) exceeds grid limits. Max rows: 1000, max columns: 26"),
    ],
)
def test_a_range_that_is_none_is_refused(sheet: Sheet, area: str, said: str) -> None:
    assert sheet.api.refused(400, "GET", f"{ROOT}/{sheet.id}/values/{area}")["message"] == said


def test_values_beyond_their_range_are_refused(sheet: Sheet) -> None:
    path = f"{ROOT}/{sheet.id}/values"
    body = {"values": [["a", "b", "c"]]}
    assert "'valueInputOption' is required" in sheet.api.refused(400, "PUT", f"{path}/A1", body)["message"]
    error = sheet.api.refused(400, "PUT", f"{path}/A1:B1", body, valueInputOption="RAW")
    assert error["message"] == "Requested writing within range ['first tab'!A1:B1], but tried writing to column [C]"
    error = sheet.api.refused(400, "PUT", f"{path}/Y1", body, valueInputOption="RAW")
    assert "exceeds grid limits" in error["message"]
    assert sheet.values() is None


def test_who_may_only_read_writes_nothing_and_who_may_nothing_reads_nothing(sheet: Sheet) -> None:
    def share(role: str) -> None:
        sheet.api("PUT", f"/local/spreadsheets/{sheet.id}", {"role": role})

    share("reader")
    assert sheet.refused(written([text("a")]), code=403) == "The caller does not have permission"
    assert sheet.values() is None
    share("none")
    assert sheet.api.refused(403, "GET", f"{ROOT}/{sheet.id}")["status"] == "PERMISSION_DENIED"
    share("writer")
    sheet.change(written([text("a")]))
    sheet.api.refused(400, "PUT", f"/local/spreadsheets/{sheet.id}", {"role": "owner"})
    sheet.api.refused(404, "PUT", "/local/spreadsheets/none", {"role": "reader"})


def test_a_minute_has_sixty_requests_of_each_kind(sheet: Sheet, clock: Clock) -> None:
    for _ in range(60):
        sheet.get()
    error = sheet.api.refused(429, "GET", f"{ROOT}/{sheet.id}")
    assert (error["status"], error["details"][0]["reason"]) == ("RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED")
    assert "limit 'Read requests per minute per user' of service 'sheets.googleapis.com'" in error["message"]
    sheet.change(written([text("a")]))
    clock.advance(seconds=60)
    assert sheet.values() == [["a"]]


def test_an_api_that_is_not_enabled_is_refused(new_project: Api) -> None:
    error = new_project.refused(403, "POST", ROOT, {})
    assert (error["details"][0]["reason"], error["details"][0]["metadata"]["service"]) == (
        "SERVICE_DISABLED",
        "sheets.googleapis.com",
    )
