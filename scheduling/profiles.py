"""`config/scheduling.yaml`: its profiles as frozen values. What is wrong in it is refused with file:line and a fix."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from catalog import yamlfile
from catalog.errors import finding
from scheduling.profile_values import (
    BUCKETS,
    BumpPlaces,
    FollowUp,
    Night,
    Prices,
    Profile,
    SendingHours,
    TierVolume,
    ZoneRule,
)
from scheduling.quantities import BUCKET_OF
from transfer_schedule import WEEKDAYS

FILE = "scheduling.yaml"
PARTS = ("zones", "splits", "hours", "bumps", "days", "prices", "follow_ups", "night")
Part = TypeVar("Part")


def load(root: Path, name: str = "") -> Profile:
    """The profile of this name, or the default one. Raises CatalogError; every profile of the file is checked."""
    file = yamlfile.read(root, FILE)
    if file is None:
        raise finding(Path("config") / FILE, 0, "the file is missing", fix="restore it from git: git checkout config")
    file.only("default", "profiles", *PARTS)
    section = file.section("profiles")
    profiles = {key: _profile(key, one, file) for key, one in section.sections()}
    default = file.text("default")
    if default not in profiles:
        raise file.error(f"default: there is no profile {default}", fix=f"use {', '.join(profiles)}", key="default")
    if name and name not in profiles:
        raise section.error(f"there is no profile {name}", fix=f"use {', '.join(profiles)}, or add it here")
    return profiles[name or default]


def _profile(name: str, section: yamlfile.Section, file: yamlfile.Section) -> Profile:
    section.only("per", "tiers", *PARTS)

    def part(key: str, read: Callable[[yamlfile.Section], Part]) -> Part:
        return read((section if key in section.names else file).section(key))

    per = section.parsed("per", {"week": 1, "day": 7}.__getitem__, "week or day")
    profile = Profile(
        name,
        per,
        {key: _tier(one) for key, one in section.section("tiers").sections()},
        part("zones", _zones),
        part("splits", lambda found: {key: _split(one) for key, one in found.sections()}),
        part("hours", _hours),
        part("bumps", _bumps),
        part("days", _days),
        part("prices", _prices),
        part("follow_ups", lambda found: {key: _follow_ups(found, key) for key in found.names}),
        part("night", _night),
    )
    _fits(profile, section, file)
    return profile


def _fits(profile: Profile, section: yamlfile.Section, file: yamlfile.Section) -> None:
    """Sections that only make sense together; `part` is where the profile has its own, or the file's."""

    def part(key: str) -> yamlfile.Section:
        return (section if key in section.names else file).section(key)

    if "MEDIUM" not in profile.tiers:
        raise section.error("tiers has no MEDIUM, which pages of unknown size are", fix="add it", key="tiers")
    if "STANDARD" not in profile.splits:
        raise part("splits").error("splits has no STANDARD, which pages of unknown segment are", fix="add it")
    bumps = profile.bumps
    for key, places in (("first", (bumps.first,)), ("last", (bumps.last,)), ("without_ppv", bumps.without_ppv)):
        for place in places:
            if not profile.hours.start <= place <= profile.hours.end:
                message = f"bumps: {place // 60:02d}:{place % 60:02d} lies outside the hours of the day"
                raise part("bumps").error(message, fix="move it into them, or widen hours", key=key)
    prices = profile.prices
    for tier in (tier for tier, bucket in BUCKET_OF.items() if bucket in BUCKETS):
        if prices.names.get(tier, tier) not in prices.tiers:
            raise part("prices").error(f"prices: {tier} has no price", fix="add it to tiers, or to names", key="tiers")
    if lost := profile.follow_ups.keys() ^ prices.tiers.keys():
        fix = "name the same tiers in prices and follow_ups ([] for none)"
        message = f"follow_ups: {', '.join(sorted(lost))} stands in one of prices and follow_ups only"
        raise part("follow_ups").error(message, fix=fix)


def _tier(section: yamlfile.Section) -> TierVolume:
    section.only("ppv", "bump", "gap_minutes", "most_a_day")
    return TierVolume(
        section.parsed("ppv", _range, "range such as 5-7"),
        section.parsed("bump", _range, "range such as 3-5"),
        section.parsed("gap_minutes", _positive, "number of minutes from 1"),
        section.parsed("most_a_day", _positive, "whole number from 1"),
    )


def _zones(section: yamlfile.Section) -> dict[str, ZoneRule]:
    zones = {name: _zone(one) for name, one in section.sections()}
    if not any(zone.risk == "LOW" for zone in zones.values()):
        raise section.error("zones: none has risk LOW, which pages of unknown risk have", fix="add one")
    return zones


def _zone(section: yamlfile.Section) -> ZoneRule:
    section.only("risk", "ppv", "bump", "gap_minutes", "days_without_ppv", "growth_a_day")
    return ZoneRule(
        section.text("risk").upper(),
        section.parsed("ppv", _fraction, "factor such as 0.75"),
        section.parsed("bump", _fraction, "factor such as 1.2"),
        section.parsed("gap_minutes", _whole, "number of minutes", "0"),
        section.parsed("days_without_ppv", _in_week, "number from 0 to 6", "0"),
        section.parsed("growth_a_day", _fraction, "share such as 0.1", "0"),
    )


def _split(section: yamlfile.Section) -> dict[str, int]:
    section.only(*BUCKETS)
    split = {bucket: section.parsed(bucket, _whole, "percentage") for bucket in BUCKETS}
    if sum(split.values()) != 100:
        message = f"{section.where}: the shares make {sum(split.values())} percent"
        raise section.error(message, fix="let them make 100")
    return split


def _hours(section: yamlfile.Section) -> SendingHours:
    section.only("from", "to", "best", "jitter_minutes", "weekday", "weekend")
    start, end = (section.parsed(name, _time, "time such as 08:00") for name in ("from", "to"))
    if start >= end:
        raise section.error("hours: to is not after from", fix="write a later time in to", key="to")
    return SendingHours(
        start,
        end,
        section.parsed("best", _positive, "whole number from 1"),
        section.parsed("jitter_minutes", _jitter, "number from 0 to 29"),
        _hour_list(section, "weekday", start, end),
        _hour_list(section, "weekend", start, end),
    )


def _hour_list(section: yamlfile.Section, name: str, start: int, end: int) -> tuple[int, ...]:
    hours = []
    for text in section.texts(name):
        if not re.fullmatch(r"\d{1,2}", text, re.ASCII) or not start <= int(text) * 60 <= end:
            message = f"{section.where}: {name}: {text} is no hour between from and to"
            raise section.error(message, fix="write hours such as 9 or 17", key=name)
        hours.append(int(text))
    return tuple(hours)


def _bumps(section: yamlfile.Section) -> BumpPlaces:
    section.only("first", "last", "without_ppv", "apart_minutes")
    places = []
    for text in section.texts("without_ppv"):
        try:
            places.append(_time(text))
        except ValueError:
            message = f"bumps: without_ppv: {text} is no time"
            raise section.error(message, fix="write times such as 14:30", key="without_ppv") from None
    return BumpPlaces(
        section.parsed("first", _time, "time such as 08:30"),
        section.parsed("last", _time, "time such as 21:00"),
        tuple(places),
        section.parsed("apart_minutes", _positive, "number of minutes from 1"),
    )


def _days(section: yamlfile.Section) -> tuple[Fraction, ...]:
    section.only(*WEEKDAYS)
    days = tuple(section.parsed(day, _fraction, "weight such as 1.1") for day in WEEKDAYS)
    if not all(days):
        raise section.error("days: a weight of 0 leaves a day without messages", fix="write a weight above 0")
    return days


def _prices(section: yamlfile.Section) -> Prices:
    section.only("tiers", "names", "hours", "days")
    tiers, names, hours, days = (section.section(name) for name in ("tiers", "names", "hours", "days"))
    prices = {name: tiers.parsed(name, _money, "price such as 15 or 14.99") for name in tiers.names}
    for name in names.names:
        if names.text(name) not in prices:
            fix = f"use {', '.join(prices)}"
            raise names.error(f"prices: {name}: {names.text(name)} has no price", fix=fix, key=name)
    days.only(*WEEKDAYS)
    for name in hours.names:
        if not re.fullmatch(r"1?\d|2[0-3]", name, re.ASCII):
            raise hours.error(f"prices: {name} is no hour", fix="write hours from 0 to 23", key=name)
    return Prices(
        prices,
        {name: names.text(name) for name in names.names},
        {int(name): hours.parsed(name, _factor, "factor such as 1.1") for name in hours.names},
        {WEEKDAYS.index(name): days.parsed(name, _factor, "factor such as 1.1") for name in days.names},
    )


def _follow_ups(section: yamlfile.Section, tier: str) -> tuple[FollowUp, ...]:
    found = []
    for one in section.list(tier):
        one.only("after_hours", "price_share", "only")
        found.append(
            FollowUp(
                one.parsed("after_hours", _positive, "whole number of hours from 1"),
                one.parsed("price_share", _factor, "share such as 0.75", "1"),
                one.text("only", ""),
            )
        )
    return tuple(found)


def _night(section: yamlfile.Section) -> Night:
    section.only("from", "to", "moves_to")
    start, end, moves_to = (section.parsed(key, _time, "time such as 02:00") for key in ("from", "to", "moves_to"))
    if not start < end <= moves_to:
        fix = "let from be before to, and moves_to not before it"
        raise section.error("night: the times are not in order", fix=fix)
    return Night(start, end, moves_to)


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII):
        raise ValueError(text)
    return int(text)


def _positive(text: str) -> int:
    return _between(text, 1, 9999)


def _in_week(text: str) -> int:
    return _between(text, 0, 6)


def _jitter(text: str) -> int:
    return _between(text, 0, 29)


def _between(text: str, least: int, most: int) -> int:
    if not least <= (number := _whole(text)) <= most:
        raise ValueError(text)
    return number


def _range(text: str) -> tuple[int, int]:
    least, _, most = text.partition("-")
    if _whole(least) > _whole(most):
        raise ValueError(text)
    return int(least), int(most)


def _fraction(text: str) -> Fraction:
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4})?", text, re.ASCII):
        raise ValueError(text)
    return Fraction(text)


def _factor(text: str) -> Decimal:
    if not _fraction(text):
        raise ValueError(text)
    return Decimal(text)


def _money(text: str) -> Decimal:
    price = _factor(text)
    if price != round(price, 2):
        raise ValueError(text)
    return price


def _time(text: str) -> int:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text, re.ASCII)
    if not match:
        raise ValueError(text)
    return int(match[1]) * 60 + int(match[2])
