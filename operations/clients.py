"""The only place that makes Google clients. Endpoints come from the environment, under the names that the
Pulumi provider reads too, so that operations and deployments always reach the same cloud.

Every call of theirs gives up in time; `answering` says in our words why.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import google.auth
import requests
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPICallError, RetryError, TooManyRequests
from google.api_core.retry import Retry
from google.auth import impersonated_credentials
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from google.cloud import bigquery
from google.cloud.bigquery_datatransfer_v1 import DataTransferServiceClient
from google.cloud.storage import Client as StorageClient

from operations import reach
from operations.engine_words import LIMIT, QUOTA
from operations.errors import CloudError
from settings.endpoints import BIGQUERY, REST_BASES, SHEETS, STORAGE, TRANSFER

if TYPE_CHECKING:
    from gspread.http_client import HTTPClient

RETRY_SECONDS = 15.0
"""How long a call is repeated that met nobody or an overloaded service; Google's default is ten minutes."""
CALL_SECONDS = 60.0
"""How long a call without a time of its own waits for the next byte; Google's default is for ever."""


CLOUD_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
SHEETS_SCOPE = "https://www.googleapis.com/auth/spreadsheets"


class BoundedClient(bigquery.Client):
    """BigQuery whose calls are repeated for RETRY_SECONDS at most."""

    def query(self, *arguments: Any, **options: Any) -> bigquery.QueryJob:
        """As Google's, but a job is not begun again: that goes on for ten minutes whatever the calls' own time is
        (`_DEFAULT_QUERY_JOB_INSERT_RETRY` in google/cloud/bigquery/retry.py).
        """
        return super().query(*arguments, **{"job_retry": None, **options})

    def _call_api(self, retry: Retry | None, *arguments: Any, **options: Any) -> Any:
        if isinstance(retry, Retry):
            retry = retry.with_timeout(min(RETRY_SECONDS, retry.timeout or RETRY_SECONDS))
        if options.get("timeout") is None:
            options["timeout"] = CALL_SECONDS
        return super()._call_api(retry, *arguments, **options)


def bigquery_client(project: str, location: str) -> bigquery.Client:
    """Client for queries, tables and load jobs. Errors: CloudError when nothing answers at a stated endpoint."""
    endpoint = _endpoint(BIGQUERY, "bigquery/v2/")
    options = ClientOptions(api_endpoint=endpoint) if endpoint else None
    with answering("BigQuery"):
        return BoundedClient(project, location=location, credentials=_credentials(endpoint), client_options=options)


def storage_client(project: str) -> StorageClient:
    """Client for buckets and objects. Errors: as `bigquery_client`."""
    endpoint = _endpoint(STORAGE, "storage/v1/")
    options = ClientOptions(api_endpoint=endpoint) if endpoint else None
    with answering("Cloud Storage"):
        return StorageClient(project, credentials=_credentials(endpoint), client_options=options)


def transfer_client() -> DataTransferServiceClient:
    """Client for transfer configs and their runs; REST where an endpoint is stated. Errors: as `bigquery_client`."""
    endpoint = _endpoint(TRANSFER, "v1/")
    with answering("Data Transfer"):
        if not endpoint:
            return DataTransferServiceClient()
        return DataTransferServiceClient(
            credentials=AnonymousCredentials(),
            transport="rest",
            client_options=ClientOptions(api_endpoint=endpoint),
        )


def sheets_client(account: str = "") -> HTTPClient:
    """gspread's client of the Sheets API. With `account` it acts as that service account, for which the caller needs
    roles/iam.serviceAccountTokenCreator on it; else as the caller, whose login must have the scope of spreadsheets.

    Errors: as `bigquery_client`.
    """
    import gspread  # of no use to all other commands

    from operations.sheets.transport import SheetsTransport

    endpoint = _endpoint(SHEETS, "")
    with answering("Google Sheets"):
        client = gspread.Client(_credentials(endpoint) or _of_spreadsheets(account), http_client=SheetsTransport)
    client.set_timeout(CALL_SECONDS)
    return client.http_client


def _of_spreadsheets(account: str) -> Credentials:
    """A person's login may hold the scope or not (`gcloud auth application-default login --scopes`); the token of a
    service account has what is asked for (cloud.google.com/docs/authentication/use-service-account-impersonation).
    """
    credentials, _ = google.auth.default(scopes=[CLOUD_SCOPE] if account else [SHEETS_SCOPE])
    if not account:
        return credentials
    return impersonated_credentials.Credentials(credentials, account, [SHEETS_SCOPE])


@contextmanager
def answering(what: str, fix: str = "may this account do that, and is the stack deployed?") -> Iterator[None]:
    """Surrounds calls of a client: what it raises becomes a CloudError that begins with `what`.

    `fix` is for a service that refuses.
    """
    try:
        yield
    except GoogleAPICallError as error:
        said = " ".join(str(error.message or error).split())
        is_limit = isinstance(error, TooManyRequests) or LIMIT.search(f"{said} {error.errors}")
        raise CloudError(f"{what}: {said}", fix=QUOTA if is_limit else fix) from error
    except GoogleAuthError as error:
        said = " ".join(str(error).split())
        raise CloudError(f"{what}: {said}", fix="gcloud auth application-default login") from error
    except (requests.RequestException, RetryError, TimeoutError) as error:
        said = " ".join(str(error.cause if isinstance(error, RetryError) else error).split())
        there = f"is the network there? For a local stack: {reach.FIX}"
        raise CloudError(f"{what} does not answer: {said or 'time is up'}", fix=there) from error


def rest_session() -> AuthorizedSession:
    """Signed calls of any Google API, for what has no client library here; one for each thread."""
    if any(os.environ.get(name) for name in REST_BASES):
        return AuthorizedSession(AnonymousCredentials())
    credentials, _ = google.auth.default(scopes=[CLOUD_SCOPE])
    return AuthorizedSession(credentials)


def _endpoint(name: str, path: str) -> str:
    """Base address that a client adds `path` to; empty for Google's own."""
    reach.check(os.environ, (name,))
    return os.environ.get(name, "").removesuffix(path).rstrip("/")


def _credentials(endpoint: str) -> Credentials | None:
    return AnonymousCredentials() if endpoint else None
