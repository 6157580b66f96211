"""SIGKILL in the middle of a create, of BigQuery or of the provider: the next create of the same program succeeds, and
what somebody else made is not taken for ours."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import provider_pb2_grpc

from gcp_local import environment
from gcp_local.provider.cloud import Cloud, Conflict
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.journal import Journal
from gcp_local.provider.operations import Operations
from gcp_local.provider.registry import resource
from gcp_local.provider.values import decode, encode, plain
from gcp_local.serving import serving
from gcp_local.supervisor import ports
from gcp_local.testing import PROJECT, Emulator

NAME = "doomed"
KINDS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "dataset": (
        "gcp:bigquery/dataset:Dataset",
        {"datasetId": NAME, "description": "kept", "labels": {"team": "data"}, "location": "US"},
    ),
    "table": (
        "gcp:bigquery/table:Table",
        {
            "datasetId": "d",
            "tableId": NAME,
            "description": "kept",
            "deletionProtection": False,
            "schema": '[{"name":"day","type":"DATE","mode":"REQUIRED"},'
            '{"name":"n","type":"INTEGER","mode":"NULLABLE","defaultValueExpression":"7"}]',
            "timePartitioning": {"type": "DAY", "field": "day"},
            "clusterings": ["n"],
        },
    ),
    "view": (
        "gcp:bigquery/table:Table",
        {
            "datasetId": "d",
            "tableId": NAME,
            "deletionProtection": False,
            "schema": '[{"name":"one","type":"INTEGER","mode":"NULLABLE","description":"always 1"}]',
            "view": {"query": "SELECT 1 AS one", "useLegacySql": False},
        },
    ),
    "function": (
        "gcp:bigquery/routine:Routine",
        {
            "datasetId": "d",
            "routineId": NAME,
            "routineType": "SCALAR_FUNCTION",
            "language": "SQL",
            "description": "kept",
            "definitionBody": "1 + 1",
            "returnType": '{"typeKind":"INT64"}',
        },
    ),
}
RECORDED = """
from local_bigquery.catalog import metadata
save = metadata.save
def save_or_die(resource, *key):
    if key[-1] == "doomed":
        os.kill(os.getpid(), signal.SIGKILL)
    return save(resource, *key)
metadata.save = save_or_die
"""
ANSWERED = """
from local_bigquery.api import routines
from local_bigquery.catalog import datasets, tables
def dying(make):
    def made_and_dead(*args):
        answer = make(*args)
        if "doomed" in repr(args):
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    return made_and_dead
datasets.create, tables.create, routines.define = map(dying, (datasets.create, tables.create, routines.define))
"""
DESCRIBED = """
from local_bigquery.catalog import tables
update = tables.update
def dead(*args):
    os.kill(os.getpid(), signal.SIGKILL)
tables.update = dead
"""


def at(moment: str) -> str:
    """Python that makes the emulator kill itself at a moment of a creation, once all patches are applied."""
    body = "".join(f"    {line}\n" for line in ("import os, signal", *moment.strip().splitlines()))
    return (
        f"import uvicorn\nrun = uvicorn.run\ndef run_dying(*args, **more):\n{body}    run(*args, **more)\n"
        "uvicorn.run = run_dying"
    )


@contextlib.contextmanager
def started(folder: Path, first: str = "") -> Iterator[Emulator]:
    emulator = Emulator(folder, first=first)
    try:
        emulator.wait()
        if "error" in emulator.call("GET", "/datasets/d"):
            emulator.insert("/datasets", {"datasetReference": {"datasetId": "d"}})
        yield emulator
    finally:
        emulator.stop(signal.SIGKILL)


def variables(emulator: Emulator, folder: Path) -> dict[str, str]:
    others = dict.fromkeys((environment.STORAGE, environment.SERVICES, environment.PROVIDER), 9)
    return environment.variables({environment.BIGQUERY: emulator.port, **others}, folder)


def operations(emulator: Emulator, folder: Path) -> Operations:
    """A provider that was just started: it knows what is on disk."""
    return Operations(Cloud(variables(emulator, folder)), Journal(folder))


def urn(token: str) -> str:
    return f"urn:pulumi:local::p::{token}::{NAME}"


def check_whole(outputs: Mapping[str, Any], inputs: Mapping[str, Any], provider: Operations, token: str) -> None:
    """Everything that was asked for is there: another update finds nothing to do."""
    found = provider.read(urn(token), str(outputs["id"]), outputs, inputs)
    assert found is not None
    assert resource(token).diff(plain(dict(found[1])), {"project": PROJECT, **inputs}).detailed == {}


@pytest.mark.parametrize(
    ("kind", "moment"),
    [*((kind, moment) for kind in KINDS for moment in ("recorded", "answered")), ("view", "described")],
)
def test_after_bigquery_was_killed_in_a_create_the_next_one_succeeds(tmp_path: Path, kind: str, moment: str) -> None:
    token, inputs = KINDS[kind]
    text = {"recorded": RECORDED, "answered": ANSWERED, "described": DESCRIBED}[moment]
    with started(tmp_path, at(text)) as emulator:
        with pytest.raises(ProviderError, match="does not answer"):
            operations(emulator, tmp_path).create(urn(token), {"project": PROJECT, **inputs})
        assert emulator.process.wait(timeout=20) == -signal.SIGKILL
    with started(tmp_path) as emulator:
        provider = operations(emulator, tmp_path)
        identity, outputs = provider.create(urn(token), {"project": PROJECT, **inputs})
        check_whole({**outputs, "id": identity}, inputs, provider, token)


def test_what_somebody_else_made_after_the_kill_is_not_ours(tmp_path: Path) -> None:
    token, inputs = KINDS["table"]
    with started(tmp_path, at(RECORDED)) as emulator, pytest.raises(ProviderError, match="does not answer"):
        operations(emulator, tmp_path).create(urn(token), {"project": PROJECT, **inputs})
    with started(tmp_path) as emulator:
        theirs = [{"name": "day", "type": "DATE", "mode": "REQUIRED"}, {"name": "n", "type": "INTEGER"}]
        emulator.table("d", NAME, theirs, timePartitioning={"type": "DAY", "field": "day"})
        for _ in range(2):
            with pytest.raises(Conflict, match="Already Exists"):
                operations(emulator, tmp_path).create(urn(token), {"project": PROJECT, **inputs})
        assert "description" not in emulator.call("GET", f"/datasets/d/tables/{NAME}")


def test_a_refused_create_leaves_nothing_and_no_intent(tmp_path: Path) -> None:
    token, inputs = KINDS["table"]
    wrong = {**inputs, "project": PROJECT, "schema": str(inputs["schema"]).replace('"7"', "\"'text' + 1\"")}
    with started(tmp_path) as emulator:
        provider = operations(emulator, tmp_path)
        with pytest.raises(ProviderError, match="default value"):
            provider.create(urn(token), wrong)
        emulator.refused("GET", f"/datasets/d/tables/{NAME}", code=404)
        assert provider.journal.intended(urn(token)) is None
        identity, outputs = provider.create(urn(token), {"project": PROJECT, **inputs})
        check_whole({**outputs, "id": identity}, inputs, provider, token)


DYING = """
import os, signal
from gcp_local.provider.journal import Journal
record = Journal.record
def record_or_die(self, urn, identity, *, intended=False):
    if not intended:
        os.kill(os.getpid(), signal.SIGKILL)
    record(self, urn, identity, intended=intended)
Journal.record = record_or_die
"""


@contextlib.contextmanager
def provider_process(emulator: Emulator, folder: Path, first: str = "") -> Iterator[Any]:
    """A client of a provider that runs by itself."""
    reserved = ports.Reservation()
    (port,) = reserved.free(1)
    program = f"{first}\nfrom gcp_local.provider.__main__ import main\nmain()"
    given = os.environ | variables(emulator, folder) | {"GCP_LOCAL_STATE": str(folder)}
    command = [sys.executable, "-c", program, "--port", str(port)]
    with (
        reserved,
        serving(command, partial(ports.answers, port), folder / "provider" / "log", given),
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield provider_pb2_grpc.ResourceProviderStub(channel)


@pytest.mark.parametrize("kind", KINDS)
def test_after_the_provider_was_killed_in_a_create_the_next_one_succeeds(tmp_path: Path, kind: str) -> None:
    token, inputs = KINDS[kind]
    request = proto.CreateRequest(urn=urn(token), properties=encode({"project": PROJECT, **inputs}))
    with started(tmp_path) as emulator:
        with provider_process(emulator, tmp_path, DYING) as dying, pytest.raises(grpc.RpcError):
            dying.Create(request, timeout=60)
        with provider_process(emulator, tmp_path) as stub:
            answer = stub.Create(request, timeout=60)
        provider = operations(emulator, tmp_path)
        check_whole({**decode(answer.properties), "id": answer.id}, inputs, provider, token)
