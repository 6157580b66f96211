"""What of an older system still writes: named and paused, so that old and new never work on the same tables at once.

Its scheduled queries are disabled, not deleted, and carry a mark in their display name by which `resume` knows them
again: whoever looks at them in the console sees why they stand still. What was disabled before has no mark.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from operations.adopt import rest
from operations.adopt.live import Live
from operations.adopt.rest import TRANSFER, Body
from operations.adopt.verdict import Judgement, Verdict
from operations.errors import NotConfirmed
from settings.model import Settings

PAUSE, RESUME = "pause", "resume"
MARK = " (paused by eros adopt)"
UNSEEN = Verdict(
    "cron, Apps Script and other callers",
    "note",
    Judgement.WRITES,
    ("no API lists them",),
    ("look through crontab -l and the Apps Script triggers of the old system, and stop what calls this dataset",),
)


def still_writing(live: Live, settings: Settings, declared: Collection[str]) -> list[Verdict]:
    """Scheduled queries that name the dataset and are none of ours (`declared` are our display names).

    With one of them, or with a dataset that this stack is to take over, comes a note on what no API shows.
    """
    found = [_verdict(config, settings.stack) for config in writers(live, settings, declared)]
    return [*found, UNSEEN] if found or live.dataset else []


def writers(live: Live, settings: Settings, declared: Collection[str]) -> list[Body]:
    """The enabled scheduled queries of an older system that name the dataset."""
    return [config for config in live.configs if _is_old(config, _named(settings), declared, settings.dataset)]


def pause(configs: Iterable[Body], typed: str) -> tuple[str, ...]:
    """Disables these scheduled queries and returns their new names.

    Errors: NotConfirmed unless `typed` is PAUSE, CloudError.
    """
    _confirmed(typed, PAUSE, "paused")
    return tuple(_set(config, str(config["displayName"]) + MARK, disabled=True) for config in configs)


def paused(live: Live, settings: Settings) -> list[Body]:
    """What `pause` has disabled for this dataset."""
    marked = [c for c in live.configs if c.get("disabled") and str(c.get("displayName")).endswith(MARK)]
    return [config for config in marked if _concerns(config, _named(settings), settings.dataset)]


def resume(configs: Iterable[Body], typed: str) -> tuple[str, ...]:
    """Enables again what `pause` disabled. Errors: NotConfirmed unless `typed` is RESUME, CloudError."""
    _confirmed(typed, RESUME, "resumed")
    return tuple(_set(c, str(c["displayName"]).removesuffix(MARK), disabled=False) for c in configs)


def _set(config: Body, name: str, *, disabled: bool) -> str:
    rest.patch(TRANSFER, str(config["name"]), {"disabled": disabled, "displayName": name})
    return name


def _confirmed(typed: str, word: str, what: str) -> None:
    if typed.strip() != word:
        raise NotConfirmed(f"nothing was {what}", fix=f"type {word} when asked")


def _named(settings: Settings) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(settings.dataset)}(?![\w-])")


def _is_old(config: Body, named: re.Pattern[str], declared: Collection[str], dataset: str) -> bool:
    return not (config.get("disabled") or config.get("displayName") in declared) and _concerns(config, named, dataset)


def _concerns(config: Body, named: re.Pattern[str], dataset: str) -> bool:
    query = str((config.get("params") or {}).get("query") or "")
    return config.get("destinationDatasetId") == dataset or bool(named.search(query))


def _verdict(config: Body, stack: str) -> Verdict:
    query = " ".join(str((config.get("params") or {}).get("query") or "").split())
    owner = (config.get("ownerInfo") or {}).get("email") or "unknown"
    return Verdict(
        str(config.get("displayName")),
        "transfer_config",
        Judgement.WRITES,
        (f"runs {config.get('schedule') or 'on demand'} as {owner}: {query[:200]}",),
        (f"before the new schedules run: eros adopt -s {stack} --pause-old (undone by --resume-old)",),
        id=str(config["name"]),
    )
