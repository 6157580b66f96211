"""Drawn pages: reports, captions and calendars for properties that hold of every week."""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from scheduling.model import AnalysedHour, PageReport, SelectedCaption, SpecialDay, WeekRequest
from scheduling.profile_values import Profile
from scheduling.profiles import load

ROOT = Path(__file__).parents[3]
TIERS = ("MICRO", "SMALL", "MEDIUM", "LARGE", "MEGA", "micro", "")
RISKS = ("LOW", "MEDIUM", "HIGH", "high", "")
SEGMENTS = ("BUDGET", "EXPLORATORY", "STANDARD", "PREMIUM", "LUXURY", "luxury", "")
PRICE_TIERS = ("bump", "Bump", "free", "low", "budget", "Mid", "mid", "high", "premium", "luxury", "vip")
TRIGGERS = ("General", "Urgency", "Curiosity", "Scarcity", "Exclusivity", "Social Proof", "")
# New Year, both Sundays on which the clock is changed, 29 February, Thanksgiving.
MONDAYS = (date(2026, 12, 28), date(2026, 3, 2), date(2026, 10, 26), date(2028, 2, 28), date(2026, 11, 23))


@cache
def profile(name: str = "") -> Profile:
    return load(ROOT, name)


def captions(rng: random.Random, count: int, categories: int) -> tuple[SelectedCaption, ...]:
    return tuple(
        SelectedCaption(
            rng.randrange(-(2**63), 2**63),
            rng.choice(PRICE_TIERS),
            rng.choice("ABCDEFGHIJ"[:categories]),
            rng.choice(TRIGGERS),
            rng.choice((0.25, 0.5, round(rng.random(), 6))),
        )
        for _ in range(count)
    )


def hours(rng: random.Random, count: int) -> tuple[AnalysedHour, ...]:
    types = ("Weekday", "weekday", "Weekend", "weekend")
    pairs = [(rng.choice(types), rng.randrange(24)) for _ in range(count)]
    return tuple(AnalysedHour(kind, hour, 1 - place / 50) for place, (kind, hour) in enumerate(pairs))


def request(
    seed: int, tier: str, risk: str, segment: str, monday: date, count: int, categories: int, analysed: int
) -> WeekRequest:
    rng = random.Random(seed)
    report = PageReport(f"page_{seed}", tier, segment, risk, hours(rng, analysed))
    holidays = tuple(
        SpecialDay(monday + timedelta(days=day), f"Holiday {day}", rng.choice((0.6, 0.7, 0.9, 1.0)))
        for day in range(-1, 8)
        if rng.random() < 0.2
    )
    return WeekRequest(report, monday, captions(rng, count, categories), holidays, seed)


# Few captions and categories, too, so that rules give way.
REQUESTS = st.builds(
    request,
    seed=st.integers(0, 2**32),
    tier=st.sampled_from(TIERS),
    risk=st.sampled_from(RISKS),
    segment=st.sampled_from(SEGMENTS),
    monday=st.sampled_from(MONDAYS),
    count=st.sampled_from((1, 3, 20, 60, 150)),
    categories=st.sampled_from((1, 2, 4, 10)),
    analysed=st.sampled_from((0, 3, 20)),
)
PROFILES = st.sampled_from(("weekly", "daily")).map(profile)
