"""Google Sheets: spreadsheets with their tabs, cells, formats and bands. No formula is computed."""

from gcp_local.services.sheets.service import SERVICE

__all__ = ["SERVICE"]
