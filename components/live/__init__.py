"""What is in the datasets already: read before anything is registered, so that a refusal changes nothing.

Scope: refusing a change that loses rows or columns without a release that announced it, naming one that was
announced, and source tables that lack what the SQL uses. Each rule is a module that turns what was read into problems.
`unadopted` asks once more, when everything is registered: what exists, is it ours?
Not here: how a change is classed (`catalog.compat`), which columns are used (`catalog`).
"""

from __future__ import annotations

import pulumi

from catalog import Catalog, Placement
from components.live.leftovers import leftover_notices, leftover_problems
from components.live.reading import Live, read
from components.live.table_changes import table_notices, table_problems
from settings.errors import ErosError
from settings.model import Settings


class LiveError(ErosError):
    """What is deployed and what is declared do not go together."""


def refuse_unsafe_changes(
    catalog: Catalog, settings: Settings, place: Placement, provider: pulumi.ProviderResource
) -> Live:
    """Reads every declared table, says what this update takes away for good. Returns what was read.

    Errors: LiveError with each refused change, its reason and the way to make it.
    """
    live = read(catalog, settings, place, pulumi.InvokeOptions(provider=provider))
    problems = [
        *table_problems(catalog, settings, place, live),
        *leftover_problems(catalog, settings, place, live),
    ]
    if problems:
        raise LiveError("nothing was changed:\n" + "\n".join(problems))
    for notice in (*table_notices(catalog, settings, live), *leftover_notices(catalog, settings, place, live)):
        pulumi.log.warn(notice)
    return live
