"""The performance report of a page, as analyze_creator_performance writes it, read for the builder."""

from __future__ import annotations

import json
from typing import Any

from scheduling.errors import SchedulingError
from scheduling.model import AnalysedHour, PageReport


def page_report(text: str) -> PageReport:
    """What a report says; null and absent parts are empty. Raises SchedulingError for what is no report."""
    fix = "run the daily automation again, which writes the reports: eros run daily_automation"
    try:
        found = json.loads(text)
        account, segment, saturation = (
            found.get(name) or {} for name in ("account_classification", "behavioral_segment", "saturation")
        )
        return PageReport(
            page_name=str(found["creator_name"]),
            size_tier=str(account.get("size_tier") or ""),
            segment=str(segment.get("segment_label") or ""),
            risk_level=str(saturation.get("risk_level") or ""),
            hours=tuple(map(_hour, found.get("time_window_optimization") or ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SchedulingError(f"this is no report of a page: {error!r}", fix=fix) from None


def _hour(found: dict[str, Any]) -> AnalysedHour:
    rpr = found.get("avg_rpr")
    return AnalysedHour(
        str(found["day_type"]),
        int(found["hour_24"]),
        None if rpr is None else float(rpr),
        str(found.get("confidence") or ""),
    )
