"""The page of a week, as a browser reads it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from html.parser import HTMLParser

import pytest

from operations.weeks.stored_weeks import StoredMessage, StoredWeek
from operations.weeks.surroundings import LeftOut, Surroundings, Use
from operations.weeks.week_page import page_of, smallest_gap

MONDAY = datetime(2025, 11, 10)
EVIL = '<script>alert("x")</script> & \' " <img src=x onerror=y>'
DETAILS = {
    "monday": "2025-11-10",
    "profile": "weekly",
    "tier": "MICRO",
    "ppv": 6,
    "bump": 4,
    "gap_minutes": 180,
    "gave_way": [{"rule": "no trigger again within three messages", "reason": "2 <here>"}],
}


def sells(hours: float, **values: object) -> StoredMessage:
    one = StoredMessage(MONDAY + timedelta(hours=hours), "PPV", 7, "Seven", "vip", 100.0, ("because", "and so"))
    return replace(one, **values)  # type: ignore[arg-type]


def week(*messages: StoredMessage, **values: object) -> StoredWeek:
    one = StoredWeek("sched_20251103_101500_alice", "alice", "GREEN", True, messages, DETAILS)
    return replace(one, **values)  # type: ignore[arg-type]


class Read(HTMLParser):
    """The elements of a page: tags with attributes, texts by the section they stand in, and what is left open."""

    VOID = ("meta", "br")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and data.strip():
            self.texts.append(data.strip())

    def chips(self) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == "a"]


def test_every_message_is_a_mark_of_the_calendar_that_leads_to_its_reasons() -> None:
    free = sells(8.5, message_type="Bump", price_tier="bump", price=None, caption_id=-3, text="Three")
    after = sells(24 * 7 + 8, message_type="Follow up", caption_id=None, text="", price_tier="")
    read = Read(page_of(week(free, sells(9.05), after), Surroundings()))
    assert read.open == []
    chips = read.chips()
    assert [chip["href"] for chip in chips] == ["#m0", "#m1", "#m2"]
    assert {attributes["id"] for tag, attributes in read.tags if tag == "article"} == {"m0", "m1", "m2"}
    assert [chip["class"] for chip in chips] == ["chip free bump", "chip sells premium", "chip follows"]
    assert [chip.get("style") for chip in chips] == ["top:13.89%", "top:16.94%", None]
    said = ["08:30 free", "09:03 $100.00", "Mon 08:00 $100.00"]
    assert [text for text in read.texts if text in said] == said
    assert read.texts.count("because") == 3
    assert {"1 of 6", "1 of 4", "GREEN", "weekly", "MICRO"} <= set(read.texts)


def test_no_mark_of_a_day_covers_another_of_its_lane() -> None:
    """A pixel is a minute and a mark twenty high; follow-ups stand beside the others."""
    follows = [sells(9 + minute / 60, message_type="Follow up") for minute in (0, 1, 5, 45)]
    chips = Read(page_of(week(sells(9), sells(9.5), *follows), Surroundings())).chips()
    tops = [round(float(str(chip["style"])[4:-1]) / 100 * 18 * 60) for chip in chips]
    assert tops[:2] == [180, 210]
    assert tops[2:] == [180, 200, 220, 240]


def test_what_stands_in_captions_reasons_and_rules_is_text() -> None:
    hostile = week(sells(9, text=EVIL, why=(EVIL,), price_tier=EVIL, message_type=EVIL), page=EVIL, zone=EVIL)
    read = Read(page_of(hostile, Surroundings()))
    assert {tag for tag, _ in read.tags} & {"script", "img"} == set()
    assert read.texts.count(EVIL) >= 3
    assert all(not name.startswith("on") for _, attributes in read.tags for name in attributes)


def test_the_page_asks_nobody_for_anything() -> None:
    page = page_of(week(sells(9)), Surroundings())
    assert not re.search(r"https?:|//|src=|@import|url\(", page)
    assert "prefers-color-scheme: dark" in page
    assert "width=device-width" in page


def test_a_week_of_which_nobody_wrote_down_how_it_was_built_is_shown_all_the_same() -> None:
    bare = week(sells(24 * 2 + 9, why=()), details={}, zone="", is_active=False)
    assert bare.monday == date(2025, 11, 10)
    texts = Read(page_of(bare, Surroundings())).texts
    assert "?" in texts
    assert any("withdrawn" in text for text in texts)


@pytest.mark.parametrize(
    ("hours", "gap"),
    [((), None), ((9,), None), ((9, 12), 180), ((20, 9, 12.5), 210), ((22, 24 + 8), 600)],
)
def test_the_smallest_gap_is_between_messages_that_sell(hours: tuple[float, ...], gap: int | None) -> None:
    free = sells(9.1, message_type="Bump")
    assert smallest_gap([free, *(sells(hour) for hour in hours)]) == gap


def test_five_hundred_messages_and_a_caption_of_a_hundred_thousand_characters_are_all_there() -> None:
    many = [sells(8 + number / 60, text="x" * 100_000 if number == 3 else f"Text {number}") for number in range(500)]
    read = Read(page_of(week(*many), Surroundings()))
    assert len(read.chips()) == 500
    assert "x" * 100_000 in read.texts
    assert all(len(chip["title"] or "") < 200 for chip in read.chips())


def test_what_rules_left_out_is_counted_by_rule_with_an_example_as_text() -> None:
    found = (LeftOut("CATEGORY", "B/G", False, 12, EVIL), LeftOut("PATTERN_SOFT", "vip", True, 1_300))
    texts = Read(page_of(week(sells(9)), Surroundings(left_out=found))).texts
    rows = texts[texts.index("such as") + 1 :]
    assert rows == ["restricted category: B/G", "12", EVIL, "unwanted pattern: vip (lowered, not left out)", "1,300"]
    assert "No rule left a caption out" in page_of(week(sells(9)), Surroundings(left_out=()))
    assert "not on record" in page_of(week(sells(9)), Surroundings())


def test_the_lock_of_each_caption_is_said_and_its_nearest_uses_elsewhere() -> None:
    day = MONDAY.date()

    def use(page: str, days: int, *, locked: bool = False) -> Use:
        return Use(page, day + timedelta(days=days), 9, f"sched_{page}", locked)

    others = {7: (use("old", -30), use("bella", -9), use("cleo", 12, locked=True), use("far", 20, locked=True))}
    around = Surroundings(own={7: use("alice", 0, locked=True)}, others=others)
    (said,) = [text for text in Read(page_of(week(sells(9)), around)).texts if "locked" in text]
    assert said == (
        "locked until Mon 10 Nov is over; bella sent it on Sat 01 Nov 2025, 9 days before; "
        "cleo holds it on Sat 22 Nov 2025, 12 days after"
    )
    alone = page_of(week(sells(9)), Surroundings())
    assert "not locked; no other use of it within five weeks" in alone
    for days, near in ((-8, False), (-7, True), (0, True), (7, True), (8, False)):
        page = page_of(week(sells(9)), Surroundings(others={7: (use("bella", days),)}))
        assert ("too near" in page) is near
