"""The two tables of rules of a page: restrictions and allowed profiles. The newest row of a page counts, whether it is
active or not (the views over them say so too); a change is a new row, and no row is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from operations.byhand.hand_changes import Audited, write, writing
from operations.byhand.pool_effects import trial
from operations.weeks.week_statements import Statements
from settings.errors import ErosError

SCOPES = ("ALL", "PPV_ONLY", "BUMP_ONLY")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
RESTRICTIONS_NOW = """
SELECT
  LOWER(TRIM(r.page_name)) AS page_name, r.hard_patterns, r.soft_patterns, r.restricted_categories,
  r.restricted_price_tiers, r.applies_to_scope, r.min_ppv_pool, r.min_bump_pool, r.restriction_text,
  r.is_active AS is_on, r.version, r.updated_at, r.updated_by
FROM {creator_caption_restrictions} AS r
WHERE @page IN ('', LOWER(TRIM(r.page_name)))
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY LOWER(TRIM(r.page_name)) ORDER BY r.version DESC, r.updated_at DESC, r.is_active
) = 1
ORDER BY page_name
"""
RESTRICT = """
INSERT INTO {creator_caption_restrictions}
  (
    page_name, hard_patterns, soft_patterns, restricted_categories, restricted_price_tiers, applies_to_scope,
    min_ppv_pool, min_bump_pool, restriction_text, is_active, version, updated_at, updated_by
  )
VALUES
  (
    @page, @hard_patterns, @soft_patterns, @restricted_categories, @restricted_price_tiers,
    NULLIF(@applies_to_scope, ''), NULLIF(@min_ppv_pool, -1), NULLIF(@min_bump_pool, -1),
    NULLIF(@restriction_text, ''), @is_on, @version + 1, CURRENT_TIMESTAMP(),
    COALESCE(NULLIF(@by, ''), SESSION_USER())
  )
"""
RESTRICTED_SINCE = """
SELECT r.version
FROM {creator_caption_restrictions} AS r
WHERE LOWER(TRIM(r.page_name)) = @page AND r.version > @version
"""
PROFILES_NOW = """
SELECT
  LOWER(TRIM(p.page_name)) AS page_name, p.ppv_allowed_categories, p.ppv_allowed_price_tiers,
  p.bump_allowed_categories, p.bump_allowed_price_tiers, p.notes, p.is_active AND p.feature_enabled AS is_on,
  p.updated_at, p.updated_by
FROM {creator_allowed_profile} AS p
WHERE @page IN ('', LOWER(TRIM(p.page_name)))
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY LOWER(TRIM(p.page_name))
  ORDER BY p.updated_at DESC, p.created_at DESC, p.is_active, p.feature_enabled
) = 1
ORDER BY page_name
"""
# Newer than the row before it also where a clock was wrong.
PROFILE = """
INSERT INTO {creator_allowed_profile}
  (
    page_name, ppv_allowed_categories, ppv_allowed_price_tiers, bump_allowed_categories, bump_allowed_price_tiers,
    notes, is_active, feature_enabled, created_at, updated_at, updated_by
  )
VALUES
  (
    @page, @ppv_allowed_categories, @ppv_allowed_price_tiers, @bump_allowed_categories, @bump_allowed_price_tiers,
    NULLIF(@notes, ''), @is_on, TRUE, CURRENT_TIMESTAMP(),
    GREATEST(CURRENT_TIMESTAMP(), TIMESTAMP_ADD(@newest, INTERVAL 1 MICROSECOND)),
    COALESCE(NULLIF(@by, ''), SESSION_USER())
  )
"""
PROFILED_SINCE = """
SELECT p.updated_at
FROM {creator_allowed_profile} AS p
WHERE LOWER(TRIM(p.page_name)) = @page AND p.updated_at > @newest
"""
TRY_RESTRICTION, WRITE_RESTRICTION = trial(RESTRICT), writing(RESTRICT, RESTRICTED_SINCE)
TRY_PROFILE, WRITE_PROFILE = trial(PROFILE), writing(PROFILE, PROFILED_SINCE)
# `(?i)` as the selection puts it before a pattern. Folded by nobody: BigQuery itself says whether it is RE2.
WORDS = """
SELECT 'pattern' AS kind, pattern AS word, SAFE.REGEXP_CONTAINS('', CONCAT('(?i)', pattern)) IS NOT NULL AS is_known
FROM UNNEST(@patterns) AS pattern
UNION ALL
SELECT 'price tier' AS kind, tier AS word, {price_bucket}(tier) IS NOT NULL AS is_known
FROM UNNEST(@tiers) AS tier
UNION ALL
SELECT 'category' AS kind, category AS word, LOWER(TRIM(category)) IN (
  SELECT COALESCE(LOWER(TRIM(b.content_category)), '') FROM {caption_bank} AS b
) AS is_known
FROM UNNEST(@categories) AS category
"""
WHY_NOT = "SELECT REGEXP_CONTAINS('', CONCAT('(?i)', @pattern)) AS compiles"


@dataclass(frozen=True, slots=True)
class RuleTable:
    """One of the tables: columns by kind of value, and statements. `entity` is what audits and errors call a row."""

    entity: str
    patterns: tuple[str, ...]
    categories: tuple[str, ...]
    tiers: tuple[str, ...]
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    now: str
    try_: str
    write: str

    @property
    def lists(self) -> tuple[str, ...]:
        return self.patterns + self.categories + self.tiers

    @property
    def columns(self) -> tuple[str, ...]:
        """What a person sets."""
        return self.lists + self.texts + self.numbers


RESTRICTIONS = RuleTable(
    "restriction",
    ("hard_patterns", "soft_patterns"),
    ("restricted_categories",),
    ("restricted_price_tiers",),
    ("applies_to_scope", "restriction_text"),
    ("min_ppv_pool", "min_bump_pool"),
    RESTRICTIONS_NOW,
    TRY_RESTRICTION,
    WRITE_RESTRICTION,
)
PROFILES = RuleTable(
    "profile",
    (),
    ("ppv_allowed_categories", "bump_allowed_categories"),
    ("ppv_allowed_price_tiers", "bump_allowed_price_tiers"),
    ("notes",),
    (),
    PROFILES_NOW,
    TRY_PROFILE,
    WRITE_PROFILE,
)


@dataclass(frozen=True, slots=True)
class PageRule:
    """The newest row of a page. `version` orders restrictions, `updated_at` profiles; both are of the stored row."""

    page: str
    values: Mapping[str, Any]
    is_on: bool
    version: int = 0
    updated_at: datetime = NEVER
    updated_by: str = ""

    def parameters(self) -> dict[str, Any]:
        """As the statements name them, to write this after the row whose version and time it carries."""
        plain = {
            name: -1 if name.startswith("min_") and value is None else value for name, value in self.values.items()
        }
        order = {"version": self.version} if "hard_patterns" in self.values else {"newest": self.updated_at}
        return {**plain, "page": self.page, "is_on": self.is_on, **order}


def stored(warehouse: Statements, table: RuleTable, page: str = "") -> list[PageRule]:
    """The newest row of each page, or of one. Errors: CloudError."""
    return [_rule(table, row) for row in warehouse.rows(table.now, page=page)]


def changed(table: RuleTable, page: str, before: PageRule | None, asked: Mapping[str, Any], *, off: bool) -> PageRule:
    """The rule with what was asked for; what was not named stays. Errors: ErosError when there is nothing to write."""
    if before is None and (off or not asked):
        fix = "say what: --help lists the options" if not off else f"eros {table.entity}s list shows who has one"
        raise ErosError(f"{page} has no {table.entity}; nothing was changed", fix=fix)
    kept = before.values if before else _nothing(table)
    made = PageRule(
        page,
        {**kept, **asked},
        not off,
        before.version if before else 0,
        before.updated_at if before else NEVER,
    )
    if before and (made.values, made.is_on) == (before.values, before.is_on):
        fix = f"eros {table.entity}s show {page}"
        raise ErosError(f"the {table.entity} of {page} is so already; nothing was changed", fix=fix)
    return made


def check_words(warehouse: Statements, table: RuleTable, asked: Mapping[str, Any]) -> None:
    """Patterns compile, tiers and categories exist. Errors: ErosError that names one that does not, CloudError."""
    words = {
        kind: [word for name in names for word in asked.get(name, ())]
        for kind, names in (("patterns", table.patterns), ("tiers", table.tiers), ("categories", table.categories))
    }
    if empty := [kind for kind, given in words.items() if any(not word.strip() for word in given)]:
        raise ErosError(f"one of the {empty[0]} is empty; nothing was changed", fix="leave it out, or --clear its list")
    if not any(words.values()):
        return
    for row in warehouse.rows(WORDS, **words):
        if not row.is_known:
            raise _wrong_word(warehouse, row.kind, row.word)


def save(warehouse: Statements, table: RuleTable, rule: PageRule, before: PageRule | None, by: str) -> None:
    """Writes the rule and its audit. Errors: NotWritten, CloudError."""
    state = {"from": _plain(before) if before else None, "to": _plain(rule)}
    audited = Audited("set" if rule.is_on else "off", table.entity, rule.page, rule.page, by, state)
    write(warehouse, table.write, audited, **rule.parameters())


def differences(table: RuleTable, before: PageRule | None, after: PageRule) -> Iterator[str]:
    """What changes, a line each: + and - in lists."""
    was = before.values if before else _nothing(table)
    if (before.is_on if before else None) != after.is_on:
        yield f"{table.entity} of {after.page}: {'on' if after.is_on else 'off'}"
    for name in table.columns:
        old, new = was[name], after.values[name]
        if name in table.lists:
            yield from (f"{name}: - {word}" for word in old if word not in new)
            yield from (f"{name}: + {word}" for word in new if word not in old)
        elif old != new:
            yield f"{name}: {_said(old)} -> {_said(new)}"


def _nothing(table: RuleTable) -> dict[str, Any]:
    return {**{name: [] for name in table.lists}, **dict.fromkeys(table.texts, ""), **dict.fromkeys(table.numbers)}


def _rule(table: RuleTable, row: Any) -> PageRule:
    empty = _nothing(table)
    values = {name: row[name] if row[name] is not None else empty[name] for name in table.columns}
    version = row["version"] if table is RESTRICTIONS else 0
    return PageRule(row.page_name, values, bool(row.is_on), version, row.updated_at, row.updated_by or "")


def _plain(rule: PageRule) -> dict[str, Any]:
    return {**rule.values, "is_on": rule.is_on}


def _said(value: object) -> str:
    return "none" if value in (None, "") else str(value)


def _wrong_word(warehouse: Statements, kind: str, word: str) -> ErosError:
    if kind != "pattern":
        there = "tiers are those of caption_bank" if kind == "price tier" else "categories are those of caption_bank"
        return ErosError(f"there is no {kind} {word!r}; nothing was changed", fix=f"look at its spelling: {there}")
    try:
        warehouse.rows(WHY_NOT, pattern=word)
        said = ""
    except ErosError as error:
        said = f": {error.message.removeprefix('schedules: ').partition(';')[0][:200]}"
    fix = r"write RE2 (github.com/google/re2/wiki/Syntax): no lookaround; a literal ( or . is \( or \."
    return ErosError(f"{word!r} is no regular expression of BigQuery{said}; nothing was changed", fix=fix)
