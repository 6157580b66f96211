"""Cloud Logging: entries written by clients and by other services, kept for 30 days; log metrics; two log buckets."""

from __future__ import annotations

from gcp_local.services.logs import buckets, entries, metrics
from gcp_local.services.logs.service import SERVICE

__all__ = ["SERVICE", "buckets", "entries", "metrics"]
