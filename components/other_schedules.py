"""Keeps the new schedules still while an older system's transfer configs write into the same dataset.

Scope: the question, asked before anything is registered, of every preview and every update. The provider has no
function that lists transfer configs, so they are read over REST with the provider's own token (getClientConfig).
Not here: which of them count (`catalog.transfers`), pausing them (`eros adopt --pause-old`).
"""

from __future__ import annotations

import shlex

import pulumi
from pulumi.runtime.sync_await import _sync_await

from catalog import Catalog
from catalog.transfers import Config, others_writing, titles
from components import rest
from settings.endpoints import TRANSFER
from settings.errors import ErosError
from settings.model import Settings


class OtherSchedules(ErosError):
    """Old and new would write at the same time, or nobody can say whether they would."""


def refuse_other_writers(catalog: Catalog, settings: Settings, provider: pulumi.ProviderResource) -> None:
    """Errors: OtherSchedules, unless the new schedules are paused, the old ones are, or the operator accepts them."""
    if settings.pause_schedules:
        return
    token = _sync_await(rest.token(pulumi.InvokeOptions(provider=provider)))
    if not token:
        return  # a provider that cannot sign a call has nothing to ask: a test's, or the one of `eros adopt`
    found = sorted(str(config["displayName"]) for config in _writing(catalog, settings, token))
    if found:
        stack = settings.stack
        one = found[0]
        raise OtherSchedules(
            f"nothing was changed: pauseSchedules is false, but transfer configs of others write into "
            f"{settings.dataset}: {', '.join(found)}\n"
            f"  fix: eros adopt -s {stack} --pause-old (all of them, or by name), or let the new schedules wait: "
            f"pulumi config set pauseSchedules true -s {stack}; if they are to run beside ours: "
            f"pulumi config set --path 'otherSchedules[{len(settings.other_schedules)}]' {shlex.quote(one)} -s {stack}"
        )


def _writing(catalog: Catalog, settings: Settings, token: str) -> list[Config]:
    ours = titles(catalog, settings)
    place = f"projects/{settings.project}/locations/{settings.location}/transferConfigs"
    candidates = others_writing(_read(token, place, "transferConfigs"), ours, settings)
    # Only `get` tells as whom a config runs: by it, a schedule that an earlier release called otherwise is ours.
    found = [config for one in candidates for config in _read(token, str(one["name"]), "")]
    return others_writing(found, ours, settings)


def _read(token: str, path: str, field: str) -> list[Config]:
    try:
        return list(_sync_await(rest.read(token, TRANSFER, path, field, {})))
    except rest.Unreadable as error:
        raise OtherSchedules(
            f"the transfer configs cannot be read, so nobody knows whether an older system still writes: {error}",
            fix="may this account read them (bigquery.transfers.get, in roles/bigquery.user)? then run it again",
        ) from None
