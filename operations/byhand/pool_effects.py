"""What a change of rules does to the pools of pages: the pool before and after, by the function that selections use.

The pool is that of the standing rules; cooldown and locks pass with time and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from operations.weeks.week_statements import Statements

SCOPES = ("PPV", "BUMP")
SHOWN = 6


@dataclass(frozen=True, slots=True)
class PoolMove:
    """Captions that one rule (and what of it) takes out of a page's pool, or lets in again."""

    page: str
    scope: str
    rule: str
    value: str
    captions: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PoolScope:
    """The captions of a page that sell (PPV) or are free (BUMP). `after_rules` is what `least` is compared with."""

    page: str
    scope: str
    in_all: int
    before: int
    after: int
    after_rules: int
    least: int | None

    @property
    def is_grave(self) -> bool:
        """Whether nothing is selected with it, and the change makes that no better."""
        is_low = self.least is not None and self.after_rules < self.least
        return self.after <= self.before and (is_low or self.after == 0 < self.before)


@dataclass(frozen=True, slots=True)
class PoolEffect:
    """Of a change on all pages that it reaches."""

    scopes: tuple[PoolScope, ...]
    leaving: tuple[PoolMove, ...]
    coming: tuple[PoolMove, ...]
    lowered: int
    raised: int

    @property
    def grave(self) -> tuple[PoolScope, ...]:
        """Where nothing would be selected any more."""
        return tuple(one for one in self.scopes if one.is_grave)


def trial(insert: str) -> str:
    """The script that shows what an INSERT would do, and does nothing.

    Its SELECT stands last, before any COMMIT: its rows are the script's result, and the transaction is rolled back.
    """
    return f"""
CREATE OR REPLACE TEMP TABLE pool_before AS
SELECT
  p.page_name, p.caption_id, p.excluded_by, p.rule_value, COALESCE(ARRAY_LENGTH(p.soft_patterns), 0) AS soft
FROM {{page_caption_pool}}(@pages) AS p;

BEGIN TRANSACTION;
{insert.strip()};
SELECT
  compared.page_name, compared.scope, compared.rule_before, compared.rule_after, compared.value,
  COUNT(*) AS captions,
  COUNTIF(compared.soft > 0) AS lowered,
  COUNTIF(compared.soft < 0) AS raised,
  ARRAY_AGG(compared.example ORDER BY ABS(compared.soft) DESC, compared.caption_id LIMIT 2) AS examples,
  MAX(IF(compared.scope = 'PPV', limits.min_ppv_pool, limits.min_bump_pool)) AS min_pool
FROM (
  SELECT
    now.page_name, now.scope, now.caption_id,
    before.excluded_by AS rule_before,
    now.excluded_by AS rule_after,
    COALESCE(now.rule_value, before.rule_value) AS value,
    COALESCE(ARRAY_LENGTH(now.soft_patterns), 0) - before.soft AS soft,
    SUBSTR(now.caption_text, 1, 60) AS example
  FROM {{page_caption_pool}}(@pages) AS now
  INNER JOIN pool_before AS before ON before.page_name = now.page_name AND before.caption_id = now.caption_id
) AS compared
LEFT JOIN {{caption_restrictions_in_force}} AS limits ON limits.page_name = compared.page_name
GROUP BY compared.page_name, compared.scope, compared.rule_before, compared.rule_after, compared.value
ORDER BY compared.page_name, compared.scope, captions DESC;
"""


def effect_of(warehouse: Statements, script: str, pages: Sequence[str], **values: Any) -> PoolEffect:
    """Runs a script of `trial`; nothing is written. Errors: CloudError."""
    rows = warehouse.rows(script, pages=list(pages), **values)
    return PoolEffect(
        tuple(_scope(page, scope, rows) for page in pages for scope in SCOPES),
        tuple(_move(row, row.rule_after) for row in rows if row.rule_after and not row.rule_before),
        tuple(_move(row, row.rule_before) for row in rows if row.rule_before and not row.rule_after),
        sum(row.lowered for row in rows if not row.rule_after),
        sum(row.raised for row in rows if not row.rule_after),
    )


def lines(effect: PoolEffect) -> Iterator[str]:
    """For people."""
    for one in effect.scopes:
        least = "" if one.least is None else f"; {one.after_rules:,} pass the rules, at least {one.least:,} must"
        yield f"{one.page} {one.scope}: {one.before:,} of {one.in_all:,} may be sent now, {one.after:,} then{least}"
    for title, moves in (("leave", effect.leaving), ("come back", effect.coming)):
        yield f"{sum(one.captions for one in moves):,} captions {title}"
        for move in sorted(moves, key=lambda move: -move.captions)[:SHOWN]:
            said = " | ".join(" ".join(text.split()) for text in move.examples)
            yield f"  {move.captions:,} of {move.page} {move.scope} by {move.rule} {move.value!r}, e.g. {said}"
    if effect.lowered or effect.raised:
        yield f"{effect.lowered:,} are lowered by more soft patterns than before, {effect.raised:,} by fewer"
    for one in effect.grave:
        yield f"! nothing {one.scope} is selected for {one.page} any more: {one.after:,} left"


def as_json(effect: PoolEffect) -> dict[str, Any]:
    """For programs."""
    return {
        "scopes": [
            {"page": one.page, "scope": one.scope, "inAll": one.in_all, "before": one.before, "after": one.after}
            | {"afterRules": one.after_rules, "least": one.least, "nothingIsSelected": one.is_grave}
            for one in effect.scopes
        ],
        "leaving": [_move_json(one) for one in effect.leaving],
        "coming": [_move_json(one) for one in effect.coming],
        "lowered": effect.lowered,
        "raised": effect.raised,
    }


def _scope(page: str, scope: str, rows: Sequence[Any]) -> PoolScope:
    ours = [row for row in rows if (row.page_name, row.scope) == (page, scope)]
    return PoolScope(
        page,
        scope,
        in_all=sum(row.captions for row in ours),
        before=sum(row.captions for row in ours if not row.rule_before),
        after=sum(row.captions for row in ours if not row.rule_after),
        after_rules=sum(row.captions for row in ours if row.rule_after in (None, "INVENTORY")),
        least=max((row.min_pool for row in ours if row.min_pool is not None), default=None),
    )


def _move(row: Any, rule: str) -> PoolMove:
    return PoolMove(row.page_name, row.scope, rule, row.value or "", row.captions, tuple(row.examples))


def _move_json(one: PoolMove) -> dict[str, Any]:
    said = {"page": one.page, "scope": one.scope, "rule": one.rule, "value": one.value, "captions": one.captions}
    return {**said, "examples": list(one.examples)}
