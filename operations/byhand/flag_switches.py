"""Feature flags: the live value (the newest row of feature_flags) and the declared one (config/flags.yaml).

They meet once: apply_reference_data adds a declared flag where no row of it is, and never changes one.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from operations.byhand.hand_changes import Audited, write, writing
from operations.byhand.pool_effects import PoolEffect, effect_of, trial
from operations.byhand.rule_tables import NEVER
from operations.weeks.week_statements import Statements
from settings.errors import ErosError

RESTRICTS = "caption_restrictions_enabled"
FLAGS_NOW = """
SELECT
  COALESCE(live.flag, declared.flag) AS flag, live.is_enabled, live.updated_at, live.updated_by,
  declared.is_enabled AS declared
FROM (
  SELECT f.flag, f.is_enabled, f.updated_at, f.updated_by
  FROM {feature_flags} AS f
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY f.flag ORDER BY f.updated_at DESC, f.is_enabled DESC) = 1
) AS live
FULL OUTER JOIN {declared_flags} AS declared ON declared.flag = live.flag
ORDER BY flag
"""
SWITCH = """
INSERT INTO {feature_flags} (flag, is_enabled, updated_at, updated_by)
VALUES (
  @flag, @is_on, GREATEST(CURRENT_TIMESTAMP(), TIMESTAMP_ADD(@newest, INTERVAL 1 MICROSECOND)),
  COALESCE(NULLIF(@by, ''), SESSION_USER())
)
"""
SWITCHED_SINCE = """
SELECT f.updated_at
FROM {feature_flags} AS f
WHERE f.flag = @flag AND f.updated_at > @newest
"""
RESTRICTED_PAGES = """
SELECT r.page_name FROM {active_creator_caption_restrictions_v} AS r ORDER BY r.page_name
"""
TRY_SWITCH, WRITE_SWITCH = trial(SWITCH), writing(SWITCH, SWITCHED_SINCE)


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag; None for a value that nobody set or declared."""

    name: str
    live: bool | None
    declared: bool | None
    updated_at: datetime | None
    updated_by: str

    @property
    def note(self) -> str:
        """How live and declared go together, in a few words."""
        if self.live is None:
            return "not set yet: the next run of daily_automation adds it as declared"
        if self.declared is None:
            return "declared nowhere: nothing of this platform reads it"
        return "as declared" if self.live == self.declared else "set otherwise by hand; deployments leave it so"


def flags(warehouse: Statements) -> list[Flag]:
    """All, by name. Errors: CloudError."""
    rows = warehouse.rows(FLAGS_NOW)
    return [Flag(row.flag, row.is_enabled, row.declared, row.updated_at, row.updated_by or "") for row in rows]


def find(known: Sequence[Flag], name: str) -> Flag:
    """The flag of that name. Errors: ErosError, with those that are near."""
    for flag in known:
        if flag.name == name:
            return flag
    near = difflib.get_close_matches(name, [flag.name for flag in known], 3)
    fix = f"perhaps {', '.join(near)}" if near else f"one of: {', '.join(flag.name for flag in known)}"
    raise ErosError(f"there is no flag {name!r}; nothing was changed", fix=fix)


def restricts(warehouse: Statements) -> bool:
    """Whether restrictions are applied at all; where nobody said, they are. Errors: CloudError."""
    return all(flag.live is not False for flag in flags(warehouse) if flag.name == RESTRICTS)


def effect(warehouse: Statements, flag: Flag, *, is_on: bool) -> PoolEffect | None:
    """What turning it does to pools: None for a flag that no pool depends on. Nothing is written."""
    if flag.name != RESTRICTS:
        return None
    pages = [row.page_name for row in warehouse.rows(RESTRICTED_PAGES)]
    return effect_of(warehouse, TRY_SWITCH, pages, **_parameters(flag, is_on=is_on), by="")


def save(warehouse: Statements, flag: Flag, by: str, *, is_on: bool) -> None:
    """Turns it, with its audit. Errors: NotWritten, CloudError."""
    audited = Audited("set", "flag", flag.name, "", by, {"from": flag.live, "to": is_on})
    write(warehouse, WRITE_SWITCH, audited, **_parameters(flag, is_on=is_on))


def _parameters(flag: Flag, *, is_on: bool) -> dict[str, str | bool | datetime]:
    return {"flag": flag.name, "is_on": is_on, "newest": flag.updated_at or NEVER}
