"""The only place that makes Google clients. Endpoints come from the environment, under the names that the
Pulumi provider reads too, so that operations and deployments always reach the same cloud.
"""

from __future__ import annotations

import os

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials, Credentials
from google.cloud import bigquery
from google.cloud.bigquery_datatransfer_v1 import DataTransferServiceClient

BIGQUERY_ENDPOINT = "GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT"
TRANSFER_ENDPOINT = "GOOGLE_BIGQUERY_DATA_TRANSFER_CUSTOM_ENDPOINT"


def bigquery_client(project: str, location: str) -> bigquery.Client:
    """Client for queries, tables and load jobs."""
    endpoint = _endpoint(BIGQUERY_ENDPOINT, "bigquery/v2/")
    options = ClientOptions(api_endpoint=endpoint) if endpoint else None
    return bigquery.Client(project, location=location, credentials=_credentials(endpoint), client_options=options)


def transfer_client() -> DataTransferServiceClient:
    """Client for transfer configs and their runs; REST where an endpoint is stated."""
    endpoint = _endpoint(TRANSFER_ENDPOINT, "v1/")
    if not endpoint:
        return DataTransferServiceClient()
    return DataTransferServiceClient(
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        transport="rest",
        client_options=ClientOptions(api_endpoint=endpoint),
    )


def _endpoint(name: str, path: str) -> str:
    """Base address that a client adds `path` to; empty for Google's own."""
    return os.environ.get(name, "").removesuffix(path).rstrip("/")


def _credentials(endpoint: str) -> Credentials | None:
    return AnonymousCredentials() if endpoint else None  # type: ignore[no-untyped-call]
