"""Cloud Logging: entries written by clients and by the other services, kept for 30 days; the two log buckets."""

from __future__ import annotations

from gcp_local.services.logs import buckets, entries
from gcp_local.services.logs.service import SERVICE

__all__ = ["SERVICE", "buckets", "entries"]
