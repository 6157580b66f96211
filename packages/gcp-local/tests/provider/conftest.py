"""The provider over gRPC, with a cloud that nobody answers for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2_grpc

from gcp_local import environment
from gcp_local.provider.cloud import Cloud
from gcp_local.provider.journal import Journal
from gcp_local.provider.operations import Operations
from gcp_local.provider.server import Provider, serve

NOBODY = 9  # the discard port


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """The local environment, leading to closed ports."""
    ports = dict.fromkeys((environment.BIGQUERY, environment.STORAGE, environment.SERVICES, "provider"), NOBODY)
    return environment.variables(ports, tmp_path)


@pytest.fixture
def provider(variables: dict[str, str], tmp_path: Path) -> Iterator[Any]:
    """A client of a running provider that reads `variables`."""
    server, port = serve(0, Provider(Operations(Cloud(variables), Journal(tmp_path))))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(None).wait()
