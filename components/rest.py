"""What the provider has no function for, over Google's REST APIs and with the provider's own token.

What is asked for is for the callers. What an API holds that was never enabled is nothing, and is no error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
import requests
from pulumi.runtime import invoke_async
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from settings.endpoints import is_disabled, rest_base
from settings.errors import ErosError

# https://www.pulumi.com/registry/packages/gcp/api-docs/organizations/getclientconfig
READ_TOKEN = "gcp:organizations/getClientConfig:getClientConfig"  # noqa: S105 # a function
SECONDS = 30
RETRIES = Retry(total=2, backoff_factor=1, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False)


class Unreadable(ErosError):
    """Why an API did not answer; never the token."""


async def token(options: pulumi.InvokeOptions) -> str:
    """The provider's access to Google."""
    return (await invoke_async(READ_TOKEN, {}, options))["accessToken"] or ""


async def read(token: str, api: str, path: str, field: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    """All entries of a list, or the one object where `field` is empty. Errors: Unreadable."""
    return await asyncio.to_thread(_pages, token, api, path, field, parameters)


def _pages(token: str, api: str, path: str, field: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    following = dict(parameters)
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=RETRIES))
    session.headers["Authorization"] = f"Bearer {token}"
    while True:
        page = _get(session, rest_base(api) + path, following)
        if page is None:
            return entries
        if not field:
            return [page]
        entries += page.get(field) or ()
        if not page.get("nextPageToken"):
            return entries
        following["pageToken"] = page["nextPageToken"]


def _get(session: requests.Session, url: str, parameters: Mapping[str, str]) -> dict[str, Any] | None:
    """A page; None for what is not there."""
    try:
        answer = session.get(url, params=parameters, timeout=SECONDS)
        body = answer.json() if answer.content else {}
    except (requests.RequestException, ValueError) as failure:
        raise Unreadable(" ".join(str(failure).split())) from None
    if answer.ok:
        return dict(body)
    error = body.get("error") if isinstance(body, dict) else None
    details: dict[str, Any] = error if isinstance(error, dict) else {}
    if answer.status_code == 404 or is_disabled(details):
        return None
    raise Unreadable(f"{answer.status_code} {' '.join(str(details.get('message') or '').split())}")
