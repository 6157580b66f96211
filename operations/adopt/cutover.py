"""What of an older system still writes: named, so that old and new do not work on the same tables at once.

Not here: pausing it, which the operator confirms (`eros adopt`, the last step before the new schedules run).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from operations.adopt.live import Live
from operations.adopt.rest import Body
from operations.adopt.verdict import Judgement, Verdict
from settings.model import Settings

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
    named = re.compile(rf"(?<![\w-]){re.escape(settings.dataset)}(?![\w-])")
    found = [_verdict(config) for config in live.configs if _is_old(config, named, declared, settings.dataset)]
    return [*found, UNSEEN] if found or live.dataset else []


def _is_old(config: Body, named: re.Pattern[str], declared: Collection[str], dataset: str) -> bool:
    if config.get("disabled") or config.get("displayName") in declared:
        return False
    query = str((config.get("params") or {}).get("query") or "")
    return config.get("destinationDatasetId") == dataset or bool(named.search(query))


def _verdict(config: Body) -> Verdict:
    query = " ".join(str((config.get("params") or {}).get("query") or "").split())
    owner = (config.get("ownerInfo") or {}).get("email") or "unknown"
    return Verdict(
        str(config.get("displayName")),
        "transfer_config",
        Judgement.WRITES,
        (f"runs {config.get('schedule') or 'on demand'} as {owner}: {query[:200]}",),
        (f"pause {config['name']} before the new schedules run; it can be resumed",),
        id=str(config["name"]),
    )
