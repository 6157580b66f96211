"""Cloud Storage's JSON API: bucket resources and their policies are kept here, objects are passed on."""

from __future__ import annotations

from gcp_local.services.storage import bucket_policies, buckets
from gcp_local.services.storage.service import SERVICE

__all__ = ["SERVICE", "bucket_policies", "buckets"]
