"""gspread's HTTP client at the address that the environment states; its own constants know only Google's."""

from __future__ import annotations

from typing import Any

from gspread.http_client import HTTPClient
from requests import Response

from operations.errors import CloudError
from settings.endpoints import REST_BASES, SHEETS, rest_base


class SheetsTransport(HTTPClient):
    """What `gspread.Client(..., http_client=SheetsTransport)` sends its requests with: the library's own seam."""

    def request(self, method: str, endpoint: str, *arguments: Any, **options: Any) -> Response:
        """As the library's. What is no request of the Sheets API (Drive's) never leaves."""
        known = REST_BASES[SHEETS]
        if not endpoint.startswith(known):
            raise CloudError(f"{endpoint} is not asked: exports need the Sheets API alone")
        return super().request(method, rest_base(SHEETS) + endpoint.removeprefix(known), *arguments, **options)
