"""Transfer configs of others that write into the platform's dataset: one rule for the program and for `eros adopt`.

Configs are as the Data Transfer API shows them (REST, projects.locations.transferConfigs). Reading and changing them
is left to whoever asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from catalog.catalog import Catalog
from settings.model import Settings

Config = Mapping[str, Any]
SCHEDULED_QUERY = "scheduled_query"


def titles(catalog: Catalog, settings: Settings) -> frozenset[str]:
    """Display names of the stack's own scheduled queries."""
    return frozenset(schedule.title(settings.stack) for schedule in catalog.schedules.values())


def others_writing(configs: Iterable[Config], ours: Iterable[str], settings: Settings) -> list[Config]:
    """What runs, writes into the dataset and is none of ours (by display name, or by the account it runs as).

    Without what the key otherSchedules accepts. The account is known of configs that were read one by one, so a
    scheduled query that an earlier release of the stack called otherwise is ours.
    """
    passed = {*ours, *settings.other_schedules}
    ours_run_as = settings.account_emails.values()
    found = (config for config in configs if not config.get("disabled") and config.get("displayName") not in passed)
    return [config for config in found if writes_into(config, settings) and owner(config) not in ours_run_as]


def writes_into(config: Config, settings: Settings) -> bool:
    """Whether a run could write into the dataset.

    A query with a destination table elsewhere only reads here: such a query can be no DML and no script
    (https://cloud.google.com/bigquery/docs/scheduling-queries#destination_table).
    """
    params = config.get("params") or {}
    if config.get("destinationDatasetId") == settings.dataset:
        return True
    if config.get("destinationDatasetId") and params.get("destination_table_name_template"):
        return False
    return names_dataset(str(params.get("query") or ""), settings)


def names_dataset(query: str, settings: Settings) -> bool:
    """Whether a statement names the dataset; another project's of the same name is another."""
    named = re.compile(rf"(?:([a-z][\w-]*)`?\s*\.\s*`?)?(?<![\w-]){re.escape(settings.dataset)}(?![\w-])")
    return any(found[1] in (None, settings.project) for found in named.finditer(query))


def owner(config: Config) -> str:
    """The account that a config runs as; empty where only a list was read."""
    return str((config.get("ownerInfo") or {}).get("email") or "")
