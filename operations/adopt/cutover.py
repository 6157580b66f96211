"""What of an older system still writes: named and paused, so that old and new never work on the same tables at once.

Its transfer configs are disabled, not deleted, and carry a mark in their display name by which `resume` knows them
again: whoever looks at them in the console sees why they stand still. What was disabled before has no mark.
Not here: which configs count (`catalog.transfers`).
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Collection, Iterable, Sequence

from catalog.transfers import SCHEDULED_QUERY, others_writing, owner, writes_into
from operations import google_api
from operations.adopt.hands import Hand
from operations.adopt.inventory import Inventory
from operations.adopt.verdict import Judgement, Verdict
from operations.errors import NotConfirmed
from operations.google_api import Body
from operations.job_history import DAYS
from settings.endpoints import TRANSFER
from settings.errors import ErosError
from settings.model import Settings

PAUSE, RESUME = "pause", "resume"
MARK = " (paused by eros adopt)"
LISTED = 6
# What runs elsewhere has no API that lists it; what it wrote shows in the job history, by account.
UNSEEN = (
    "crontab -l of every user on every host of the old system (and systemd timers, Airflow, dbt)",
    "Apps Script: https://script.google.com/home/triggers of everybody who wrote one",
    "Cloud Scheduler, Workflows, Cloud Run and Functions of this and other projects",
    "connected sheets and dashboards that write back; programs that stream rows in (they leave no job)",
)


def still_writing(
    live: Inventory, settings: Settings, declared: Collection[str], found: Sequence[Hand] = (), unread: str = ""
) -> list[Verdict]:
    """Transfer configs that write into the dataset and are none of ours (`declared` are our display names).

    With one of them, or with a dataset that this stack is to take over, come the accounts that wrote into it (`found`;
    `unread` says why nobody knows), and a note on what no API shows.
    """
    configs = [_verdict(config, settings.stack) for config in writers(live.configs, settings, declared)]
    if not configs and not live.dataset:
        return []
    return [*configs, *(_hand(one) for one in found), _unseen(unread)]


def writers(configs: Iterable[Body], settings: Settings, declared: Collection[str]) -> list[Body]:
    """The enabled transfer configs of an older system that write into the dataset."""
    return [dict(config) for config in others_writing(configs, declared, settings)]


def paused(configs: Iterable[Body], settings: Settings) -> list[Body]:
    """What `pause` has disabled for this dataset."""
    marked = [c for c in configs if c.get("disabled") and str(c.get("displayName")).endswith(MARK)]
    return [config for config in marked if writes_into(config, settings)]


def chosen(configs: Sequence[Body], names: Collection[str]) -> list[Body]:
    """Those of these display names, all without names. Errors: ErosError for a name that none of them has."""
    if not names:
        return list(configs)
    known = {_plain(config) for config in configs}
    if unknown := sorted({name.removesuffix(MARK) for name in names} - known):
        near = difflib.get_close_matches(unknown[0], known, 1)
        fix = f"did you mean {near[0]!r}?" if near else f"one of: {', '.join(sorted(known)) or 'none, there is none'}"
        raise ErosError(f"no such transfer config here: {', '.join(unknown)}; nothing was changed", fix=fix)
    wanted = {name.removesuffix(MARK) for name in names}
    return [config for config in configs if _plain(config) in wanted]


def pause(configs: Iterable[Body], typed: str) -> tuple[str, ...]:
    """Disables these transfer configs and returns their new names.

    Errors: NotConfirmed unless `typed` is PAUSE, CloudError.
    """
    _confirmed(typed, PAUSE, "paused")
    return tuple(_set(config, str(config["displayName"]) + MARK, disabled=True) for config in configs)


def resume(configs: Iterable[Body], typed: str) -> tuple[str, ...]:
    """Enables again what `pause` disabled. Errors: NotConfirmed unless `typed` is RESUME, CloudError."""
    _confirmed(typed, RESUME, "resumed")
    return tuple(_set(config, _plain(config), disabled=False) for config in configs)


def _plain(config: Body) -> str:
    return str(config["displayName"]).removesuffix(MARK)


def _set(config: Body, name: str, *, disabled: bool) -> str:
    google_api.patch(TRANSFER, str(config["name"]), {"disabled": disabled, "displayName": name})
    return name


def _confirmed(typed: str, word: str, what: str) -> None:
    if typed.strip() != word:
        raise NotConfirmed(f"nothing was {what}", fix=f"type {word} when asked")


def _verdict(config: Body, stack: str) -> Verdict:
    query = " ".join(str((config.get("params") or {}).get("query") or "").split())
    source = str(config.get("dataSourceId") or SCHEDULED_QUERY)
    what = query[:200] if source == SCHEDULED_QUERY else f"{source} into {config.get('destinationDatasetId')}"
    name = str(config.get("displayName"))
    return Verdict(
        name,
        "transfer_config",
        Judgement.WRITES,
        (f"runs {config.get('schedule') or 'on demand'} as {owner(config) or 'unknown'}: {what}",),
        (
            f"before the new schedules run: eros adopt -s {stack} --pause-old {shlex.quote(name)} "
            "(undone by --resume-old)",
            f"or, if it is to run beside them: add it to otherSchedules (Pulumi.{stack}.yaml)",
        ),
        id=str(config["name"]),
    )


def _hand(found: Hand) -> Verdict:
    more = f" and {len(found.tables) - LISTED} more" if len(found.tables) > LISTED else ""
    return Verdict(
        found.account,
        "account",
        Judgement.WRITES,
        (
            f"{found.jobs:,} jobs in the last {DAYS} days ({', '.join(found.kinds)}) wrote into "
            f"{', '.join(found.tables[:LISTED])}{more}; the last one at {found.last_job:%Y-%m-%d %H:%M} UTC",
        ),
        ("find what runs as this account (a person, a cron line, an Apps Script), and stop it before the cut-over",),
    )


def _unseen(unread: str) -> Verdict:
    changes = (
        "no API lists them",
        *((f"nor is it known who wrote in the last {DAYS} days: {unread}",) if unread else ()),
    )
    return Verdict("cron, Apps Script and other callers", "note", Judgement.WRITES, changes, UNSEEN)
