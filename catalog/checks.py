"""`sql/checks`: acceptance checks, one a file. Each is a query that returns the offences, so no row means passed.

Owns what a check is called and what it says about itself. What its query may do is lint (`catalog.lint.check_rules`);
running it is left to operations.

The file name carries the id: `v2_1_caption_key_is_stable.sql` is check v2.1. v are the tests of the old acceptance
suite under their old numbers, s its smoke tests, i invariants of the data. The head comment says what is proved and,
after `When it fails:`, what to do then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from catalog.addresses import Placement
from catalog.errors import finding
from catalog.references import LogicalSql
from catalog.tokens import SqlText

FOLDER = "checks"
FILE_NAME = re.compile(r"([vsi])(\d+)(?:_(\d+))?_([a-z]\w*)")
KINDS = "vsi"
ADVICE = "When it fails:"


@dataclass(frozen=True, slots=True)
class Check:
    """A query for offences, in the column `detail`; `path` is relative to the project root."""

    id: str
    title: str
    path: Path
    purpose: str
    """What is proved."""
    advice: str
    """What to do when it fails."""
    sql: LogicalSql

    @property
    def order(self) -> tuple[int, ...]:
        """Verification first, then smoke tests, then invariants, each by number."""
        return (KINDS.index(self.id[0]), *map(int, self.id[1:].split(".")))

    def query(self, place: Placement) -> str:
        """The query with every reference fully qualified."""
        return self.sql.qualified(place)


def parse_check(source: SqlText) -> Check:
    """The check in a file of sql/checks. Raises CatalogError for its name or its head comment."""
    form = FILE_NAME.fullmatch(source.path.stem)
    if form is None:
        message = f"{source.path.name} carries no id of a check"
        raise finding(source.path, 1, message, fix="name it like v2_1_what_is_checked.sql", rule="check-name")
    kind, first, second, title = form.groups()
    purpose, advice = _head_comment(source)
    last = len(source.tokens) - 1 if source.tokens[-1].is_(";") else len(source.tokens)
    return Check(
        id=f"{kind}{first}.{second}" if second else f"{kind}{first}",
        title=title.replace("_", " "),
        path=source.path,
        purpose=purpose,
        advice=advice,
        sql=LogicalSql(source, source.tokens[:last]),
    )


def _head_comment(source: SqlText) -> tuple[str, str]:
    head = SqlText(source.path, source.text[: source.tokens[0].start])
    text = " ".join(
        word for comment in head.comments if not comment.text.startswith("lint:") for word in comment.text.split()
    )
    purpose, _, advice = re.sub(r"\s+", " ", text).partition(ADVICE)
    if not purpose.strip() or not advice.strip():
        message = "the head comment does not say what is proved and what to do"
        fix = f"begin the file with -- what is proved, and -- {ADVICE} what to do"
        raise finding(source.path, 1, message, fix=fix, rule="description")
    return purpose.strip(), advice.strip()
