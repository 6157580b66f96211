"""The comment: findings as GitHub's Markdown, never longer than GitHub takes.

Sections have a rank. When the whole is too long, the last ones become one line each, then fewer lines; the verdict is
never touched. What comes from SQL or from names stands in code or is escaped: nobody is mentioned, no tag is opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from operations.review.findings import (
    Changed,
    CheckResult,
    CostLine,
    DangerFound,
    DataChange,
    Downstream,
    ExampleValue,
    Findings,
)

# docs.github.com: a comment holds 65,536 characters; what is added around it needs some.
LIMIT = 64_000
LISTED = 50
HEADLINE = {
    "nothing": "✅ **Nothing would change.**",
    "safe": "✅ **Safe to deploy.**",
    "care": "⚠️ **Needs care.**",
    "refused": "⛔ **Refused: not to be deployed as it is.**",
}
SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "−", "import": "="}
RESULTS = {"passed": "✅", "failed": "❌", "not run": "⬜"}
MARKER = "<!-- eros review: {project} {stack} {kind} -->"


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of the comment: `text` in full, `short` in one line when there is no room."""

    text: str
    short: str


def render(findings: Findings, *, run_url: str = "", kind: str = "preview", limit: int = LIMIT) -> str:
    """The whole comment, at most `limit` characters."""
    head = "\n".join(
        [marker(findings, kind), f"{HEADLINE[findings.verdict]} {_summary(findings)}", "", _where(findings)]
    )
    foot = _foot(findings, run_url)
    sections = [section for build in BUILDERS if (section := build(findings)) is not None]
    room = limit - len(head) - len(foot) - 4
    return "\n\n".join([head, *_fitting(sections, room), foot]) + "\n"


def marker(findings: Findings, kind: str = "preview") -> str:
    """The line by which the comment is found again; nobody sees it."""
    return MARKER.format(project=word(findings.project), stack=word(findings.stack), kind=word(kind))


def _fitting(sections: Sequence[Passage], room: int) -> list[str]:
    """As many sections in full as there is room for, by rank; the others in one line as long as that fits."""
    texts = [section.text for section in sections]
    for place in range(len(sections) - 1, -1, -1):
        if sum(map(len, texts)) + 2 * len(texts) <= room:
            return texts
        texts[place] = sections[place].short
    while texts and sum(map(len, texts)) + 2 * len(texts) > room:
        texts.pop()
    return texts


def _summary(findings: Findings) -> str:
    counts: dict[str, int] = {}
    for change in findings.changes:
        counts[change.op] = counts.get(change.op, 0) + 1
    words = [f"{count} to {op}" for op, count in sorted(counts.items())]
    # A program that refuses has not come to most of them.
    words += [f"{findings.unchanged} unchanged"] if findings.unchanged and not findings.refusals else []
    refused = sum(danger.level == "refused" for danger in findings.dangers)
    care = len(findings.dangers) - refused
    words += [f"{refused} refused"] if refused else []
    words += [f"{care} to look at"] if care else []
    return ", ".join(words)


def _where(findings: Findings) -> str:
    kind = "the stack itself" if findings.live else "**not** the stack itself"
    return f"Stack {code(findings.stack)}, compared with {_plain(findings.compared_with)} ({kind})."


def _foot(findings: Findings, run_url: str) -> str:
    commit = f"Commit {code(findings.commit[:12])}" if findings.commit else "No commit"
    run = f", [run]({run_url})" if re.fullmatch(r"https://[\w./-]+", run_url) else ""
    return f"<sub>{commit}{run}.</sub>"


def _refusals(findings: Findings) -> Passage | None:
    if not findings.refusals:
        return None
    # No code block: its lines do not wrap, and what to type stands at the end of a long one.
    quoted = ["<br>".join(map(_plain, refusal.splitlines())) for refusal in findings.refusals]
    text = "\n\n".join(f"> ⛔ {lines}" for lines in quoted)
    short = f"The program refuses ({_count(len(quoted), 'message')})."
    return Passage(f"### Why the program refuses\n\n{text}", short)


def _dangers(findings: Findings) -> Passage | None:
    if not findings.dangers:
        return None
    rows = [_danger_row(danger) for danger in findings.dangers[:LISTED]]
    lines = ["### What is dangerous", "", "| | what | why |", "|---|---|---|", *rows]
    lines += _more(len(findings.dangers))
    return Passage("\n".join(lines), f"**{len(findings.dangers)} dangers** (left out for length: see the run).")


def _danger_row(danger: DangerFound) -> str:
    sign = "⛔" if danger.level == "refused" else "⚠️"
    way = f"<br>→ {_cell(danger.way)}" if danger.way else ""
    return f"| {sign} | {_cell(danger.title)} | {_cell(danger.why)}{way} |"


def _changes(findings: Findings) -> Passage | None:
    if not findings.changes:
        return None
    by_kind: dict[str, list[Changed]] = {}
    for change in findings.changes:
        by_kind.setdefault(change.kind, []).append(change)
    rows = [_kind_row(kind, changes) for kind, changes in sorted(by_kind.items())]
    table = "\n".join(["| | objects |", "|---|---|", *rows])
    return Passage(f"### What changes\n\n{table}", f"{len(findings.changes)} objects change.")


def _kind_row(kind: str, changes: Sequence[Changed]) -> str:
    names = " ".join(f"{SIGNS.get(change.op, '?')}&nbsp;{code(change.name)}" for change in changes[:LISTED])
    more = f" and {len(changes) - LISTED} more" if len(changes) > LISTED else ""
    return f"| {_cell(kind)} ({len(changes)}) | {names}{more} |"


def _diffs(findings: Findings) -> Passage | None:
    changed = [change for change in findings.changes if change.diff]
    if not changed:
        return None
    folds = [
        _fold(
            f"{SIGNS.get(change.op, '?')} {change.kind} <code>{_html(change.name)}</code>{_columns(change)}",
            _fenced(change.diff, "diff"),
        )
        for change in changed
    ]
    return Passage("### SQL\n\n" + "\n".join(folds), f"SQL of {len(changed)} objects differs (left out for length).")


def _columns(change: Changed) -> str:
    parts = (
        ("new", change.columns_added),
        ("gone", change.columns_removed),
        ("computed otherwise", change.columns_changed),
    )
    said = [f"{what}: {', '.join(code(name) for name in names[:10])}" for what, names in parts if names]
    return f" — columns {'; '.join(said)}" if said else ""


def _followers(findings: Findings) -> Passage | None:
    if not findings.followers and not findings.schedules:
        return None
    rows = [_follower_row(follower) for follower in findings.followers[:LISTED]]
    table = "\n".join(["| object | kind | steps | rows | columns that follow |", "|---|---|---|---|---|", *rows])
    table += "\n".join(["", *_more(len(findings.followers))])
    runs = ", ".join(code(name) for name in findings.schedules)
    title = _count(len(findings.followers), "object")
    title += f", run by {_count(len(findings.schedules), 'schedule')}" if runs else ""
    text = (f"Schedules that run what changes or follows: {runs}.\n\n" if runs else "") + table
    return Passage(f"### Downstream\n\n{_fold(title, text)}", f"Downstream: {title} (left out for length).")


def _follower_row(follower: Downstream) -> str:
    names = " ".join(code(name) for name in follower.columns[:10])
    more = f" and {len(follower.columns) - 10} more" if len(follower.columns) > 10 else ""
    rows = "may change" if follower.rows else ""
    return f"| {code(follower.name)} | {_cell(follower.kind)} | {follower.distance} | {rows} | {names}{more} |"


def _data(findings: Findings) -> Passage | None:
    if not findings.data:
        return None
    differing = [one for one in findings.data if one.differs or one.fails]
    same = [one.name for one in findings.data if not (one.differs or one.fails or one.note)]
    lines = ["### Data", ""]
    if differing:
        lines += ["| object | rows | added | removed | changed | of these, in column |", "|---|---|--:|--:|--:|---|"]
        lines += [_data_row(one) for one in differing[:LISTED]] + [*_more(len(differing)), ""]
    lines += [f"Shows the same rows as before: {' '.join(map(code, same))}.", ""] if same else []
    by_note: dict[str, list[str]] = {}
    for one in findings.data:
        if one.note and not one.fails:
            by_note.setdefault(one.note, []).append(one.name)
    lines += [f"{' '.join(map(code, names))}: {_plain(note)}.<br>" for note, names in by_note.items()]
    return Passage("\n".join(lines).strip(), f"Data: {len(differing)} objects show other rows (left out for length).")


def _examples(findings: Findings) -> Passage | None:
    """A section of its own: the counts stay when there is no room for rows."""
    rows = [
        f"| {code(one.name)} | {example.op} | {' '.join(map(_example_value, example.values))} |"
        for one in findings.data
        for example in one.examples
    ]
    if not rows:
        return None
    table = "\n".join(["| object | row | values |", "|---|---|---|", *rows])
    title = _count(len(rows), "row")
    return Passage(f"### Rows that differ\n\n{_fold(title, table)}", f"{title} that differ (left out for length).")


def _example_value(value: ExampleValue) -> str:
    """`column: old → new`; texts of a foreign file open nothing, not even a link by its look."""
    sides = dict.fromkeys(one for one in (value.before, value.after) if one)
    shown = " → ".join(_cell(one).replace("www.", "www\u200b.") for one in sides)
    return f"{code(value.name)}:&nbsp;{shown}<br>"


def _data_row(change: DataChange) -> str:
    if change.fails:
        return f"| ⛔ {code(change.name)} | {_cell(change.note)} | | | | |"
    rows = f"{change.before:,}" if change.before == change.after else f"{change.before:,}&nbsp;→&nbsp;{change.after:,}"
    columns = " ".join(f"{code(one.name)}&nbsp;{one.rows:,}" for one in change.columns[:10])
    columns += f" and {len(change.columns) - 10} more" if len(change.columns) > 10 else ""
    counts = (_rate(count, change.before) for count in (change.added, change.removed, change.changed))
    return f"| {code(change.name)} | {rows} | {' | '.join(counts)} | {columns} |"


def _rate(count: int, of: int) -> str:
    return f"{count:,}&nbsp;({count / of:.1%})" if count and of else f"{count:,}" if count else ""


def _costs(findings: Findings) -> Passage | None:
    differing = [line for line in findings.costs if _differs(line)]
    if not findings.costs:
        return None
    before, after = (sum(getattr(line, side) or 0 for line in findings.costs) for side in ("before", "after"))
    known = any(line.before is not None for line in findings.costs)
    total = f"${before:,.2f} → **${after:,.2f}** a month"
    if not known or not differing:
        total = f"**${after:,.2f}** a month ({'as before' if known else 'before: not known'})"
    total += f", {_source(findings)} before the free TiB"
    note = f"\n\nNote: {_plain(findings.cost_note)}." if findings.cost_note else ""
    if not known or not differing:
        return Passage(f"### Cost\n\n{total}.{note}", f"Cost: {total}.")
    rows = [_cost_row(line) for line in differing[:LISTED]]
    table = "\n".join(["| schedule | before | after | by |", "|---|---:|---:|---|", *rows])
    return Passage(f"### Cost\n\n{total}.\n\n{table}{note}", f"Cost: {total}.")


def _source(findings: Findings) -> str:
    dry, statements = (sum(getattr(line, one) for line in findings.costs) for one in ("dry", "statements"))
    return f"{_by(dry, statements)}," if dry else "estimated"


def _by(dry: int, statements: int) -> str:
    """Where a figure comes from; an estimate is made at the volumes that the program states."""
    if not dry:
        return "estimate"
    return "dry run" if dry == statements else f"dry run of {dry} of {statements} statements, else estimated"


def _cost_row(line: CostLine) -> str:
    by = _by(line.dry, line.statements)
    return f"| {code(line.name)} | {_dollars(line.before)} | {_dollars(line.after)} | {by} |"


def _differs(line: CostLine) -> bool:
    return line.before is None or line.after is None or abs(line.before - line.after) >= 0.005


def _dollars(value: float | None) -> str:
    return "—" if value is None else f"${value:,.2f}"


def _checks(findings: Findings) -> Passage | None:
    if not findings.checks:
        return None
    if all(check.result == "passed" and not check.note for check in findings.checks):
        text = f"{RESULTS['passed']} passed: {', '.join(_plain(check.name) for check in findings.checks)}."
        return Passage(f"### Checks\n\n{text}", f"Checks: {text}")
    rows = [_check_row(check) for check in findings.checks]
    counted = {result: sum(check.result == result for check in findings.checks) for result in RESULTS}
    total = ", ".join(f"{count} {result}" for result, count in counted.items() if count)
    return Passage("\n".join(["### Checks", "", "| result | check |", "|---|---|", *rows]), f"Checks: {total}.")


def _check_row(check: CheckResult) -> str:
    note = f"<br>{_cell(check.note)}" if check.note else ""
    return f"| {RESULTS[check.result]} {check.result} | {_cell(check.name)}{note} |"


BUILDERS: Sequence[Callable[[Findings], Passage | None]] = (
    _refusals,
    _dangers,
    _changes,
    _data,
    _checks,
    _costs,
    _diffs,
    _followers,
    _examples,
)


def _fold(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def _fenced(text: str, language: str) -> str:
    """A code block whose fence is longer than any within."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def code(text: str) -> str:
    """A name as code, also one with backticks or bars in it."""
    return f"<code>{_html(text).replace('|', '&#124;')}</code>"


def _cell(text: str) -> str:
    return _plain(text).replace("|", "&#124;")


def _plain(text: str) -> str:
    """Text that opens no tag, no link, no emphasis, and neither mentions somebody nor refers to an issue."""
    # GitHub looks for @name and #1 in what is rendered: an entity would not do, a space of no width between them does.
    return re.sub(r"([@#])(?=\w)", "\\1\u200b", re.sub(r"([\\`*_\[\]~])", r"\\\1", _html(text)))


def _html(text: str) -> str:
    """On one line, so that no table ends in it."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def word(text: str) -> str:
    """What may stand in a comment of HTML."""
    return re.sub(r"[^\w.-]", "-", text).replace("--", "-")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _more(count: int) -> Iterable[str]:
    return [f"\nand {count - LISTED} more"] if count > LISTED else []
