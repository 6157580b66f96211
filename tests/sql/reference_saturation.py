"""Baseline and saturation score once more in plain Python; see `reference`."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby

from tests.sql.messages import Row
from tests.sql.reference import Rows, groups, rates, ratio, rounded, total


def get_creator_baseline(rows: Rows, days: int, today: date) -> Rows:
    """`rows`: messages of the page (or of all other pages), of any age."""
    first, last = today - timedelta(days=7 + days), today - timedelta(days=8)
    by_day = _days_with_sends([m for m in rows if first <= m["la_date"] <= last])
    if not by_day:
        return []
    found = []
    for weekday in range(1, 8):
        own = [messages for messages in by_day.values() if messages[0]["day_of_week_la"] == weekday]
        chosen = own if len(own) >= 3 else list(by_day.values())
        together = [m for messages in chosen for m in messages]
        paid = [m for m in together if m["message_type"] == "PPV"]
        rpr, conv = rates(paid)
        daily = [r for r in (rates([m for m in d if m["message_type"] == "PPV"])[0] for d in chosen) if r is not None]
        found.append(
            {
                "day_of_week_la": weekday,
                "n_days": len(chosen),
                "view_rate": ratio(total(together, "viewed_count"), total(together, "sent_count")),
                "rpr": rpr,
                "conversion_rate": conv,
                "rpr_stddev": statistics.stdev(daily) if len(daily) > 1 else None,
            }
        )
    return found


def _days_with_sends(rows: Rows) -> dict[date, Rows]:
    return {day: own for day, own in groups(rows, lambda m: m["la_date"]).items() if total(own, "sent_count") > 0}


Holidays = Mapping[date, tuple[bool, float]]


def deviations(rows: Rows, today: date, holidays: Holidays) -> dict[date, tuple[float | None, float | None] | None]:
    """View and rpr deviation of each of the last seven days; None for a day without sends."""
    baseline = {row["day_of_week_la"]: row for row in get_creator_baseline(rows, 30, today)}
    by_day = _days_with_sends(rows)
    found: dict[date, tuple[float | None, float | None] | None] = {}
    for day in (today - timedelta(days=back) for back in range(7, 0, -1)):
        own = by_day.get(day)
        if own is None:
            found[day] = None
            continue
        normal = baseline.get(day.isoweekday() % 7 + 1, {"view_rate": None, "rpr": None})
        factor = holidays.get(day, (False, 1.0))[1]
        view = ratio(total(own, "viewed_count"), total(own, "sent_count"))
        rpr = rates([m for m in own if m["message_type"] == "PPV"])[0]
        found[day] = _deviation(view, normal["view_rate"], factor), _deviation(rpr, normal["rpr"], factor)
    return found


def _deviation(actual: float | None, normal: float | None, factor: float) -> float | None:
    return None if actual is None or not normal else round(actual / (normal * factor) - 1, 6)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def _longest_run(by_day: Mapping[date, tuple[float | None, float | None] | None], holidays: Holidays) -> int:
    marks = [
        pair is not None and pair[1] is not None and pair[1] < -0.20
        for day, pair in sorted(by_day.items())
        if not holidays.get(day, (False, 1.0))[0]
    ]
    return max((len(list(run)) for under, run in groupby(marks) if under), default=0)


WEIGHTS = {"MEGA": 0.30, "XL": 0.30, "LARGE": 0.25, "MEDIUM": 0.20, "SMALL": 0.15, "MICRO": 0.15}


def calculate_saturation_score(page: Rows, others: Rows, tier: str | None, today: date, holidays: Holidays) -> Row:
    """`page` and `others`: all messages of the page and of all other pages up to now."""
    by_day = deviations(page, today, holidays)
    pairs = [pair for pair in by_day.values() if pair is not None]
    first, last = today - timedelta(days=37), today - timedelta(days=8)
    baseline_days = len(_days_with_sends([m for m in page if first <= m["la_date"] <= last]))
    if not pairs or not baseline_days:
        return _advice("INSUFFICIENT_DATA", 0.0, 0.0, 0.0, 0, 0.0)
    view, rpr = _mean(pair[0] for pair in pairs), _mean(pair[1] for pair in pairs)
    run = _longest_run(by_day, holidays)
    platform = _mean(pair[0] for pair in deviations(others, today, holidays).values() if pair is not None)
    score = WEIGHTS.get((tier or "").upper(), 0.20) * (view is not None and round(view, 6) < -0.15)
    score += 0.4 * (rpr is not None and round(rpr, 6) < -0.20) + 0.2 * (run >= 3)
    festive = sum(pair is not None and day in holidays for day, pair in by_day.items())
    reason = "HOLIDAY" if festive >= 2 else None
    if platform is not None and round(platform, 6) < -0.20:
        reason = "PLATFORM_HEADWIND"
    confidence = min(1, 0.6 * min(1, len(pairs) / 7) + 0.4 * min(1, baseline_days / 30))
    return _advice(reason, round(score, 4), view, rpr, run, confidence)


def _advice(
    reason: str | None, score: float, view: float | None, rpr: float | None, run: int, confidence: float
) -> Row:
    risk = "HIGH" if score >= 0.6 else "MEDIUM" if score >= 0.3 else "LOW"
    if reason == "PLATFORM_HEADWIND":
        risk = "LOW"
    action, factor = {"HIGH": ("CUT VOLUME 30%", 0.7), "MEDIUM": ("CUT VOLUME 15%", 0.85)}.get(risk, ("NO CHANGE", 1.0))
    return {
        "saturation_score": score,
        "risk_level": risk,
        "unlock_rate_deviation": rounded(view, 4),
        "emv_deviation": rounded(rpr, 4),
        "consecutive_underperform_days": run,
        "recommended_action": action,
        "volume_adjustment_factor": factor,
        "confidence_score": round(confidence, 6),
        "exclusion_reason": reason,
    }
