"""The service answers as Google's did: exchanges that github.com/burnash/gspread recorded (tests/cassettes, its licence
beside the data), without default formats and themes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api, Clock

RECORDED: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[2] / "data" / "sheets_recordings.json").read_text(encoding="utf-8")
)


def renamed(value: Any, names: dict[str, str]) -> Any:
    """The same with our ids in place of Google's."""
    text = json.dumps(value)
    for theirs, ours in names.items():
        text = text.replace(theirs, ours)
    return json.loads(text)


def drawn(theirs: dict[str, Any], ours: dict[str, Any]) -> dict[str, str]:
    """The ids of new tabs, which are drawn."""
    pairs = zip(theirs.get("replies", []), ours.get("replies", []), strict=True)
    added = [
        (one["addSheet"]["properties"], other["addSheet"]["properties"]) for one, other in pairs if "addSheet" in one
    ]
    return {str(one["sheetId"]): str(other["sheetId"]) for one, other in added}


@pytest.mark.parametrize("name", RECORDED)
def test_an_exchange_goes_as_it_went_with_google(api: Api, clock: Clock, name: str) -> None:
    made, *exchanges = RECORDED[name]
    first = api("POST", "/sheets/v4/spreadsheets", {"properties": {"title": made["title"]}})
    names = {"SPREADSHEET": first["spreadsheetId"]}
    assert exchanges
    for exchange in exchanges:
        clock.advance(seconds=2)
        verb, path = renamed(exchange["request"], names).split(" ", 1)
        response = api.send(verb, f"/sheets{path}", renamed(exchange.get("body"), names))
        answer = response.json()
        if response.status_code == 200:
            names |= drawn(exchange["answer"], answer)
            answer.pop("spreadsheetUrl", None)
        else:
            answer["error"].pop("errors")  # of older APIs
        assert (response.status_code, answer) == (exchange["status"], renamed(exchange["answer"], names)), path
