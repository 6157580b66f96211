"""The table functions once more in plain Python, as an oracle: written from the definitions, not from the SQL.

Works on the rows that `messages.message` makes. Each function returns what the table function must return, rows
as dictionaries. Statistics come from `statistics`, numpy and scipy.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from scipy import stats

from tests.sql.messages import LA, Row

Rows = list[Row]
CRITICAL = ((30, 1.96), (20, 2.086), (10, 2.228), (5, 2.571), (0, 3.182))
TIERS = (
    ("MICRO", 5_000, (1, 1, 1, 180, 0.15)),
    ("SMALL", 25_000, (1, 2, 1, 150, 0.15)),
    ("MEDIUM", 100_000, (1, 2, 2, 120, 0.20)),
    ("LARGE", 500_000, (2, 3, 2, 90, 0.25)),
    ("MEGA", math.inf, (2, 4, 3, 75, 0.30)),
)


def ratio(over: float, under: float) -> float | None:
    return over / under if under else None


def facts(row: Row) -> Row:
    """What message_facts knows of a source row."""
    local = row["sending_time"].astimezone(LA)
    sent, viewed = row["sent_count"] or 0, row["viewed_count"] or 0
    purchased, earnings = int(row["purchased_count"] or 0), row["earnings"] or 0.0
    paid = (row["message_type"] or "").strip().lower() in ("ppv", "unlock") or (row["price"] or 0) > 0
    return row | {
        "page_name": row["page_name"].strip().lower(),
        "la_date": local.date(),
        "la_hour": local.hour,
        "day_of_week_la": local.isoweekday() % 7 + 1,
        "day_type": "Weekend" if local.isoweekday() >= 6 else "Weekday",
        "message_type": "PPV" if paid else "Bump",
        "price": row["price"] or 0.0,
        "sent_count": sent,
        "viewed_count": viewed,
        "purchased_count": purchased,
        "earnings": earnings,
        "view_rate": ratio(viewed, sent),
        "conversion_rate": ratio(purchased, viewed),
        "rpr": ratio(earnings, sent),
        "emv": (ratio(purchased, viewed) or 0.0) * earnings,
    }


def window(rows: Iterable[Row], page: str, days: int, now: datetime) -> Rows:
    """get_recent_performance_window."""
    known = [facts(row) for row in rows]
    return [m for m in known if m["page_name"] == page and now - timedelta(hours=24 * days) < m["sending_time"] <= now]


def total(rows: Iterable[Row], column: str) -> float:
    return float(sum(row[column] for row in rows))


def rates(rows: Rows) -> tuple[float | None, float | None]:
    return ratio(total(rows, "earnings"), total(rows, "sent_count")), ratio(
        total(rows, "purchased_count"), total(rows, "viewed_count")
    )


def _paid(rows: Rows) -> Rows:
    return [m for m in rows if m["message_type"] == "PPV" and m["sent_count"] > 0]


def groups(rows: Rows, key: Callable[[Row], Any]) -> dict[Any, Rows]:
    found: dict[Any, Rows] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)


def rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def classify_account_size(rows: Rows, days: int) -> Rows:
    viewed = [m for m in rows if m["viewed_count"] > 0]
    if not viewed:
        return []
    revenue = total(viewed, "earnings")
    tier, _, (low, high, bump, gap, tolerance) = next(t for t in TIERS if revenue * 90 / days < t[1])
    return [
        {
            "size_tier": tier,
            "avg_audience": float(np.percentile([m["sent_count"] for m in viewed], 95)),
            "total_revenue_period": revenue,
            "daily_ppv_target_min": low,
            "daily_ppv_target_max": high,
            "daily_bump_target": bump,
            "min_ppv_gap_minutes": gap,
            "saturation_tolerance": tolerance,
        }
    ]


def _correlation(pairs: list[tuple[float, float]]) -> float | None:
    xs, ys = zip(*pairs, strict=True) if pairs else ((), ())
    if len(pairs) < 2 or len(set(xs)) < 2 or len(set(ys)) < 2:
        return None
    return statistics.correlation(xs, ys)


def analyze_behavioral_segments(rows: Rows, bank: Mapping[int, Row]) -> Rows:
    paid = _paid(rows)
    rpr, conv = rates(paid)
    priced = [m for m in paid if m["price"] > 0]
    prices, rprs = [m["price"] for m in priced], [m["rpr"] for m in priced]
    slope = np.polyfit(prices, rprs, 1)[0] if len(set(prices)) > 1 else None
    used = groups([m for m in paid if m["caption_id"] in bank], lambda m: bank[m["caption_id"]]["content_category"])
    label = next(name for name, limit in SEGMENTS if (rpr or 0) < limit) if len(paid) >= 20 else "EXPLORATORY"
    return [
        {
            "segment_label": label,
            "avg_rpr": rounded(rpr, 6),
            "avg_conv": rounded(conv, 4),
            "rpr_price_slope": rounded(None if slope is None else float(slope), 6),
            "rpr_price_corr": rounded(_correlation(list(zip(prices, rprs, strict=True))), 4),
            "conv_price_elasticity_proxy": rounded(
                _correlation([(m["price"], m["conversion_rate"]) for m in priced if m["viewed_count"]]), 4
            ),
            "category_entropy": round(float(stats.entropy([len(g) for g in used.values()])), 4) if used else None,
            "sample_size": len(paid),
        }
    ]


SEGMENTS = (("BUDGET", 0.5), ("STANDARD", 2), ("PREMIUM", 5), ("LUXURY", math.inf))


def welch(one: list[float], other: list[float]) -> tuple[float | None, bool]:
    """Statistic by scipy, significance by the table of critical values."""
    if len(one) < 2 or len(other) < 2 or (len(set(one)) == 1 and len(set(other)) == 1):
        return None, False
    found = stats.ttest_ind(one, other, equal_var=False)
    critical = next(value for limit, value in CRITICAL if math.floor(round(found.df, 6)) >= limit)
    return float(found.statistic), bool(round(abs(float(found.statistic)), 6) >= critical)


def wilson(successes: int, failures: int) -> tuple[float, float]:
    """95 % interval with z = 1.96, counts below 0 as 0."""
    good, bad = max(successes, 0), max(failures, 0)
    if not good + bad:
        return 0.0, 1.0
    level = 2 * stats.norm.cdf(1.96) - 1
    bounds = stats.binomtest(good, good + bad).proportion_ci(float(level), method="wilson")
    return float(bounds.low), float(bounds.high)


def trigger(row: Row) -> str:
    """Psychological trigger of a bank row."""
    text = row["caption_text"]
    rules = (
        ("Urgency", r"\b(now|today|limited|expir\w*)\b" if row["has_urgency"] else r"$^x"),
        ("Exclusivity", r"\b(exclusive|vip|special|members only)\b"),
        ("Scarcity", r"\bonly \d+ left\b|\blast chance\b"),
        ("Social Proof", r"\b(everyone|fans love|popular)\b"),
        ("Curiosity", r"\?"),
    )
    return next((name for name, rule in rules if re.search(rule, text, re.IGNORECASE | re.ASCII)), "General")


def _lift(own: float | None, rest: float | None) -> float | None:
    return None if own is None or not rest else round((own / rest - 1) * 100, 2)


def _conversion_differs(own: Rows, rest: Rows) -> bool:
    bought, views = total(own, "purchased_count"), total(own, "viewed_count")
    rest_bought, rest_views = total(rest, "purchased_count"), total(rest, "viewed_count")
    if not views or not rest_views:
        return False
    pooled = min(1.0, (bought + rest_bought) / (views + rest_views))
    error = math.sqrt(pooled * (1 - pooled) * (1 / views + 1 / rest_views))
    return bool(error and round(abs(bought / views - rest_bought / rest_views) / error, 6) >= 1.96)


def analyze_trigger_performance(rows: Rows, bank: Mapping[int, Row]) -> Rows:
    captioned = [m | {"trigger": trigger(bank[m["caption_id"]])} for m in _paid(rows) if m["caption_id"] in bank]
    found = []
    for name, own in groups(captioned, lambda m: m["trigger"]).items():
        rest = [m for m in captioned if m["trigger"] != name]
        (rpr, conv), (rest_rpr, rest_conv) = rates(own), rates(rest)
        bought, views = int(total(own, "purchased_count")), int(total(own, "viewed_count"))
        low, high = wilson(bought, views - bought)
        found.append(
            {
                "psychological_trigger": name,
                "msg_count": len(own),
                "avg_rpr": rounded(rpr, 4),
                "avg_conv": rounded(conv, 4),
                "rpr_lift_pct": _lift(rpr, rest_rpr),
                "conv_lift_pct": _lift(conv, rest_conv),
                "conv_stat_sig": _conversion_differs(own, rest),
                "rpr_stat_sig": welch([m["rpr"] for m in own], [m["rpr"] for m in rest])[1],
                "conv_ci": {"lower": round(low, 4), "upper": round(high, 4)},
            }
        )
    return found


def analyze_content_categories(rows: Rows, bank: Mapping[int, Row], now: datetime) -> Rows:
    captioned = [m for m in _paid(rows) if m["caption_id"] in bank]
    found = []
    for (category, tier), own in groups(captioned, lambda m: _category_and_tier(bank[m["caption_id"]])).items():
        rpr, conv = rates(own)
        cut = now - timedelta(days=30)
        recent = rates([m for m in own if m["sending_time"] > cut])[0]
        earlier = rates([m for m in own if cut - timedelta(days=30) < m["sending_time"] <= cut])[0]
        trend = None if recent is None or not earlier else (recent / earlier - 1) * 100
        pairs = [(m["price"], m["conversion_rate"]) for m in own if m["viewed_count"]]
        found.append(
            {
                "content_category": category,
                "price_tier": tier,
                "msg_count": len(own),
                "avg_rpr": rpr,
                "avg_conv": conv,
                "trend_pct": rounded(trend, 1),
                "trend_direction": _direction(trend),
                "price_sensitivity_corr": rounded(_correlation(pairs), 4),
            }
        )
    for row in found:
        rivals = [r for r in found if r["content_category"] == row["content_category"]]
        best = min(rivals, key=lambda r: (-round(r["avg_rpr"], 6), -r["msg_count"], r["price_tier"]))
        row["best_price_tier"] = best["price_tier"]
    return found


def _category_and_tier(row: Row) -> tuple[str, str]:
    return row["content_category"], row["price_tier"].lower()


def _direction(trend: float | None) -> str:
    if trend is None:
        return "UNKNOWN"
    return "RISING" if round(trend, 6) > 10 else "DECLINING" if round(trend, 6) < -10 else "STABLE"


def analyze_day_patterns(rows: Rows) -> Rows:
    paid = _paid(rows)
    found = []
    for day, own in groups(paid, lambda m: m["day_of_week_la"]).items():
        (rpr, conv), rest = rates(own), [m["rpr"] for m in paid if m["day_of_week_la"] != day]
        t, significant = welch([m["rpr"] for m in own], rest)
        found.append(
            {
                "day_of_week_la": day,
                "n": len(own),
                "avg_rpr": rpr,
                "avg_conv": conv,
                "t_rpr_approx": t,
                "rpr_stat_sig": significant,
            }
        )
    return found


def analyze_time_windows(rows: Rows) -> Rows:
    found = []
    for (day_type, hour), own in groups(_paid(rows), lambda m: (m["day_type"], m["la_hour"])).items():
        rpr, conv = rates(own)
        confidence = "HIGH_CONF" if len(own) >= 10 else "MED_CONF" if len(own) >= 5 else "LOW_CONF"
        found.append(
            {
                "day_type": day_type,
                "hour_la": hour,
                "n": len(own),
                "avg_rpr": rpr,
                "avg_conv": conv,
                "confidence": confidence,
            }
        )
    return found


def calculate_engagement_rates(rows: Rows) -> Rows:
    by_day = groups(rows, lambda m: m["la_date"])
    found = []
    for day, own in by_day.items():
        week = [m for m in rows if day - timedelta(days=6) <= m["la_date"] <= day]
        rpr, conv = rates(own)
        found.append(
            {
                "la_date": day,
                "message_count": len(own),
                "sent_count": total(own, "sent_count"),
                "view_rate": ratio(total(own, "viewed_count"), total(own, "sent_count")),
                "conversion_rate": conv,
                "rpr": rpr,
                "view_rate_7d": ratio(total(week, "viewed_count"), total(week, "sent_count")),
                "rpr_7d": rates(week)[0],
            }
        )
    return found


def calculate_performance_metrics(rows: Rows) -> Rows:
    by_type = groups(rows, lambda m: m["message_type"]) | ({"ALL": rows} if rows else {})
    found = []
    for name, own in by_type.items():
        rpr, conv = rates(own)
        found.append(
            {
                "message_type": name,
                "message_count": len(own),
                "total_sent": total(own, "sent_count"),
                "total_viewed": total(own, "viewed_count"),
                "total_purchased": total(own, "purchased_count"),
                "total_revenue": total(own, "earnings"),
                "view_rate": ratio(total(own, "viewed_count"), total(own, "sent_count")),
                "conversion_rate": conv,
                "rpr": rpr,
                "avg_emv": statistics.fmean(m["emv"] for m in own),
                "median_price": statistics.median(m["price"] for m in own),
            }
        )
    return found


def detect_anomalies(rows: Rows, today: date) -> Rows:
    by_day = groups([m for m in rows if m["la_date"] < today], lambda m: m["la_date"])
    if len(by_day) < 7:
        return []
    found = []
    for metric, value in METRICS.items():
        values = {day: value(own) for day, own in by_day.items()}
        known = [v for v in values.values() if v is not None]
        middle = statistics.median(known)
        spread = statistics.median(abs(v - middle) for v in known)
        for day, one in values.items():
            z = 0.6745 * (one - middle) / spread if spread and one is not None else None
            odd = z is not None and abs(z) >= 3.5
            found.append(
                {
                    "la_date": day,
                    "metric": metric,
                    "value": one,
                    "expected": middle,
                    "robust_z": z,
                    "is_anomaly": odd,
                    "direction": None if z is None or not odd else "HIGH" if z > 0 else "LOW",
                }
            )
    return found


METRICS: dict[str, Callable[[Rows], float | None]] = {
    "view_rate": lambda rows: ratio(total(rows, "viewed_count"), total(rows, "sent_count")),
    "conversion_rate": lambda rows: rates(rows)[1],
    "rpr": lambda rows: rates(rows)[0],
    "revenue": lambda rows: total(rows, "earnings"),
    "message_count": lambda rows: float(len(rows)),
}
