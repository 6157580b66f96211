"""What Google refuses is said with what to do about it; what it cannot do now is asked for again, later each time."""

from __future__ import annotations

import pytest

from gcp_local.services import enablement, sheets
from operations import clients
from operations.errors import CloudError
from operations.sheets.connection import SCOPE, Tries, spreadsheet_id
from operations.sheets.sheet_errors import SheetBusy, SheetError
from tests.unit.operations.sheets.local_sheets import Fault, LocalSheets

TITLES = "sheets.properties.title"


def refused(google: LocalSheets, id_: str) -> SheetError:
    with pytest.raises(SheetError) as found:
        google.opened(id_, whose="robot@example.com").read(TITLES)
    return found.value


def test_a_spreadsheet_that_is_not_shared_names_with_whom_to_share_it(google: LocalSheets) -> None:
    id_ = google.made("a")
    google.share(id_, "none")
    error = refused(google, id_)
    assert error.message == f"spreadsheet {id_}: The caller does not have permission"
    assert error.fix == f"share https://docs.google.com/spreadsheets/d/{id_} as editor with robot@example.com"
    assert google.clock.pauses == []


def test_a_spreadsheet_that_is_none_names_the_key_that_states_it(google: LocalSheets) -> None:
    error = refused(google, "x" * 44)
    assert "there is no spreadsheet xxxx" in error.message
    assert error.fix.startswith("pulumi config set exportSpreadsheet ID")


def test_an_api_that_is_off_and_a_login_without_the_scope_are_told_apart_from_sharing(google: LocalSheets) -> None:
    id_ = google.made("a")
    google.faults.append(Fault(403, method="GET", details=[{"reason": SCOPE}]))
    assert refused(google, id_).fix.startswith("act as a service account: pulumi config set exportAccount")
    enablement.set_enabled(google.cloud, sheets.SERVICE.host, False)
    assert refused(google, id_).fix == "gcloud services enable sheets.googleapis.com"


def test_a_minute_without_quota_is_waited_for_with_growing_pauses(google: LocalSheets) -> None:
    sheet = google.opened(google.made("a"))
    for _ in range(61):
        assert sheet.read(TITLES) == {"sheets": [{"properties": {"title": "a"}}]}
    assert google.clock.pauses == [2, 4, 8, 16, 32]


def test_the_pauses_together_outlast_the_minute_and_each_is_longer_by_a_draw() -> None:
    tries, slept = Tries(), list[float]()
    assert sum(tries.pauses) > 60
    with pytest.raises(SheetBusy):
        Tries((1, 2, 4), slept.append, lambda: 0.5)(busy)
    assert slept == [1.5, 2.5, 4.5]


def busy() -> None:
    raise SheetBusy("not now")


@pytest.mark.parametrize("code", [429, 500, 503, 0])
def test_what_passes_is_tried_again_and_what_stays_is_told(google: LocalSheets, code: int) -> None:
    sheet = google.opened(google.made("a"))
    google.faults.append(Fault(code, method="GET"))
    sheet.read(TITLES)
    assert google.clock.pauses == [2]
    google.faults.extend(Fault(code, method="GET") for _ in range(6))
    with pytest.raises(SheetBusy, match="Google Sheets") as found:
        sheet.read(TITLES)
    assert found.value.fix


@pytest.mark.parametrize("code", [400, 401, 501])
def test_what_asking_again_does_not_mend_is_asked_once(google: LocalSheets, code: int) -> None:
    sheet = google.opened(google.made("a"))
    google.faults.append(Fault(code, method="GET"))
    with pytest.raises(SheetError, match=f"said {code}"):
        sheet.read(TITLES)
    assert google.clock.pauses == []


def test_no_request_leaves_for_another_api(google: LocalSheets) -> None:
    http = google.opened(google.made("a")).http
    with pytest.raises(CloudError, match=r"drive/v3/files/x is not asked"):
        http.get_file_drive_metadata("x")


def test_where_nothing_answers_the_client_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_SHEETS_CUSTOM_ENDPOINT", "http://127.0.0.1:1/sheets/")
    with pytest.raises(CloudError, match=r"GOOGLE_SHEETS_CUSTOM_ENDPOINT\) is down"):
        clients.sheets_client()


@pytest.mark.parametrize(
    ("address", "id_"),
    [
        ("https://docs.google.com/spreadsheets/d/1AbC-d_9/edit#gid=0", "1AbC-d_9"),
        ("https://docs.google.com/spreadsheets/d/1AbC", "1AbC"),
        ("Ann's sheet", ""),
        ("", ""),
    ],
)
def test_the_id_of_a_spreadsheet_is_in_its_address(address: str, id_: str) -> None:
    assert spreadsheet_id(address) == id_
