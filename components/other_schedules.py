"""Keeps the new schedules still while an older system's transfer configs write into the same dataset.

Scope: the question, asked before anything is registered, of every preview and every update. The provider has no
function that lists transfer configs, so they are read over REST with the provider's own token (getClientConfig).
Not here: which of them count (`catalog.transfers`), pausing them (`eros adopt --pause-old`).
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
from pulumi.runtime import invoke_async
from pulumi.runtime.sync_await import _sync_await

from catalog import Catalog
from catalog.transfers import Config, others_writing, titles
from settings.endpoints import TRANSFER, rest_base
from settings.errors import ErosError
from settings.model import Settings

CLIENT_CONFIG = "gcp:organizations/getClientConfig:getClientConfig"
SECONDS = 30
PAUSES = (1, 4)
DISABLED = "SERVICE_DISABLED"


class OtherSchedules(ErosError):
    """Old and new would write at the same time, or nobody can say whether they would."""


def refuse_other_writers(catalog: Catalog, settings: Settings, provider: pulumi.ProviderResource) -> None:
    """Errors: OtherSchedules, unless the new schedules are paused, the old ones are, or the operator accepts them."""
    if settings.pause_schedules:
        return
    client = _sync_await(invoke_async(CLIENT_CONFIG, {}, pulumi.InvokeOptions(provider=provider)))
    token = client["accessToken"]
    if not token:
        return  # a provider that cannot sign a call has nothing to ask: a test's, or the one of `eros adopt`
    found = sorted(str(config["displayName"]) for config in _writing(catalog, settings, token))
    if found:
        stack, one = settings.stack, found[0]
        raise OtherSchedules(
            f"nothing was changed: pauseSchedules is false, but transfer configs of others write into "
            f"{settings.dataset}: {', '.join(found)}\n"
            f"  fix: eros adopt -s {stack} --pause-old (all of them, or by name), or let the new schedules wait: "
            f"pulumi config set pauseSchedules true -s {stack}; if they are to run beside ours: "
            f"pulumi config set --path 'otherSchedules[{len(settings.other_schedules)}]' '{one}' -s {stack}"
        )


def _writing(catalog: Catalog, settings: Settings, token: str) -> list[Config]:
    place, ours = (
        f"projects/{settings.project}/locations/{settings.location}/transferConfigs",
        titles(catalog, settings),
    )
    candidates = others_writing(_pages(place, token), ours, settings)
    # Only `get` tells as whom a config runs: by it, a schedule that an earlier release called otherwise is ours.
    return others_writing((_get(str(one["name"]), token) for one in candidates), ours, settings)


def _pages(path: str, token: str) -> Iterator[Config]:
    after: str | None = ""
    while after is not None:
        query = urllib.parse.urlencode({"pageToken": after} if after else {})
        page = _get(f"{path}?{query}" if query else path, token)
        yield from page.get("transferConfigs") or ()
        after = page.get("nextPageToken") or None


def _get(path: str, token: str) -> Mapping[str, Any]:
    """One answer; empty where the API is not enabled: nothing runs there. Errors: OtherSchedules."""
    request = urllib.request.Request(rest_base(TRANSFER) + path, headers={"Authorization": f"Bearer {token}"})
    for pause in (*PAUSES, None):
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            said = error.read().decode("utf-8", "replace")
            if error.code == 403 and DISABLED in said:
                return {}
            problem, again = f"{error.code} {_message(said)}", error.code == 429 or error.code >= 500
        except (OSError, ValueError) as error:
            problem, again = str(error), isinstance(error, OSError)
        if pause is None or not again:
            break
        time.sleep(pause)
    raise OtherSchedules(
        f"the transfer configs cannot be read, so nobody knows whether an older system still writes: {problem}",
        fix="may this account read them (bigquery.transfers.get, in roles/bigquery.user)? then run the command again",
    )


def _message(body: str) -> str:
    try:
        return " ".join(str(json.loads(body)["error"]["message"]).split())
    except (ValueError, KeyError, TypeError):
        return " ".join(body.split())[:200]
