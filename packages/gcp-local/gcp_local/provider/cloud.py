"""The way to the local cloud: endpoints from the environment, Google's JSON over HTTP, Google's errors.

Endpoints are read when they are needed, so that the provider serves whatever cloud its environment names.
"""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpx

from gcp_local import environment
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.values import Bag

TIMEOUT: Final = httpx.Timeout(120.0, connect=5.0)
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

BIGQUERY: Final = ("GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT",)
STORAGE: Final = ("GOOGLE_STORAGE_CUSTOM_ENDPOINT",)
TRANSFER: Final = ("GOOGLE_BIGQUERY_DATA_TRANSFER_CUSTOM_ENDPOINT",)
MONITORING: Final = ("GOOGLE_MONITORING_CUSTOM_ENDPOINT",)
PUBSUB: Final = ("GOOGLE_PUBSUB_CUSTOM_ENDPOINT",)
IAM: Final = ("GOOGLE_IAM_BETA_CUSTOM_ENDPOINT", "GOOGLE_IAM_CUSTOM_ENDPOINT")
SERVICE_USAGE: Final = ("GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT",)
#: From that endpoint, which is of an older version: enabling and disabling are called in version 1.
SERVICE_USAGE_V1: Final = "../v1/"
LOGGING: Final = ("GOOGLE_LOGGING_CUSTOM_ENDPOINT",)
RUN: Final = ("GOOGLE_CLOUD_RUN_V2_CUSTOM_ENDPOINT",)
SCHEDULER: Final = ("GOOGLE_CLOUD_SCHEDULER_CUSTOM_ENDPOINT",)
KMS: Final = ("GOOGLE_KMS_CUSTOM_ENDPOINT",)
BUDGETS: Final = ("GOOGLE_BILLING_BUDGETS_CUSTOM_ENDPOINT",)
RESOURCE_MANAGER: Final = ("GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT",)


class ApiError(ProviderError):
    """An answer of the cloud with an error: its HTTP status, Google's message and reason."""

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        suffix = f", {reason}" if reason and not message.endswith(reason) else ""
        super().__init__(f"googleapi: Error {status}: {message}{suffix}")
        self.status = status


class Conflict(ApiError):
    """409: the object exists, or somebody else changed it first."""


class Cloud:
    """The local cloud as one environment names it."""

    def __init__(self, variables: Mapping[str, str] = os.environ) -> None:
        self._variables = variables
        # A kept connection can be closed by the server in the moment in which it is used again.
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
        self._lock = threading.Lock()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @property
    def project(self) -> str:
        """The one project of the local cloud."""
        return environment.project(self._variables)

    def endpoint(self, names: tuple[str, ...]) -> str:
        """The first endpoint of these variables that is set. Raises ProviderError if none leads to this machine."""
        url = next((self._variables[name] for name in names if self._variables.get(name)), "")
        if not url:
            command = environment.command(self._variables)
            raise ProviderError(f'{names[0]} is not set: run {command} up, then eval "$({command} env)"')
        if urlsplit(url).hostname not in LOOPBACK:
            raise ProviderError(f"{names[0]} is {url}: the local cloud's provider only calls this machine")
        return url

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Only one thread at a time for each name."""
        with self._lock:
            lock = self._locks[name]
        with lock:
            yield

    def call(
        self, api: tuple[str, ...], method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None
    ) -> Bag:
        """One request; the JSON answer. Raises ApiError for an error, ProviderError if nobody answers."""
        url = urljoin(self.endpoint(api), path) if path.startswith("../") else self.endpoint(api) + path
        token = self._variables.get(environment.OAUTH_TOKEN) or environment.ACCESS_TOKEN
        try:
            answer = self._http.request(
                method, url, json=body, params=params, headers={"Authorization": f"Bearer {token}"}
            )
        except httpx.TransportError as error:
            message = f"the local cloud does not answer at {url} ({error or type(error).__name__})"
            raise ProviderError(f"{message}; {environment.command(self._variables)} status says why") from error
        if answer.is_error:
            raise _api_error(answer)
        found = answer.json() if answer.content else {}
        return found if isinstance(found, dict) else {}

    def get(self, api: tuple[str, ...], path: str, params: Mapping[str, Any] | None = None) -> Bag | None:
        """What is there; None if nothing is."""
        try:
            return self.call(api, "GET", path, params=params)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def remove(self, api: tuple[str, ...], path: str, params: Mapping[str, Any] | None = None) -> None:
        """Delete what is there; nothing there is fine."""
        try:
            self.call(api, "DELETE", path, params=params)
        except ApiError as error:
            if error.status != 404:
                raise


def _api_error(answer: httpx.Response) -> ApiError:
    """Google's error envelope, or whatever text was answered."""
    try:
        error = answer.json()["error"]
        details = error.get("errors") or [{}]
        message, reason = str(error["message"]), str(details[0].get("reason") or "")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        message, reason = answer.text.strip()[:2000] or answer.reason_phrase, ""
    kind = Conflict if answer.status_code == 409 else ApiError
    return kind(answer.status_code, message, reason)


def retried(change: Callable[[], Bag], tries: int = 10) -> Bag:
    """Repeat a read-modify-write while somebody else's change came between (409 or 412)."""
    for pause in _pauses(tries):
        try:
            return change()
        except ApiError as error:
            if error.status not in (409, 412):
                raise
            time.sleep(pause)
    return change()


def _pauses(tries: int) -> Iterator[float]:
    return (min(0.05 * 1.6**attempt, 1.0) for attempt in range(tries - 1))
