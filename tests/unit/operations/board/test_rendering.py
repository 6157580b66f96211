"""The page: one file, nothing in it but what it needs, and no text that becomes markup."""

from __future__ import annotations

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from operations.board import rendering
from operations.board.panels import Board
from operations.board.rendering import CHART, render
from tests.unit.operations.board import canned

# chart.js 4.6.1 of npm, dist/chart.umd.min.js. A newer one: npm pack chart.js; copy it and its LICENSE.md; its digest.
CHART_DIGEST = "87364cc2b2a76a6684929e7d6b80b18a897794db38400caff1fcf1791c6925d2"
MOST_BYTES = 1_000_000
VOID = {"meta", "link", "input", "br", "img"}


class Elements(HTMLParser):
    """The elements of a page in order, the ids, what is linked, and what no policy would let run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.ids, self.links = Counter[str](), Counter[str](), set[str]()
        self.forbidden: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            if name in ("href", "src", "action"):
                self.links.add(value or "")
            if name.startswith("on") or name == "style":
                self.forbidden.append(f"{tag} {name}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag


BOARDS: dict[str, Callable[[], Board]] = {
    "week": canned.week,
    "empty": canned.empty,
    "critical": canned.critical,
    "harmless": lambda: canned.week("harmless text"),
    "hostile": lambda: canned.week(canned.HOSTILE),
}


@functools.cache
def page(name: str) -> str:
    return render(BOARDS[name]())


@pytest.mark.parametrize("name", ["empty", "critical", "hostile"])
def test_the_page_is_well_formed_and_all_its_links_lead_somewhere_in_it(name: str) -> None:
    text = page(name)
    found = Elements(text)
    assert found.open == []
    assert found.forbidden == []
    assert [one for one, number in found.ids.items() if number > 1] == []
    assert {link for link in found.links if link not in ("data:,", "/")} <= {f"#{one}" for one in found.ids}
    assert len(text.encode()) < MOST_BYTES


def test_the_chart_library_is_the_one_that_was_looked_at() -> None:
    assert hashlib.sha256(CHART.read_bytes()).hexdigest() == CHART_DIGEST
    assert "MIT" in CHART.with_name("chart.LICENSE.md").read_text(encoding="utf-8")


def test_the_policy_lets_only_the_pages_own_scripts_and_style_work() -> None:
    text = page("empty")
    assert text.count("<script") == text.count("</script>") == 2
    assert text.count("<style") == 1
    policy = rendering.policy()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert policy.count("'sha256-") == 3
    assert "sourceMappingURL" not in text


def test_what_others_wrote_is_text_wherever_it_stands() -> None:
    assert Elements(page("harmless")).tags == Elements(page("hostile")).tags
    shown = page("hostile")
    assert canned.HOSTILE not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt;&lt;/script&gt;") >= 5
    assert "{{ 7 * 7 }}" in shown


def test_a_line_for_each_place_that_shows_somebody_elses_text() -> None:
    """Else the test above would look at fewer places than there are."""
    shown = page("harmless")
    for panel in ("alerts", "runs", "pool", "dashboards"):
        section = shown.partition(f'id="{panel}"')[2].partition("</section>")[0]
        assert "harmless text" in section, panel


def test_the_answer_stands_on_top_in_words() -> None:
    shown = page("critical")
    head = re.sub(r"<[^>]+>|\s+", " ", shown.partition("<main>")[2].partition("<nav")[0])
    assert "75 of 100" in re.sub(r"\s+", " ", head)
    assert head.index("Not well") < head.index("31.4 hours (CRITICAL &gt; 28)") < head.index("9.1 hours")
    assert head.count("The daily automation has not run") == 1


def test_with_nothing_in_the_tables_each_panel_says_what_would_fill_it() -> None:
    shown = page("empty")
    for job in ("health_check", "cost_report", "pool_health_daily", "alert_evaluation"):
        assert f"eros schedules -s local run {job}" in shown, job
    assert "eros backup -s local" in shown


def test_every_drawing_has_the_same_in_words() -> None:
    shown = page("week")
    figures = re.findall(r"<figure.*?</figure>", shown, re.S)
    assert len(figures) == 3
    for figure in figures:
        assert re.search(r'<canvas role="img" aria-label="[^"]{5,}">', figure)
        assert figure.count("<tr>") > 7
    lanes = re.findall(r'<svg role="img" aria-label="([^"]+)"', shown)
    assert len(lanes) == len(canned.declared().schedules)
    assert "sweep_expired_caption_locks: 169 runs in 7 days, 0 failed" in lanes
