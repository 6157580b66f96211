"""What a web page, a statement or an upload could do to the machine that the local cloud runs on, tried on the real
processes as the supervisor starts them. Google's clients go on working beside it."""

from __future__ import annotations

import io
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import BadRequest, GoogleAPICallError, NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.storage import Bucket
from google.cloud.storage import Client as Storage

from gcp_local import environment
from gcp_local.supervisor.cloud import LocalCloud
from gcp_local.supervisor.specs import PROCESSES
from gcp_local.testing import NO_RETRY
from local.cloud import PROJECT

BUCKET = "held"
SECONDS = 60


@dataclass(frozen=True)
class Machine:
    """The running processes and the folder of their data."""

    folder: Path
    ports: dict[str, int]

    def url(self, process: str, path: str = "") -> str:
        return environment.url(self.ports[process], path)

    def post(self, process: str, path: str, headers: dict[str, str] | None = None, **what: Any) -> httpx.Response:
        return httpx.post(self.url(process, path), headers=headers, timeout=SECONDS, trust_env=False, **what)

    def outside(self) -> set[Path]:
        """Every file beside the state folder: what an attack would have left."""
        return {path for path in self.folder.parent.rglob("*") if self.folder not in (path, *path.parents)}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine") / "nested" / "state"
    cloud = LocalCloud(folder, specs=[spec for spec in PROCESSES if spec.name != environment.PROVIDER])
    started = cloud.up()
    try:
        found = Machine(folder, {name: record.port for name, record in started.processes.items()})
        assert found.post("services", f"/storage/v1/b?project={PROJECT}", json={"name": BUCKET}).is_success
        yield found
    finally:
        cloud.down()


@pytest.fixture(scope="module")
def warehouse(machine: Machine) -> bigquery.Client:
    client = bigquery.Client(
        PROJECT, AnonymousCredentials(), client_options=ClientOptions(api_endpoint=machine.url("bigquery"))
    )
    client.create_dataset("d", timeout=SECONDS)
    return client


@pytest.fixture
def objects(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    monkeypatch.setenv(environment.STORAGE_HOST, machine.url("services"))
    return Storage(PROJECT, AnonymousCredentials()).bucket(BUCKET)


def rows(client: bigquery.Client, sql: str) -> list[Any]:
    job = client.query(sql, timeout=SECONDS, retry=NO_RETRY, job_retry=None)
    return [tuple(row.values()) for row in job.result(timeout=SECONDS, retry=NO_RETRY)]


READ = {"query": "SELECT content FROM read_text('/etc/passwd')", "useLegacySql": False}
QUERIES = f"/bigquery/v2/projects/{PROJECT}/queries"
CONFIGS = f"/bigquerydatatransfer/v1/projects/{PROJECT}/locations/US/transferConfigs"


@pytest.mark.parametrize(("process", "path"), [("bigquery", QUERIES), ("services", CONFIGS), ("services", "/healthz")])
@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_a_foreign_name_or_page_is_refused_by_every_server(
    machine: Machine, process: str, path: str, header: dict[str, str]
) -> None:
    assert machine.post(process, path, header, json=READ).status_code == 403


def test_a_transfer_config_as_plain_text_is_refused(machine: Machine) -> None:
    config = {"displayName": "x", "dataSourceId": "scheduled_query", "params": {"query": "COPY (SELECT 1) TO '/x'"}}
    answer = machine.post("services", CONFIGS, {"Content-Type": "text/plain"}, content=json.dumps(config))
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (400, "badContent")


def test_a_query_as_plain_text_is_refused(machine: Machine) -> None:
    answer = machine.post("bigquery", QUERIES, {"Content-Type": "text/plain"}, content=json.dumps(READ))
    assert answer.status_code == 400


def test_a_browser_cannot_speak_to_the_object_emulator(machine: Machine) -> None:
    """Not without TLS, and with it only by trusting a certificate that nothing vouches for."""
    port = machine.ports["storage"]
    plain = httpx.post(f"http://127.0.0.1:{port}/upload/storage/v1/b/{BUCKET}/o?name=x", content=b"x", trust_env=False)
    assert plain.status_code == 400
    assert "HTTPS" in plain.text
    with pytest.raises(urllib.error.URLError) as refused:
        urllib.request.urlopen(f"https://127.0.0.1:{port}/storage/v1/b", timeout=SECONDS)
    assert isinstance(refused.value.reason, ssl.SSLCertVerificationError)


NAME = "../../../../stolen"


def multipart(metadata: str) -> dict[str, Any]:
    content = f"--x\r\nContent-Type: application/json\r\n\r\n{metadata}\r\n--x\r\n\r\nbytes\r\n--x--\r\n"
    return {"content": content.encode(), "headers": {"Content-Type": "multipart/related; boundary=x"}}


UPLOAD = f"/upload/storage/v1/b/{BUCKET}/o"
OBJECTS = f"/storage/v1/b/{BUCKET}/o"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (f"{UPLOAD}?uploadType=media&name={NAME}", {"content": b"x"}),
        (f"{UPLOAD}?uploadType=media&name=a/%2e%2e/%2e%2e/x", {"content": b"x"}),
        (f"{UPLOAD}?name={NAME}", {"content": b"x"}),
        (f"{UPLOAD}?uploadType=multipart", multipart(json.dumps({"name": NAME}))),
        (f"{UPLOAD}?uploadType=multipart", multipart(json.dumps({"NAME": NAME}))),
        (f"{UPLOAD}?uploadType=multipart", multipart('{"name": "\\u002e\\u002e/x"}')),
        (f"{UPLOAD}?uploadType=multipart", multipart(json.dumps({"x": "y" * 70_000, "name": NAME}))),
        (f"{UPLOAD}?uploadType=resumable", {"content": json.dumps({"name": NAME}), "headers": JSON}),
        (f"{UPLOAD}?uploadType=resumable&name={NAME}", {"content": "{}", "headers": JSON}),
        (f"{OBJECTS}/good/copyTo/b/{BUCKET}/o/..%2F..%2Fx", {"content": "{}", "headers": JSON}),
        (f"{OBJECTS}/good/rewriteTo/b/{BUCKET}/o/..%2F..%2Fx", {"content": "{}", "headers": JSON}),
        (f"{OBJECTS}/..%2F..%2Fx/compose", {"content": '{"sourceObjects": [{"name": "good"}]}', "headers": JSON}),
        (f"{OBJECTS}/x/compose", {"content": '{"sourceObjects": [{"name": "../../y"}]}', "headers": JSON}),
    ],
)
def test_no_upload_leaves_its_bucket(machine: Machine, objects: Bucket, path: str, what: dict[str, Any]) -> None:
    objects.blob("good").upload_from_string("good", timeout=SECONDS, retry=NO_RETRY)
    before = machine.outside()
    answer = machine.post("services", path, **what)
    assert answer.status_code == 400, answer.text
    assert machine.outside() == before


def test_objects_are_answered_without_a_word_to_other_sites(machine: Machine, objects: Bucket) -> None:
    objects.blob("good").upload_from_string("good", timeout=SECONDS, retry=NO_RETRY)
    answer = httpx.get(machine.url("services", f"{OBJECTS}/good?alt=media"), timeout=SECONDS, trust_env=False)
    assert answer.text == "good"
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT content FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_blob('{outside}/there')",
        "COPY (SELECT 1) TO '{outside}/made'",
        "ATTACH '{outside}/made' AS made",
        "EXPORT DATABASE '{outside}/made'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELECT * FROM read_text('http://127.0.0.1:1/x')",
        "CREATE SCHEMA `../../made`.d",
        "CREATE SCHEMA `{outside}/made`.d",
        "EXPORT DATA OPTIONS (uri = '{outside}/made', format = 'CSV') AS SELECT 1 AS a",
        "EXPORT DATA OPTIONS (uri = 'file://{outside}/made/x', format = 'CSV') AS SELECT 1 AS a",
    ],
)
def test_no_statement_reaches_out_of_the_emulators_folder(
    machine: Machine, warehouse: bigquery.Client, sql: str
) -> None:
    outside = machine.folder.parent
    (outside / "there").write_text("secret")
    before = machine.outside()
    with pytest.raises(GoogleAPICallError) as refused:
        rows(warehouse, sql.format(outside=outside))
    assert "secret" not in str(refused.value)
    assert machine.outside() == before


@pytest.mark.parametrize("uri", ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/x", f"gs://{BUCKET}/../x"])
def test_a_load_job_reads_objects_only(warehouse: bigquery.Client, uri: str) -> None:
    job = warehouse.load_table_from_uri(uri, "d.loaded", timeout=SECONDS, retry=NO_RETRY)
    with pytest.raises(BadRequest, match=r"Cloud Storage location|object name"):
        job.result(timeout=SECONDS, retry=NO_RETRY)


def test_a_load_from_a_bucket_and_an_extract_to_it_work(
    machine: Machine, warehouse: bigquery.Client, objects: Bucket
) -> None:
    for number in (1, 2):
        text = f"a,b\n{number},text {number}\n"
        objects.blob(f"in/part {number}.csv").upload_from_file(
            io.BytesIO(text.encode()), timeout=SECONDS, retry=NO_RETRY
        )
    config = bigquery.LoadJobConfig(source_format="CSV", skip_leading_rows=1, write_disposition="WRITE_EMPTY")
    config.schema = [bigquery.SchemaField("a", "INT64"), bigquery.SchemaField("b", "STRING")]
    loaded = warehouse.load_table_from_uri(f"gs://{BUCKET}/in/*.csv", "d.parts", job_config=config, timeout=SECONDS)
    loaded.result(timeout=SECONDS)
    assert loaded.output_rows == 2
    warehouse.extract_table("d.parts", f"gs://{BUCKET}/out/all.csv", timeout=SECONDS).result(timeout=SECONDS)
    assert sorted(objects.blob("out/all.csv").download_as_text(timeout=SECONDS).split("\n")[1:3]) == [
        "1,text 1",
        "2,text 2",
    ]
    assert list((machine.folder / "bigquery" / "staged").iterdir()) == []


def test_a_load_of_an_absent_object_says_which(warehouse: bigquery.Client, objects: Bucket) -> None:
    job = warehouse.load_table_from_uri(f"gs://{BUCKET}/none.csv", "d.none", timeout=SECONDS, retry=NO_RETRY)
    with pytest.raises(NotFound, match=f"gs://{BUCKET}/none.csv"):
        job.result(timeout=SECONDS, retry=NO_RETRY)


def test_a_second_project_can_still_be_made(warehouse: bigquery.Client) -> None:
    """Its files lie in the emulator's folder, made after the lock."""
    rows(warehouse, "CREATE SCHEMA IF NOT EXISTS `another-project`.d")
    rows(warehouse, "CREATE OR REPLACE TABLE `another-project`.d.t AS SELECT 1 AS a")
    assert rows(warehouse, "SELECT a FROM `another-project`.d.t") == [(1,)]
