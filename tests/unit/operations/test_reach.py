"""A cloud that is down is found out at once, with the way to start it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest
from google.cloud.bigquery_datatransfer_v1 import DataTransferServiceClient

from operations import reach
from operations.clients import BoundedClient, answering, bigquery_client, transfer_client
from operations.errors import CloudError
from operations.scheduled_runs import ScheduledQueries
from tests.unit.operations.test_verify import OUTPUTS

BIGQUERY, PROVIDERS = "GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT", "PULUMI_DEBUG_PROVIDERS"


@pytest.fixture
def listening() -> Iterator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def refusing() -> int:
    """A port where nothing listens any more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_shell_without_endpoints_is_asked_nothing() -> None:
    reach.check({"HOME": "x", BIGQUERY: ""})


def test_any_answer_will_do() -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    reach.check({BIGQUERY: f"http://127.0.0.1:{server.server_port}/bigquery/v2/"})
    server.shutdown()


@pytest.mark.parametrize("value", ["http://127.0.0.1:{}/x/", "127.0.0.1:{}", "https://127.0.0.1:{}/"])
def test_a_port_where_nothing_listens_is_named_with_the_way_to_start_it(refusing: int, value: str) -> None:
    address = value.format(refusing)
    expected = rf"(?s)127.0.0.1:{refusing} \({BIGQUERY}\) is down: Connection refused.*eros local up.*eros local env"
    with pytest.raises(CloudError, match=expected):
        reach.check({BIGQUERY: address})


def test_a_provider_that_has_gone_is_named(refusing: int, listening: int) -> None:
    with pytest.raises(CloudError, match=f"127.0.0.1:{refusing} .{PROVIDERS}. is down"):
        reach.check({PROVIDERS: f"gcp:{refusing}"})
    reach.check({PROVIDERS: f"gcp:{listening}"})


def test_a_service_that_says_nothing_is_given_up(listening: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "SECONDS", 0.2)
    with pytest.raises(CloudError, match="no answer within"):
        reach.check({BIGQUERY: f"http://127.0.0.1:{listening}/"})


@pytest.mark.parametrize("value", ["http://", "http://127.0.0.1:99999/", "http://[::1", "//", "http://127.0.0.1:x/"])
def test_what_is_no_address_is_told(value: str) -> None:
    with pytest.raises(CloudError, match="is no address"):
        reach.check({BIGQUERY: value})


def test_a_host_that_does_not_exist_is_told() -> None:
    with pytest.raises(CloudError, match="is down"):
        reach.check({BIGQUERY: "http://" + "x" * 300 + "/"})


def test_clients_are_only_made_for_a_cloud_that_answers(refusing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BIGQUERY, f"http://127.0.0.1:{refusing}/bigquery/v2/")
    monkeypatch.setenv("GOOGLE_BIGQUERY_DATA_TRANSFER_CUSTOM_ENDPOINT", f"http://127.0.0.1:{refusing}/t/v1/")
    for make in (lambda: bigquery_client("p", "US"), transfer_client):
        with pytest.raises(CloudError, match="eros local up"):
            make()


def test_a_call_to_nobody_is_given_up(refusing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from google.api_core.client_options import ClientOptions
    from google.auth.credentials import AnonymousCredentials

    monkeypatch.setattr("operations.clients.RETRY_SECONDS", 0.5)
    options = ClientOptions(api_endpoint=f"http://127.0.0.1:{refusing}")
    client = BoundedClient("p", credentials=AnonymousCredentials(), client_options=options)
    for call in (lambda: client.get_table("p.d.t"), lambda: client.query("SELECT 1").result()):
        with pytest.raises(CloudError, match=r"the table does not answer: .*refused"), answering("the table"):
            call()


def test_credentials_that_are_missing_are_told_with_the_command_that_makes_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(BIGQUERY, raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    for make in (lambda: bigquery_client("p", "US"), transfer_client):
        with pytest.raises(CloudError, match="gcloud auth application-default login"):
            make()


def test_every_unknown_name_is_told_before_anything_runs() -> None:
    class Untouched:
        def __getattr__(self, name: str) -> NoReturn:
            pytest.fail(f"{name} was called")

    queries = ScheduledQueries(cast(DataTransferServiceClient, Untouched()), OUTPUTS)
    known = next(iter(OUTPUTS.schedules), None)
    with pytest.raises(Exception, match="no scheduled query 'bad', 'worse'"):
        queries.check([*([known] if known else []), "worse", "bad"])
