"""calculate_saturation_score and analyze_saturation_status: the worked example, then rule by rule.

Unless a test says otherwise it is 2025-06-15 in Los Angeles: evaluated are 06-08 to 06-14, the baseline is 05-09 to
06-07. A normal day is one PPV message at noon to 1,000 recipients with 400 views and $200.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.sql.analyses import Analyses, Raw, by, close
from tests.sql.messages import Row, la, la_noon, message, utc

NOW = utc("2025-06-15 20:00")
TODAY = date(2025, 6, 15)
WEEK = [TODAY - timedelta(days=back) for back in range(7, 0, -1)]
MONTH = [TODAY - timedelta(days=back) for back in range(37, 7, -1)]


def _day(page: str, day: date, view: float = 0.4, rpr: float = 0.2, **values: Any) -> Row:
    figures: Row = {"viewed_count": round(view * 1000), "earnings": rpr * 1000}
    return message(page, la_noon(day), **figures | values)


def _normal_month(page: str, days: Iterable[date] = MONTH) -> list[Row]:
    return [_day(page, day) for day in days]


def _week(page: str, rpr: Iterable[float | None], view: float = 0.4) -> list[Row]:
    """The evaluated days with these rpr; None is a day without a message."""
    return [_day(page, day, view, value) for day, value in zip(WEEK, rpr, strict=True) if value is not None]


def _holiday(day: date, major: bool = False, factor: float | None = 1.0) -> Row:
    return {
        "holiday_date": day,
        "holiday_name": "x",
        "is_major_holiday": major,
        "saturation_impact_factor": factor,
    }


def _scores(analyses: Analyses, *pages: str, tier: str | None = "SMALL") -> dict[str, Row]:
    found = analyses.calls("calculate_saturation_score_at", {page: [page, tier, NOW] for page in pages})
    assert all(len(rows) == 1 for rows in found.values())
    return {page: row for page, [row] in found.items()}


def _example() -> list[Row]:
    alice = {
        "2025-10-06 12:00": (1000, 400, 500),
        "2025-10-08 12:00": (1000, 400, 500),
        "2025-10-14 12:00": (2000, 800, 1000),
        "2025-10-29 12:00": (1000, 300, 350),
        "2025-10-30 12:00": (1000, 320, 300),
        "2025-10-31 23:30": (1000, 270, 270),
        "2025-11-02 01:30": (1000, 400, 500),
        "2025-11-04 09:00": (1000, 10, 0),
    }
    bella = {"2025-10-07 12:00": (1000, 500, 900), "2025-10-30 12:00": (1000, 480, 900)}
    return [
        message(page, la(at), sent_count=sent, viewed_count=viewed, earnings=earned)
        for page, days in {"alice": alice, "bella": bella}.items()
        for at, (sent, viewed, earned) in days.items()
    ]


def test_the_worked_example_holds_value_by_value(analyses: Analyses) -> None:
    """After the clock change of 11-02; 10-31 is a minor holiday, the first week has 10-29, 10-30, 10-31 and 11-02."""
    now = utc("2025-11-04 20:00")
    analyses.add("mass_messages", _example())
    analyses.add("holiday_calendar", [_holiday(date(2025, 10, 31), factor=0.9)])

    found = analyses.calls("calculate_saturation_score_at", {tier: ["alice", tier, now] for tier in ("SMALL", "LARGE")})
    days = by(analyses.call("baseline_deviations_at", Raw("['alice']"), now, where="NOT is_platform"), "la_date")
    platform = by(analyses.call("baseline_deviations_at", Raw("['alice']"), now, where="is_platform"), "la_date")

    small = {
        "saturation_score": 0.75,
        "risk_level": "HIGH",
        "unlock_rate_deviation": -0.175,
        "emv_deviation": -0.275,
        "consecutive_underperform_days": 3,
        "recommended_action": "CUT VOLUME 30%",
        "volume_adjustment_factor": 0.7,
        "confidence_score": 0.382857,
        "exclusion_reason": None,
    }
    assert found == {"SMALL": [small], "LARGE": [small | {"saturation_score": 0.85}]}
    deviations = {
        day.strftime("%m-%d"): (row["view_rate_deviation"], row["rpr_deviation"]) for day, row in days.items()
    }
    assert deviations == {
        "10-28": (None, None),
        "10-29": (-0.25, -0.3),
        "10-30": (-0.2, -0.4),
        "10-31": (-0.25, -0.4),
        "11-01": (None, None),
        "11-02": (0.0, 0.0),
        "11-03": (None, None),
    }
    assert platform[date(2025, 10, 30)]["view_rate_deviation"] == -0.04


def test_a_platform_that_falls_too_excuses_the_page_and_adds_nothing(analyses: Analyses) -> None:  # defect: L23
    """Both pages lose half their views: each is the other's headwind. The rpr signal alone scores 0.4 + 0.2."""
    analyses.add(
        "mass_messages",
        [row for page in ("head_one", "head_two") for row in _normal_month(page) + _week(page, [0.1] * 7, view=0.2)],
    )

    found = _scores(analyses, "head_one")["head_one"]

    assert found == close(
        {
            "saturation_score": 0.75,
            "risk_level": "LOW",
            "unlock_rate_deviation": -0.5,
            "emv_deviation": -0.5,
            "consecutive_underperform_days": 7,
            "recommended_action": "NO CHANGE",
            "volume_adjustment_factor": 1.0,
            "confidence_score": 1.0,
            "exclusion_reason": "PLATFORM_HEADWIND",
        }
    )


def test_the_platform_is_all_other_pages_and_must_fall_by_more_than_a_fifth(analyses: Analyses) -> None:
    """First alone (no platform), then beside a page that lost exactly 20 %, then beside one that lost a hair more."""
    analyses.add("mass_messages", _normal_month("head_me") + _week("head_me", [0.1] * 7, view=0.2))
    alone = _scores(analyses, "head_me")["head_me"]["exclusion_reason"]

    analyses.add("mass_messages", _normal_month("head_other") + _week("head_other", [0.2] * 7, view=0.32))
    at_the_limit = _scores(analyses, "head_me")["head_me"]["exclusion_reason"]

    analyses.add("mass_messages", [_day("head_third", day, 0.4) for day in MONTH])
    analyses.add("mass_messages", [_day("head_third", day, 0.31) for day in WEEK])
    beyond = _scores(analyses, "head_me")["head_me"]["exclusion_reason"]

    assert (alone, at_the_limit, beyond) == (None, None, "PLATFORM_HEADWIND")


def test_holidays_scale_what_is_expected_and_two_of_them_are_noted(analyses: Analyses) -> None:  # defect: L23
    """A day of half the sales at factor 0.5 is a normal day. One holiday, or one without sends, sets no reason."""
    halves = [*[0.2] * 5, 0.1, 0.1]
    views = {"fest": (0.4,) * 5 + (0.2, 0.2)}
    fest = [_day("fest", day, view, rpr) for day, view, rpr in zip(WEEK, views["fest"], halves, strict=True)]
    analyses.add("mass_messages", _normal_month("fest") + fest)
    analyses.add("mass_messages", _normal_month("fest_one") + _week("fest_one", [*[0.2] * 6, None]))
    analyses.add("holiday_calendar", [_holiday(WEEK[5], factor=0.5), _holiday(WEEK[6], factor=0.5)])
    # Outside the evaluated week a holiday means nothing.
    analyses.add("holiday_calendar", [_holiday(MONTH[3], major=True, factor=0.1), _holiday(TODAY, factor=0.1)])

    found = _scores(analyses, "fest", "fest_one")

    assert found["fest"] == close(
        {
            "saturation_score": 0.0,
            "risk_level": "LOW",
            "unlock_rate_deviation": 0.0,
            "emv_deviation": 0.0,
            "consecutive_underperform_days": 0,
            "recommended_action": "NO CHANGE",
            "volume_adjustment_factor": 1.0,
            "confidence_score": 1.0,
            "exclusion_reason": "HOLIDAY",
        }
    )
    # One evaluated holiday, which made twice what it should: (1 + 0 * 5) / 6.
    assert (found["fest_one"]["exclusion_reason"], found["fest_one"]["emv_deviation"]) == (None, 0.1667)


def test_a_holiday_note_changes_neither_risk_nor_advice(analyses: Analyses) -> None:
    analyses.add("mass_messages", _normal_month("fest_low") + _week("fest_low", [0.05] * 7, view=0.1))
    analyses.add("holiday_calendar", [_holiday(WEEK[0], factor=None), _holiday(WEEK[1]), _holiday(WEEK[1])])

    found = _scores(analyses, "fest_low")["fest_low"]

    assert (found["exclusion_reason"], found["risk_level"], found["saturation_score"]) == ("HOLIDAY", "HIGH", 0.75)


def test_runs_are_calendar_days_without_a_gap(analyses: Analyses) -> None:  # defect: L23
    """`.` normal, `x` under, `-` no message."""
    weeks = {"xxx.xx.": 3, "xx-xxx.": 3, "x-x-x-x": 1, "xx.xx.x": 2, "xxxxxxx": 7, ".......": 0, "..xx-xx": 2}
    pages = {f"run_{n}": (week, run) for n, (week, run) in enumerate(weeks.items())}
    rpr = {"x": 0.1, ".": 0.2, "-": None}
    rows = [
        row for page, (week, _) in pages.items() for row in _normal_month(page) + _week(page, [rpr[c] for c in week])
    ]
    analyses.add("mass_messages", rows)

    found = _scores(analyses, *pages)

    assert {week: found[page]["consecutive_underperform_days"] for page, (week, _) in pages.items()} == weeks


@pytest.mark.parametrize(("major", "runs"), [(True, [6, 3, 3]), (False, [7, 2, 2])])
def test_a_major_holiday_is_passed_over_in_a_run(analyses: Analyses, major: bool, runs: list[int]) -> None:
    """On the fourth day: under like the others, normal, or without a message."""
    weeks: list[list[float | None]] = [
        [0.1] * 7,
        [0.2, 0.1, 0.1, 0.2, 0.1, 0.2, 0.1],
        [0.2, 0.1, 0.1, None, 0.1, 0.2, 0.1],
    ]
    pages = [f"major_{n}" for n in range(3)]
    for page, week in zip(pages, weeks, strict=True):
        analyses.add("mass_messages", _normal_month(page) + _week(page, week))
    analyses.add("holiday_calendar", [_holiday(WEEK[3], major=major)])

    found = _scores(analyses, *pages)

    assert [found[page]["consecutive_underperform_days"] for page in pages] == runs


def test_a_day_of_bumps_only_has_views_but_no_rpr_and_ends_a_run(analyses: Analyses) -> None:
    rows = _normal_month("bumps") + _week("bumps", [0.1, 0.1, 0.1, None, 0.1, 0.1, 0.1], view=0.2)
    analyses.add("mass_messages", [*rows, _day("bumps", WEEK[3], 0.2, 0, message_type="Bump", price=None)])

    found = _scores(analyses, "bumps")["bumps"]

    assert found["consecutive_underperform_days"] == 3
    assert (found["unlock_rate_deviation"], found["emv_deviation"]) == (-0.5, -0.5)
    assert found["confidence_score"] == 1.0


def test_signals_need_more_than_their_limit_and_risk_starts_at_its_limit(analyses: Analyses) -> None:
    """Views -15 % and rpr -20 % exactly are no signals. 0.6 is HIGH, 0.35 MEDIUM, 0.2 and less LOW."""
    pages = {
        "limit_both": (_week("limit_both", [0.16] * 7, view=0.34), 0.0, "LOW"),
        "limit_view": (_week("limit_view", [0.2] * 7, view=0.339), 0.2, "LOW"),
        "limit_rpr": (_week("limit_rpr", [0.05, 0.2] * 3 + [0.05]), 0.4, "MEDIUM"),
        "limit_run": (_week("limit_run", [0.15] * 3 + [0.2] * 4), 0.2, "LOW"),
        "limit_high": (_week("limit_high", [0.05, 0.2] * 3 + [0.05], view=0.3), 0.6, "HIGH"),
        "limit_all": (_week("limit_all", [0.1] * 7, view=0.3), 0.8, "HIGH"),
    }
    analyses.add("mass_messages", [row for page, (week, *_) in pages.items() for row in _normal_month(page) + week])
    # A page that did well keeps the platform from falling.
    analyses.add("mass_messages", [_day("limit_calm", day, 0.4, sent_count=10**6) for day in MONTH])
    analyses.add("mass_messages", [_day("limit_calm", day, 0.4, sent_count=10**5) for day in WEEK])

    found = _scores(analyses, *pages, tier="MEDIUM")

    assert {page: (row["saturation_score"], row["risk_level"]) for page, row in found.items()} == {
        page: (score, risk) for page, (_, score, risk) in pages.items()
    }


def test_the_weight_of_the_views_grows_with_the_tier(analyses: Analyses) -> None:  # defect: C10
    analyses.add("mass_messages", _normal_month("weight") + _week("weight", [0.2] * 7, view=0.3))
    tiers = {
        "MICRO": 0.15, "SMALL": 0.15, "MEDIUM": 0.2, "LARGE": 0.25, "MEGA": 0.3, "XL": 0.3, "large": 0.25,
        "' OR 1=1 --": 0.2, None: 0.2,
    }  # fmt: skip

    found = analyses.calls(
        "calculate_saturation_score_at", {str(n): ["weight", tier, NOW] for n, tier in enumerate(tiers)}
    )

    assert [row["saturation_score"] for [row] in found.values()] == list(tiers.values())
    risks = dict(zip(tiers, (row["risk_level"] for [row] in found.values()), strict=True))
    assert {tier for tier, risk in risks.items() if risk == "MEDIUM"} == {"MEGA", "XL"}


def test_confidence_counts_the_days_and_missing_data_is_said(analyses: Analyses) -> None:  # defect: L23
    """0.6 * evaluated / 7 + 0.4 * baseline days / 30; nothing on a side is no finding at all."""
    analyses.add("mass_messages", _normal_month("sure") + _week("sure", [0.2] * 7))
    analyses.add("mass_messages", _normal_month("half", MONTH[:15]) + _week("half", [0.2, *[None] * 6]))
    analyses.add("mass_messages", _week("no_baseline", [0.05] * 7))
    analyses.add("mass_messages", _normal_month("no_week"))
    analyses.add("mass_messages", [_day("no_week", TODAY), _day("no_week", WEEK[0], sent_count=0)])

    found = _scores(analyses, "sure", "half", "no_baseline", "no_week")

    columns = ("confidence_score", "exclusion_reason", "saturation_score", "risk_level", "emv_deviation")
    assert {page: tuple(row[name] for name in columns) for page, row in found.items()} == {
        "sure": (1.0, None, 0.0, "LOW", 0.0),
        "half": (0.285714, None, 0.0, "LOW", 0.0),
        "no_baseline": (0.0, "INSUFFICIENT_DATA", 0.0, "LOW", 0.0),
        "no_week": (0.0, "INSUFFICIENT_DATA", 0.0, "LOW", 0.0),
    }


def test_a_recent_fall_is_not_diluted_by_older_days(analyses: Analyses) -> None:  # defect: L23
    """Sixty good days before the baseline and one bad week: the deviation is that of the week alone."""
    older = [TODAY - timedelta(days=back) for back in range(38, 90)]
    analyses.add("mass_messages", [_day("fresh", day, 0.9, 5.0) for day in older])
    analyses.add("mass_messages", _normal_month("fresh") + _week("fresh", [0.1] * 7, view=0.2))

    found = _scores(analyses, "fresh")["fresh"]

    assert (found["unlock_rate_deviation"], found["emv_deviation"]) == (-0.5, -0.5)


def test_the_zone_follows_the_risk_in_every_tier(analyses: Analyses) -> None:  # defect: L24
    """One rpr signal is 0.4, MEDIUM, YELLOW; on a scale of the tier's tolerance it was RED everywhere."""
    scale = {"MICRO": 0.5, "SMALL": 2.0, "MEDIUM": 8.0, "LARGE": 30.0, "MEGA": 150.0}
    rows = []
    for tier, factor in scale.items():
        page = f"zone_{tier.lower()}"
        rows += [_day(page, day, 0.4, 0.2 * factor) for day in MONTH]
        rows += [_day(page, day, 0.4, (0.05, 0.2)[n % 2] * factor) for n, day in enumerate(WEEK)]
    rows += _normal_month("zone_green") + _week("zone_green", [0.2] * 7)
    rows += _normal_month("zone_red") + _week("zone_red", [0.1] * 7, view=0.2)
    analyses.add("mass_messages", rows)
    pages = [*(f"zone_{tier.lower()}" for tier in scale), "zone_green", "zone_red"]

    found = analyses.calls("analyze_saturation_status_at", {page: [page, NOW] for page in pages})

    columns = ("size_tier", "saturation_score", "risk_level", "zone")
    assert {page: tuple(row[name] for name in columns) for page, [row] in found.items()} == {
        f"zone_{tier.lower()}": (tier, 0.4, "MEDIUM", "YELLOW") for tier in scale
    } | {"zone_green": ("SMALL", 0.0, "LOW", "GREEN"), "zone_red": ("SMALL", 0.75, "HIGH", "RED")}


def test_a_day_ends_at_midnight_in_los_angeles(analyses: Analyses) -> None:  # defect: T2
    """Just after midnight in Los Angeles the day that has ended counts; a minute earlier it is still today."""
    analyses.add("mass_messages", _normal_month("midnight") + _week("midnight", [0.2] * 6 + [None]))
    analyses.add("mass_messages", [message("midnight", la("2025-06-14 23:59"), earnings=0)])
    instants = {"before": la("2025-06-14 23:59") + timedelta(seconds=30), "after": la("2025-06-15 00:00")}

    found = {
        name: by(analyses.call("baseline_deviations_at", Raw("['midnight']"), at, where="NOT is_platform"), "la_date")
        for name, at in instants.items()
    }

    assert (min(found["before"]), max(found["before"])) == (date(2025, 6, 7), date(2025, 6, 13))
    assert (min(found["after"]), max(found["after"])) == (date(2025, 6, 8), date(2025, 6, 14))
    assert found["after"][date(2025, 6, 14)]["rpr_deviation"] == -1.0
