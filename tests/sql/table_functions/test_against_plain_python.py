"""All table functions on months of made-up messages, against their reimplementation in plain Python."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.sql import reference, reference_saturation
from tests.sql.analyses import Analyses, by, close
from tests.sql.messages import LA, Row, caption, message, utc

# Ninety days before each lies a change of the clock; the second window also holds 29 February.
NOWS = [utc("2025-11-05 07:30"), utc("2024-03-12 20:00")]
PAGE = "oracle"
HOLIDAYS = {
    date(2025, 10, 31): (False, 0.9),
    date(2025, 11, 1): (True, 0.7),
    date(2024, 3, 8): (True, 0.8),
}
TEXTS = [
    "Last chance, limited offer", "Expires today!", "VIP special", "only 3 left", "everyone loves it", "want more?",
    "plain text", "snow", "know nowhere", "Members Only club",
]  # fmt: skip


def _bank(chance: random.Random) -> list[Row]:
    tiers = ["Budget", "budget", "mid", "premium"]
    return [
        caption(
            line,
            content_category=chance.choice(["Solo", "Feet", "General"]),
            price_tier=chance.choice(tiers),
            has_urgency=chance.random() < 0.5,
        )
        for line in TEXTS
        for _ in range(2)
    ]


def _messages(chance: random.Random, now: datetime, bank: list[Row]) -> list[Row]:
    """About 400 messages of one page and 150 of two others, from 110 days back to 2 days ahead."""
    rows = []
    for page, count in ((PAGE, 400), ("rival_one", 75), ("rival_two", 75)):
        for _ in range(count):
            sent = chance.choice([0, 10, 1000, chance.randint(100, 60_000)])
            viewed = int(sent * chance.uniform(0.05, 0.8))
            bump = chance.random() < 0.3
            price = None if bump else chance.choice([0, 5, 9.99, 20, 45])
            bought = None if bump else int(viewed * chance.uniform(0, 0.2))
            rows.append(
                message(
                    page,
                    now - timedelta(seconds=chance.randint(-2 * 86_400, 110 * 86_400)),
                    sent_count=sent,
                    viewed_count=viewed,
                    purchased_count=bought,
                    earnings=None if bump else round((bought or 0) * (price or 3), 2),
                    price=price,
                    message_type="Bump" if bump else chance.choice(["PPV", "ppv", "Unlock"]),
                    caption_id=chance.choice([None, 5, *(row["caption_id"] for row in bank)]),
                )
            )
    return rows


class World:
    """The made-up data of one instant, and what plain Python makes of it."""

    def __init__(self, now: datetime) -> None:
        chance = random.Random(f"{now}")
        self.now, self.today = now, now.astimezone(LA).date()
        self.bank = _bank(chance)
        self.sources = _messages(chance, now, self.bank)
        self.captions = {row["caption_id"]: row for row in self.bank}

    def window(self, days: int) -> list[Row]:
        return reference.window(self.sources, PAGE, days, self.now)

    def until_now(self, own: bool) -> list[Row]:
        known = [reference.facts(row) for row in self.sources if row["sending_time"] <= self.now]
        return [row for row in known if (row["page_name"] == PAGE) is own]

    def saturation(self, tier: str | None) -> Row:
        own, others = self.until_now(True), self.until_now(False)
        return reference_saturation.calculate_saturation_score(own, others, tier, self.today, HOLIDAYS)

    def status(self) -> Row:
        [size] = reference.classify_account_size(self.window(90), 90)
        score = self.saturation(size["size_tier"])
        zone = {"LOW": "GREEN", "MEDIUM": "YELLOW", "HIGH": "RED"}[score["risk_level"]]
        kept = (
            *("saturation_score", "risk_level", "recommended_action", "volume_adjustment_factor"),
            *("confidence_score", "exclusion_reason"),
        )
        return {"size_tier": size["size_tier"], "zone": zone} | {name: score[name] for name in kept}


def _windowed(world: World) -> list[Row]:
    names = "row_id page_name sending_time la_date la_hour day_of_week_la day_type message_type caption_id price"
    names += " sent_count viewed_count purchased_count earnings view_rate conversion_rate rpr emv"
    return [{name: row[name] for name in names.split()} for row in world.window(45)]


# name: (arguments between page and instant, key columns, what plain Python says)
Expected = Callable[[World], list[Row]]
FUNCTIONS: dict[str, tuple[list[Any], list[str], Expected]] = {
    "get_recent_performance_window": ([45], ["row_id"], _windowed),
    "classify_account_size": (
        [30], ["size_tier"], lambda w: reference.classify_account_size(w.window(30), 30),
    ),
    "analyze_behavioral_segments": (
        [90], ["segment_label"], lambda w: reference.analyze_behavioral_segments(w.window(90), w.captions),
    ),
    "analyze_trigger_performance": (
        [90], ["psychological_trigger"], lambda w: reference.analyze_trigger_performance(w.window(90), w.captions),
    ),
    "analyze_content_categories": (
        [90],
        ["content_category", "price_tier"],
        lambda w: reference.analyze_content_categories(w.window(90), w.captions, w.now),
    ),
    "analyze_day_patterns": ([90], ["day_of_week_la"], lambda w: reference.analyze_day_patterns(w.window(90))),
    "analyze_time_windows": (
        [90], ["day_type", "hour_la"], lambda w: reference.analyze_time_windows(w.window(90)),
    ),
    "calculate_saturation_score": (["LARGE"], ["saturation_score"], lambda w: [w.saturation("LARGE")]),
    "calculate_engagement_rates": (
        [60], ["la_date"], lambda w: reference.calculate_engagement_rates(w.window(60)),
    ),
    "calculate_performance_metrics": (
        [90], ["message_type"], lambda w: reference.calculate_performance_metrics(w.window(90)),
    ),
    "get_creator_baseline": (
        [30],
        ["day_of_week_la"],
        lambda w: reference_saturation.get_creator_baseline(w.until_now(True), 30, w.today),
    ),
    "detect_anomalies": (
        [90], ["la_date", "metric"], lambda w: reference.detect_anomalies(w.window(90), w.today),
    ),
    "analyze_saturation_status": ([], ["size_tier"], lambda w: [w.status()]),
}  # fmt: skip


@pytest.mark.parametrize("now", NOWS, ids=["november", "march"])
def test_every_table_function_agrees_with_plain_python(analyses: Analyses, now: datetime) -> None:
    world = World(now)
    analyses.add("mass_messages", world.sources)
    analyses.add("caption_bank", world.bank)
    analyses.add(
        "holiday_calendar",
        [
            {"holiday_date": day, "holiday_name": "x", "is_major_holiday": major, "saturation_impact_factor": factor}
            for day, (major, factor) in HOLIDAYS.items()
        ],
    )

    for function, (arguments, key, expected) in FUNCTIONS.items():
        found = by(analyses.call(f"{function}_at", PAGE, *arguments, now), *key)

        assert (function, found) == (function, close(by(expected(world), *key)))
        assert found, function
