"""Data Transfer: scheduled queries with their schedules, grants and runs, executed on the BigQuery emulator."""

from __future__ import annotations

from local_cloud.services.transfer import configs, runs, sources
from local_cloud.services.transfer.service import SERVICE

__all__ = ["SERVICE", "configs", "runs", "sources"]
