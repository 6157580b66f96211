"""The comment: verdict first, never too long, nothing that mentions somebody or breaks out of where it stands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from operations.review.comment import HEADLINE, LIMIT, marker, render
from operations.review.findings import (
    Changed,
    CheckResult,
    ColumnChange,
    CostLine,
    DangerFound,
    DataChange,
    Downstream,
    Findings,
)

BASE: dict[str, Any] = {
    "project": "eros-platform",
    "stack": "prod",
    "compared_with": "acme.eros on Google Cloud",
    "live": True,
    "commit": "0123456789abcdef",
}
DANGER = DangerFound(level="care", name="x", kind="schedule", title="schedule x is disabled", why="nothing starts it")
CHANGE = Changed(op="update", name="v", kind="view", diff="@@ -1 +1 @@\n-SELECT 1\n+SELECT 2")
# What GitHub makes a mention or a reference of, in text that is no code (github.com/github/markup and its filters).
MENTION = re.compile(r"(?:^|[^\w`/])[@#]\w")
TEXT = st.text(max_size=300)


def html(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({}, "nothing"),
        ({"changes": (CHANGE,)}, "safe"),
        ({"changes": (CHANGE,), "dangers": (DANGER,)}, "care"),
        ({"changes": (CHANGE,), "checks": (CheckResult(name="a", result="failed"),)}, "care"),
        ({"dangers": (DANGER.model_copy(update={"level": "refused"}),)}, "refused"),
        ({"refusals": ("sql/x.sql:1: bad",)}, "refused"),
    ],
)
def test_the_verdict_is_the_first_that_is_seen(more: dict[str, Any], verdict: str) -> None:
    findings = Findings(**BASE, **more)
    assert findings.verdict == verdict
    hidden, first, *_ = render(findings).splitlines()
    assert hidden == marker(findings) == "<!-- eros review: eros-platform prod preview -->"
    assert first.startswith(HEADLINE[findings.verdict])


def test_it_says_whether_it_looked_at_the_stack_itself_and_of_which_commit_it_speaks() -> None:
    live = render(Findings(**BASE), run_url="https://github.com/acme/eros/actions/runs/1")
    assert "acme.eros on Google Cloud (the stack itself)" in live
    assert "Commit <code>0123456789ab</code>, [run](https://github.com/acme/eros/actions/runs/1)." in live
    local = render(Findings(**{**BASE, "live": False}), run_url="javascript:alert(1)")
    assert "(**not** the stack itself)" in local
    assert "javascript" not in local


def test_what_changes_is_listed_by_kind_with_its_sql_folded_and_its_columns_named() -> None:
    change = CHANGE.model_copy(update={"columns_changed": ("total",), "columns_added": ("new",)})
    text = render(Findings(**BASE, changes=(change,)))
    assert "| view (1) | ~&nbsp;<code>v</code> |" in text
    assert (
        "~ view <code>v</code> — columns new: <code>new</code>; computed otherwise: <code>total</code></summary>"
        in text
    )
    assert "```diff\n@@ -1 +1 @@\n-SELECT 1\n+SELECT 2\n```" in text


def test_what_follows_is_listed_with_columns_rows_and_schedules() -> None:
    followers = (
        Downstream(name="a", kind="view", distance=1, columns=("x", "y")),
        Downstream(name="b", kind="table", distance=2, rows=True),
    )
    text = render(Findings(**BASE, changes=(CHANGE,), followers=followers, schedules=("daily",)))
    assert "<summary>2 objects, run by 1 schedule</summary>" in text
    assert "| <code>a</code> | view | 1 |  | <code>x</code> <code>y</code> |" in text
    assert "| <code>b</code> | table | 2 | may change |  |" in text


def test_cost_shows_what_differs_and_says_when_the_past_is_not_known() -> None:
    lines = (CostLine(name="a", before=1.0, after=2.0), CostLine(name="b", before=1.0, after=1.001))
    text = render(Findings(**BASE, changes=(CHANGE,), costs=lines))
    assert "$2.00 → **$3.00** a month" in text
    assert "| <code>a</code> | $1.00 | $2.00 |" in text
    assert "<code>b</code>" not in text
    unknown = render(Findings(**BASE, changes=(CHANGE,), costs=(CostLine(name="a", before=None, after=2.0),)))
    assert "**$2.00** a month (before: not known)" in unknown


def test_what_was_not_run_is_not_shown_as_passed() -> None:
    text = render(Findings(**BASE, checks=(CheckResult(name="analyzer", result="not run", note="not installed"),)))
    assert "| ⬜ not run | analyzer<br>not installed |" in text
    assert "passed" not in text


def test_a_diff_with_fences_of_its_own_stays_in_its_block() -> None:
    change = CHANGE.model_copy(update={"diff": "+```\n+````\n+<b>out</b>"})
    text = render(Findings(**BASE, changes=(change,)))
    assert "`````diff\n" in text
    assert "<b>out</b>" not in html(text)


@pytest.mark.parametrize("size", [10, 1_000, 5_000])
def test_whatever_the_size_it_fits_and_the_verdict_stays(size: int) -> None:
    changes = tuple(
        Changed(op="update", name=f"object_{n}" + "x" * 200, kind="view", diff="+line\n" * 2_000) for n in range(size)
    )
    dangers = (DANGER.model_copy(update={"title": "t" * 3_000, "why": "w" * 3_000, "way": "y" * 3_000}),) * 100
    followers = tuple(Downstream(name=f"f{n}", kind="view", distance=n, columns=("c" * 300,) * 50) for n in range(size))
    findings = Findings(**BASE, changes=changes, dangers=dangers, followers=followers, refusals=("r" * 4_000,) * 30)
    text = render(findings)
    assert len(text) <= LIMIT
    assert HEADLINE["refused"] in text
    assert text.rstrip().endswith("</sub>")
    assert text.count("<details>") == text.count("</details>")


def test_the_most_important_sections_stay_longest() -> None:
    change = CHANGE.model_copy(update={"diff": "+line\n" * 20_000})
    text = render(
        Findings(**BASE, changes=(change,), dangers=(DANGER,), costs=(CostLine(name="a", before=1, after=2),))
    )
    assert "schedule x is disabled" in text
    assert "SQL of 1 objects differs (left out for length)." in text
    assert "### Cost" in text


@settings(max_examples=60, deadline=None)
@given(text=TEXT)
def test_no_text_opens_a_tag_or_mentions_somebody(text: str) -> None:
    danger = DangerFound(level="care", name=text, kind=text, title=text, why=text, way=text)
    change = Changed(op="update", name=text, kind="view", diff=f"+{text}", columns_added=(text,))
    follower = Downstream(name=text, kind=text, distance=1, columns=(text,))
    said = Findings(
        **{**BASE, "stack": text, "compared_with": text},
        dangers=(danger,),
        changes=(change,),
        followers=(follower,),
        schedules=(text,),
        refusals=(text,),
        checks=(CheckResult(name=text, result="passed", note=text),),
    )
    rendered = html(render(said))
    tags = set(re.findall(r"<\s*/?\s*(\w+)", re.sub(r"<!--.*?-->", "", rendered, flags=re.S)))
    assert tags <= {
        "p",
        "strong",
        "code",
        "h3",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "pre",
        "blockquote",
        "sub",
        "em",
        "br",
    }
    plain = re.sub(r"<(code|pre)[^>]*>.*?</\1>", "", re.sub(r"<!--.*?-->", "", rendered, flags=re.S), flags=re.S)
    assert not MENTION.search(re.sub(r"<[^>]+>", " ", plain).replace("&amp;", "&"))


@pytest.mark.parametrize(
    "text", ["@octocat", "see #12", "<img src=x onerror=y>", "a|b", "[x](http://y)", "--> <b>", "*_`~"]
)
def test_signs_that_mean_something_are_shown_as_they_are(text: str) -> None:
    danger = DANGER.model_copy(update={"title": text, "name": text})
    rendered = html(render(Findings(**BASE, dangers=(danger,))))
    assert "<img" not in rendered
    assert "<a " not in rendered
    assert "<td>⚠️</td>" in rendered
    assert rendered.count("<td>") == 3


def test_what_the_program_says_wraps_and_keeps_its_lines() -> None:
    text = render(Findings(**BASE, unchanged=2, refusals=("sql/x.sql:1: bad `y`\n  fix: @z",)))
    assert "> ⛔ sql/x.sql:1: bad \\`y\\`<br>fix: @\u200bz" in text
    assert "<blockquote>" in html(text)
    assert "unchanged" not in text


def test_checks_that_all_passed_take_one_line() -> None:
    passed = tuple(CheckResult(name=name, result="passed") for name in ("a", "b"))
    assert "### Checks\n\n✅ passed: a, b." in render(Findings(**BASE, checks=passed))
    mixed = render(Findings(**BASE, checks=(*passed, CheckResult(name="c", result="not run", note="why"))))
    assert "| ⬜ not run | c<br>why |" in mixed


def test_a_cost_that_stays_is_said_once() -> None:
    assert "**$1.00** a month (as before)" in render(
        Findings(**BASE, costs=(CostLine(name="a", before=1.0, after=1.0),))
    )


def test_rows_are_told_as_counts_and_rates_and_what_was_not_compared_with_its_reason() -> None:
    data = (
        DataChange(
            name="v", before=40, after=36, removed=4, changed=28, columns=(ColumnChange(name="price", rows=28),)
        ),
        DataChange(name="w", before=4, after=4),
        DataChange(name="p", note="not compared: a procedure is run, not read"),
        DataChange(name="x", fails=True, note="cannot be read any more: no @column | y"),
    )
    text = render(Findings(**BASE, data=data))
    assert (
        "| <code>v</code> | 40&nbsp;→&nbsp;36 |  | 4&nbsp;(10.0%) | 28&nbsp;(70.0%) | <code>price</code>&nbsp;28 |"
        in text
    )
    assert "Shows the same rows as before: <code>w</code>." in text
    assert "<code>p</code>: not compared: a procedure is run, not read" in text
    assert "| ⛔ <code>x</code> | cannot be read any more: no @\u200bcolumn &#124; y | | | | |" in text
