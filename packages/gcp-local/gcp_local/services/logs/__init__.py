"""Cloud Logging: log entries written by clients and by the other services, kept for 30 days and listed by filter."""

from __future__ import annotations

from gcp_local.services.logs import entries
from gcp_local.services.logs.service import SERVICE

__all__ = ["SERVICE", "entries"]
