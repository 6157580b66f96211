"""Date rules: the date that each form gives, and what is no rule."""

from __future__ import annotations

from datetime import date

import pytest

from catalog.calendar_rules import parse_rule

# Western Easter of years that stress the algorithm: earliest and latest dates, century rules, exceptions.
EASTERS = {
    1818: (3, 22), 1943: (4, 25), 1954: (4, 18), 1961: (4, 2), 1981: (4, 19), 2000: (4, 23), 2008: (3, 23),
    2038: (4, 25), 2049: (4, 18), 2076: (4, 19), 2100: (3, 28),
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "year", "expected"),
    [
        ("12-25", 2025, date(2025, 12, 25)),
        ("1st monday of september", 2025, date(2025, 9, 1)),
        ("3rd monday of january", 2024, date(2024, 1, 15)),
        ("2nd sunday of may", 2030, date(2030, 5, 12)),
        ("last monday of may", 2027, date(2027, 5, 31)),
        ("last monday of may", 2025, date(2025, 5, 26)),
        ("4th thursday of november + 1 day", 2029, date(2029, 11, 23)),
        ("easter - 2 days", 2025, date(2025, 4, 18)),
        ("easter + 1 day", 2024, date(2024, 4, 1)),
    ],
)
def test_a_rule_gives_its_date_in_a_year(rule: str, year: int, expected: date) -> None:
    assert parse_rule(rule)(year) == expected


@pytest.mark.parametrize(("year", "day"), EASTERS.items())
def test_easter_is_right_where_the_algorithm_is_hard(year: int, day: tuple[int, int]) -> None:
    assert parse_rule("easter")(year) == date(year, *day)


@pytest.mark.parametrize(
    "rule", ["christmas", "13-01", "02-30", "02-29", "5th monday of may", "1st day of may", "easter + day"]
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=r"christmas|5th|1st|easter|month|day|02-29"):
        parse_rule(rule)
