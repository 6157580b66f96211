"""Why nothing was exported into a spreadsheet."""

from __future__ import annotations

from operations.errors import CloudError
from settings.errors import ErosError


class SheetError(CloudError):
    """The spreadsheet refused, or is not as it must be; it holds what it held."""


class SheetBusy(SheetError):
    """The API is overloaded, out of quota for this minute, or did not answer: it may be asked again."""


class GateClosed(ErosError):
    """The schedule may not be exported: a check of the gate says why."""

    exit_code = 9


class AlreadyExported(ErosError):
    """The same was exported within 24 hours."""

    exit_code = 10
