"""The Sheets service of the local cloud in this process: gspread speaks to it without a network, its minutes pass when
somebody sleeps, and it can be told to fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from fastapi.testclient import TestClient
from google.auth.credentials import AnonymousCredentials
from requests.adapters import BaseAdapter

from gcp_local.services import enablement, sheets
from gcp_local.services.app import create_app
from gcp_local.services.cloud import Cloud
from gcp_local.services.store import Store
from operations.sheets.connection import Spreadsheet, Tries
from operations.sheets.transport import SheetsTransport
from settings.endpoints import SHEETS

ADDRESS = "http://127.0.0.1:1"
ROOT = "/sheets/v4/spreadsheets"


class Clock:
    """Stands still but for who sleeps."""

    def __init__(self) -> None:
        self.now = datetime(2025, 11, 9, 12, 0, tzinfo=UTC)
        self.pauses: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Fault:
    """An answer in place of the service's: 0 is a lost connection. `after` lets the service do its work first."""

    code: int
    after: bool = False
    method: str = "POST"
    details: Sequence[Any] = ()


class _InProcess(BaseAdapter):
    def __init__(self, client: TestClient, faults: list[Fault]) -> None:
        super().__init__()
        self._client, self._faults = client, faults

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        fault = next((one for one in self._faults if one.method == request.method), None)
        answer = requests.Response()
        if fault is None or fault.after:
            path = str(request.url).removeprefix(ADDRESS)
            given = self._client.request(
                str(request.method), path, content=request.body or b"", headers=dict(request.headers)
            )
            answer.status_code, answer._content = given.status_code, given.content
        if fault is not None:
            self._faults.remove(fault)
            if not fault.code:
                raise requests.ConnectionError("the connection is gone")
            answer = _said(fault)
        answer.url, answer.request = str(request.url), request
        return answer

    def close(self) -> None:
        pass


def _said(fault: Fault) -> requests.Response:
    answer = requests.Response()
    answer.status_code = fault.code
    error = {"code": fault.code, "message": f"said {fault.code}", "status": "X", "details": list(fault.details)}
    answer.json = lambda **_: {"error": error}  # type: ignore[method-assign]
    return answer


@dataclass
class LocalSheets:
    """The service, its clock, and what it is to fail with next."""

    client: TestClient
    cloud: Cloud
    clock: Clock
    faults: list[Fault] = field(default_factory=list)

    def made(self, *titles: str, rows: int = 100, columns: int = 12) -> str:
        """A new spreadsheet with these tabs."""
        grid = {"rowCount": rows, "columnCount": columns}
        tabs = [{"properties": {"title": title, "gridProperties": grid}} for title in titles]
        return str(self._call("POST", ROOT, {"sheets": tabs})["spreadsheetId"])

    def opened(self, spreadsheet_id: str, key: str = "exportSpreadsheet", *, whose: str = "") -> Spreadsheet:
        """As operations open it."""
        session = requests.Session()
        session.mount(ADDRESS, _InProcess(self.client, self.faults))
        http = SheetsTransport(AnonymousCredentials(), session)
        return Spreadsheet(http, spreadsheet_id, key, whose, Tries(sleep=self.clock.sleep, drawn=lambda: 0.0))

    def put(self, spreadsheet_id: str, area: str, rows: list[list[Any]]) -> None:
        """What a person writes."""
        self._call(
            "PUT", f"{ROOT}/{spreadsheet_id}/values/{quote(area, safe='')}", {"values": rows}, valueInputOption="RAW"
        )

    def change(self, spreadsheet_id: str, *wanted: dict[str, Any]) -> None:
        """What a person does otherwise."""
        self._call("POST", f"{ROOT}/{spreadsheet_id}:batchUpdate", {"requests": list(wanted)})

    def shown(self, spreadsheet_id: str, area: str) -> list[list[str]]:
        """What a person sees."""
        found: list[list[str]] = self._call("GET", f"{ROOT}/{spreadsheet_id}/values/{quote(area, safe='')}").get(
            "values", []
        )
        return found

    def tab(self, spreadsheet_id: str, title: str) -> dict[str, Any]:
        """All of a tab."""
        found = self._call("GET", f"{ROOT}/{spreadsheet_id}", includeGridData=True)["sheets"]
        return next(dict(one) for one in found if one["properties"]["title"] == title)

    def titles(self, spreadsheet_id: str) -> list[str]:
        """The tabs in their order."""
        return [one["properties"]["title"] for one in self._call("GET", f"{ROOT}/{spreadsheet_id}")["sheets"]]

    def share(self, spreadsheet_id: str, role: str) -> None:
        """What the exporter may do."""
        self._call("PUT", f"/local/spreadsheets/{spreadsheet_id}", {"role": role})

    def _call(self, verb: str, path: str, body: Any = None, **parameters: Any) -> dict[str, Any]:
        # People have quotas of their own.
        self.cloud.store.delete("sheets.quotas", "Read")
        self.cloud.store.delete("sheets.quotas", "Write")
        answer = self.client.request(verb, path, json=body, params=parameters)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@contextmanager
def local_sheets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSheets]:
    """The service with an empty store, and an environment that leads to it."""
    monkeypatch.setenv(SHEETS, f"{ADDRESS}/sheets/")
    clock, store = Clock(), Store(folder / "services.sqlite3")
    cloud = Cloud(store, ADDRESS, ADDRESS, clock=clock)
    enablement.set_enabled(cloud, sheets.SERVICE.host, True)
    with TestClient(create_app(cloud, services=[sheets.SERVICE]), base_url="http://127.0.0.1") as client:
        yield LocalSheets(client, cloud, clock)
    store.close()
