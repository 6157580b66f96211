"""Who writes into spreadsheets: the stated account, with the scope of spreadsheets and no other, or whoever exports."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import google.auth
import pytest
from google.auth import impersonated_credentials
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError

from operations import clients, reach
from operations.commands import spreadsheets
from operations.errors import CloudError
from operations.sheets.transport import SheetsTransport
from operations.weeks import week_statements
from settings.endpoints import SHEETS

SCOPE = "https://www.googleapis.com/auth/spreadsheets"
ACCOUNT = "sheets@example.iam.gserviceaccount.com"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The scopes for which a login was asked."""
    found: list[list[str]] = []

    def default(scopes: list[str]) -> tuple[AnonymousCredentials, str]:
        found.append(scopes)
        return AnonymousCredentials(), "project"

    monkeypatch.setattr(google.auth, "default", default)
    monkeypatch.delenv(SHEETS, raising=False)
    return found


def test_without_an_account_it_is_the_caller_whose_login_has_the_scope(asked: list[list[str]]) -> None:
    http = clients.sheets_client()
    assert isinstance(http, SheetsTransport)
    assert asked == [[SCOPE]]
    assert http.timeout == clients.CALL_SECONDS


def test_a_stated_account_is_acted_as_with_the_scope_of_spreadsheets_alone(asked: list[list[str]]) -> None:
    http = clients.sheets_client(ACCOUNT)
    assert isinstance(http.auth, impersonated_credentials.Credentials)
    assert http.auth.service_account_email == ACCOUNT
    assert http.auth._target_scopes == [SCOPE]
    assert asked == [["https://www.googleapis.com/auth/cloud-platform"]]


def test_a_stated_endpoint_gets_no_credentials(asked: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHEETS, "http://127.0.0.1:1/sheets/")
    monkeypatch.setattr(reach, "check", lambda *_: None)
    assert isinstance(clients.sheets_client(ACCOUNT).auth, AnonymousCredentials)
    assert asked == []


def test_no_login_is_told_with_how_to_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(scopes: list[str]) -> None:
        raise DefaultCredentialsError("no credentials")

    monkeypatch.delenv(SHEETS, raising=False)
    monkeypatch.setattr(google.auth, "default", none)
    with pytest.raises(CloudError, match="no credentials") as found:
        clients.sheets_client()
    assert found.value.fix == "gcloud auth application-default login"


def test_a_command_exports_with_what_the_stack_states(asked: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(week_statements, "deployed", lambda outputs: outputs)
    settings = SimpleNamespace(export_spreadsheet="1AbC", control_panel=None, export_account=ACCOUNT)
    stack: Any = SimpleNamespace(settings=settings, root=Path("root"), outputs=lambda: "the warehouse")
    exporter = spreadsheets._exporter(stack)
    sheet = exporter.open_sheet("1AbC", "exportSpreadsheet")
    warehouse: object = exporter.warehouse
    assert (warehouse, exporter.keep) == ("the warehouse", Path("root/.eros"))
    assert exporter.stated == {"exportSpreadsheet": "1AbC", "controlPanel": ""}
    assert (sheet.address, sheet.whose) == ("https://docs.google.com/spreadsheets/d/1AbC", ACCOUNT)
    assert len(asked) == 1
