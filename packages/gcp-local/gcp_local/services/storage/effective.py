"""`effectiveTime` in the settings of a bucket: the service sets it, when the setting is made or changed."""

from __future__ import annotations

from typing import Any

from gcp_local.services.errors import Json

# Settings that carry the time, by their place in the bucket (storage.v1.json: "Server-determined value").
TIMED = (
    ("encryption", "customerManagedEncryptionEnforcementConfig"),
    ("encryption", "customerSuppliedEncryptionEnforcementConfig"),
    ("encryption", "googleManagedEncryptionEnforcementConfig"),
    ("softDeletePolicy", "hardDeletePause"),
)


def stamp(bucket: Json, before: Json | None, now: str) -> Json:
    """The bucket with the time in each of its settings: the one of before where the setting is as it was."""
    answer = dict(bucket)
    for outer, inner in TIMED:
        setting = _setting(answer, outer, inner)
        if setting is None:
            continue
        old = _setting(before or {}, outer, inner) or {}
        same = {**setting, "effectiveTime": ""} == {**old, "effectiveTime": ""}
        time = old.get("effectiveTime", now) if same else now
        answer[outer] = {**answer[outer], inner: {**setting, "effectiveTime": time}}
    return answer


def _setting(bucket: Json, outer: str, inner: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = bucket.get(outer, {}).get(inner)
    return found
