"""Data Transfer: scheduled queries with their schedules, grants and runs, executed on the BigQuery emulator."""

from __future__ import annotations

from gcp_local.services.transfer import configs, runs, sources
from gcp_local.services.transfer.service import SERVICE

__all__ = ["SERVICE", "configs", "runs", "sources"]
