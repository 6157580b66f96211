"""config/scheduling.yaml: its profiles, and what is refused at its line with a fix."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from catalog.errors import CatalogError
from scheduling.profiles import load
from tests.unit.scheduling.pages import ROOT, profile

FILE = (ROOT / "config/scheduling.yaml").read_text(encoding="utf-8")


def written(root: Path, text: str) -> Path:
    (root / "config").mkdir()
    (root / "config/scheduling.yaml").write_text(text, encoding="utf-8")
    return root


def test_the_default_profile_counts_weeks_and_the_other_days_with_the_same_rules() -> None:
    weekly, daily = profile(), profile("daily")
    assert (weekly.name, weekly.days_counted, daily.days_counted) == ("weekly", 1, 7)
    assert weekly.tiers.keys() == daily.tiers.keys()
    assert weekly.prices == daily.prices
    assert weekly.days == tuple(map(Fraction, ("0.9", "1", "1", "1.1", "1.2", "1.1", "1")))
    assert weekly.prices.hours == dict.fromkeys((19, 20, 21), Decimal("1.1"))
    with pytest.raises(FrozenInstanceError):
        weekly.name = "x"  # type: ignore[misc]


def test_a_section_of_a_profile_stands_for_it_alone(tmp_path: Path) -> None:
    own = "  daily:\n    days: {monday: 2, tuesday: 1, wednesday: 1, thursday: 1, friday: 1, saturday: 1, sunday: 1}\n"
    root = written(tmp_path, FILE.replace("  daily:\n", own))
    assert [load(root, name).days[0] for name in ("weekly", "daily")] == [Fraction("0.9"), 2]


BAD = [
    ("default: weekly", "default: monthly", "there is no profile monthly", "use weekly, daily"),
    ("default: weekly", "defualt: weekly", "unknown entry defualt", "use default, profiles"),
    ("per: week", "per: month", "per: 'month' is no week or day", "write per: week or day"),
    ("ppv: 5-7", "ppv: 7-5", "ppv: '7-5' is no range such as 5-7", "write ppv"),
    ("ppv: 5-7", "ppv: 5", "ppv: '5' is no range such as 5-7", "write ppv"),
    ("bump: 3-5", "bumps: 3-5", "MICRO: unknown entry bumps", "use ppv, bump"),
    ("gap_minutes: 180", "gap_minutes: 0", "gap_minutes: '0' is no number of minutes from 1", "write gap_minutes"),
    ("most_a_day: 8", "most_a_day: many", "most_a_day: 'many' is no whole number from 1", "write most_a_day"),
    ("MEDIUM: {ppv: 10-14", "MIDDLE: {ppv: 10-14", "tiers has no MEDIUM", "add it"),
    ("risk: LOW", "risk: NONE", "none has risk LOW", "add one"),
    ("ppv: 0.75", "ppv: -1", "ppv: '-1' is no factor such as 0.75", "write ppv"),
    ("days_without_ppv: 2", "days_without_ppv: 7", "'7' is no number from 0 to 6", "write days_without_ppv"),
    ("STANDARD: {budget: 30", "STANDARD: {budget: 31", "STANDARD: the shares make 101 percent", "let them make 100"),
    ("STANDARD: {budget", "USUAL: {budget", "splits has no STANDARD", "add it"),
    ("from: 08:00", "from: 8 am", "from: '8 am' is no time such as 08:00", "write from"),
    ("to: 22:00", "to: 07:00", "to is not after from", "write a later time in to"),
    ("weekday: [9,", "weekday: [23,", "weekday: 23 is no hour between from and to", "write hours such as 9 or 17"),
    ("weekend: [11, 14, 18, 21]", "weekend: []", "weekend is no list of words", "write weekend"),
    ("jitter_minutes: 7", "jitter_minutes: 30", "'30' is no number from 0 to 29", "write jitter_minutes"),
    ("[09:00, 14:30", "[09:00, 14:60", "without_ppv: 14:60 is no time", "write times such as 14:30"),
    ("last: 21:00", "last: 22:30", "22:30 lies outside the hours of the day", "move it into them"),
    ("monday: 0.9", "monday: 0", "a weight of 0 leaves a day without messages", "write a weight above 0"),
    ("monday: 0.9, ", "", "monday is missing", "write monday"),
    (
        "tiers: {budget: 15,",
        "tiers: {budget: 14.999,",
        "budget: '14.999' is no price such as 15 or 14.99",
        "write budget",
    ),
    ("luxury: 60, ", "", "luxury has no price", "add it to tiers, or to names"),
    ("low: budget", "low: cheap", "low: cheap has no price", "use budget, standard"),
    ("{19: 1.1", "{24: 1.1", "prices: 24 is no hour", "write hours from 0 to 23"),
    ("{friday: 1.1", "{fri: 1.1", "unknown entry fri", "use monday"),
    ("price_share: 0.75", "price_share: 0", "price_share: '0' is no share such as 0.75", "write price_share"),
    (
        "  vip: []",
        "  vip: [{after_hours: 0}]",
        "after_hours: '0' is no whole number of hours from 1",
        "write after_hours",
    ),
    ("  vip: []\n", "", "follow_ups: vip stands in one of prices and follow_ups only", "name the same tiers"),
    ("moves_to: 08:00", "moves_to: 05:00", "the times are not in order", "let from be before to"),
]

# A finding about a whole section stands where the section begins.
AT = {
    "defualt: weekly": "defualt",
    "MIDDLE: {ppv: 10-14": "MICRO",
    "risk: NONE": "GREEN",
    "USUAL: {budget": "BUDGET",
    "monday: 0": "days:",
    "monday: 0.9, ": "days:",
    "luxury: 60, ": "tiers: {budget: 15",
    "  vip: []\n": "budget:",
    "moves_to: 05:00": "night:",
}


@pytest.mark.parametrize(("good", "bad", "message", "fix"), BAD, ids=[one[1] or f"no {one[0]}" for one in BAD])
def test_what_is_wrong_is_refused_at_its_line_with_a_fix(
    tmp_path: Path, good: str, bad: str, message: str, fix: str
) -> None:
    assert good in FILE
    with pytest.raises(CatalogError) as refused:
        load(written(tmp_path, FILE.replace(good, bad, 1)), "daily")
    assert message in str(refused.value)
    assert fix in str(refused.value)
    place = refused.value.location
    assert str(place.path) == "config/scheduling.yaml"
    assert AT.get(bad or good, bad) in FILE.replace(good, bad, 1).splitlines()[place.line - 1]


def test_a_profile_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="there is no profile hourly") as refused:
        load(written(tmp_path, FILE), "hourly")
    assert "use weekly, daily, or add it here" in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="the file is missing"):
        load(tmp_path)
