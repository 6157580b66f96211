"""One spreadsheet through gspread: parts of it are read, changes are made, what Google refuses is said in our words.

A call of `change` is whole or not at all: "if any request is not valid then the entire request will fail and nothing
will be applied" (developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/batchUpdate).
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import requests
from google.auth.exceptions import GoogleAuthError
from gspread.exceptions import APIError
from gspread.http_client import HTTPClient

from operations.sheets.sheet_errors import SheetBusy, SheetError
from settings.endpoints import is_disabled

Json: TypeAlias = dict[str, Any]
Result = TypeVar("Result")
ADDRESS = "https://docs.google.com/spreadsheets/d/"
IN_ADDRESS = re.compile(r"/spreadsheets/d/([A-Za-z0-9_-]+)")
TOO_MANY, REQUEST_TIMEOUT, FIRST_OF_THE_SERVER = 429, 408, 500
SCOPE = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


@dataclass(frozen=True, slots=True)
class Tries:
    """How long to wait before each further try: together longer than the minute after which quotas are refilled, each
    with up to a second more (developers.google.com/workspace/sheets/api/limits: truncated exponential backoff).
    """

    pauses: Sequence[float] = (2.0, 4.0, 8.0, 16.0, 32.0)
    sleep: Callable[[float], None] = time.sleep
    drawn: Callable[[], float] = random.random

    def __call__(self, effect: Callable[[], Result]) -> Result:
        """The result of the effect, which must do no harm when it is done twice. Errors: those of its last try."""
        for pause in self.pauses:
            try:
                return effect()
            except SheetBusy:
                self.sleep(pause + self.drawn())
        return effect()


@dataclass(frozen=True, slots=True)
class Spreadsheet:
    """A spreadsheet by its id. `key` is the configuration key that names it, for messages; `whose` writes it."""

    http: HTTPClient
    spreadsheet_id: str
    key: str = "exportSpreadsheet"
    whose: str = ""
    tries: Tries = Tries()

    @property
    def address(self) -> str:
        """Where people find it."""
        return ADDRESS + self.spreadsheet_id

    def read(self, fields: str, *ranges: str) -> Json:
        """The parts that `fields` names. Errors: SheetError."""
        parameters: dict[str, Any] = {"fields": fields, **({"ranges": list(ranges)} if ranges else {})}

        def once() -> Json:
            with self._refusals():
                return dict(self.http.fetch_sheet_metadata(self.spreadsheet_id, parameters))

        return self.tries(once)

    def change(self, wanted: Sequence[Json]) -> None:
        """All of the requests at once; not tried again, since some may not be done twice. Errors: SheetError."""
        with self._refusals():
            self.http.batch_update(self.spreadsheet_id, {"requests": list(wanted)})

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except APIError as error:
            raise self._said(error.response.status_code, error.error) from error
        except GoogleAuthError as error:
            said = " ".join(str(error).split())
            raise SheetError(f"Google Sheets: {said}", fix="gcloud auth application-default login") from error
        except requests.RequestException as error:
            raise SheetBusy(f"Google Sheets does not answer: {error}", fix="is the network there?") from error

    def _said(self, code: int, error: Mapping[str, Any]) -> SheetError:
        message = " ".join(str(error.get("message") or error).split())
        if code in (TOO_MANY, REQUEST_TIMEOUT) or code >= FIRST_OF_THE_SERVER:
            # Also the local cloud's 501 of what it does not emulate: asking again does no good there.
            kind = SheetError if code == requests.codes.not_implemented else SheetBusy
            return kind(f"Google Sheets: {message}", fix="export again in some minutes")
        if code == requests.codes.forbidden:
            return SheetError(f"spreadsheet {self.spreadsheet_id}: {message}", fix=self._permission(error))
        if code == requests.codes.not_found:
            fix = f"pulumi config set {self.key} ID, the part of its address after /spreadsheets/d/"
            return SheetError(f"there is no spreadsheet {self.spreadsheet_id} ({self.key})", fix=fix)
        return SheetError(f"spreadsheet {self.spreadsheet_id}: {message}", fix=f"look at it: {self.address}")

    def _permission(self, error: Mapping[str, Any]) -> str:
        if is_disabled(error):
            return "gcloud services enable sheets.googleapis.com"
        if any(one.get("reason") == SCOPE for one in error.get("details") or () if isinstance(one, dict)):
            return "act as a service account: pulumi config set exportAccount NAME@PROJECT.iam.gserviceaccount.com"
        return f"share {self.address} as editor with {self.whose or 'the account that exports'}"


def spreadsheet_id(address: str) -> str:
    """The id in the address of a spreadsheet; empty when it is none."""
    found = IN_ADDRESS.search(address)
    return found[1] if found else ""
