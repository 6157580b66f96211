"""Files that leave BigQuery and come back: exports, loads and snapshots are those of Google's documentation."""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from datetime import time as clock
from decimal import Decimal
from functools import partial
from typing import Any

import fastavro
import httpx
import pytest

from gcp_local.emulators.storage import binary
from gcp_local.serving import serving
from gcp_local.supervisor import ports
from gcp_local.testing import PROJECT, Emulator, emulator

BUCKET = "acme-files"
COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "type": "INTEGER", "mode": "REQUIRED"},
    {"name": "text", "type": "STRING"},
    {"name": "raw", "type": "BYTES"},
    {"name": "ratio", "type": "FLOAT"},
    {"name": "price", "type": "NUMERIC"},
    {"name": "short", "type": "NUMERIC", "precision": "8", "scale": "2"},
    {"name": "big", "type": "BIGNUMERIC"},
    {"name": "yes", "type": "BOOLEAN"},
    {"name": "day", "type": "DATE"},
    {"name": "at", "type": "TIMESTAMP"},
    {"name": "hour", "type": "TIME"},
    {"name": "wall", "type": "DATETIME"},
    {"name": "doc", "type": "JSON"},
    {"name": "tags", "type": "STRING", "mode": "REPEATED"},
    {
        "name": "items",
        "type": "RECORD",
        "mode": "REPEATED",
        "fields": [
            {"name": "n", "type": "INTEGER"},
            {"name": "inner", "type": "RECORD", "fields": [{"name": "x", "type": "FLOAT"}]},
        ],
    },
]
FULL = """
    -9223372036854775808, 'a <b> & 😀 "q"', FROM_HEX('00ff'), 0.1, NUMERIC '-99999999999999999999999999999.999999999',
    NUMERIC '123456.78', BIGNUMERIC '0.000000000000000001', TRUE, DATE '0001-01-01',
    TIMESTAMP '2026-03-08 10:00:00.123456+00', TIME '23:59:59.999999', DATETIME '2026-03-08 02:30:00',
    JSON '{"a": [1, null]}', ['x', ''], [STRUCT(9223372036854775807 AS n, STRUCT(2.5 AS x) AS `inner`)]
"""
NULLS = "1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
Files = dict[str, bytes]


class Bucket:
    """Objects, by the API that BigQuery uses too."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)
        assert self._http.post("/storage/v1/b", json={"name": BUCKET}).is_success

    def put(self, name: str, content: bytes) -> None:
        path = f"/upload/storage/v1/b/{BUCKET}/o"
        answer = self._http.post(path, params={"uploadType": "media", "name": name}, content=content)
        assert answer.is_success, answer.text

    def files(self, prefix: str) -> Files:
        listed = self._http.get(f"/storage/v1/b/{BUCKET}/o", params={"prefix": prefix}).json().get("items", [])
        names = sorted(item["name"] for item in listed)
        return {
            name: self._http.get(f"/download/storage/v1/b/{BUCKET}/o/{_quoted(name)}?alt=media").content
            for name in names
        }


def _quoted(name: str) -> str:
    return name.replace("/", "%2F")


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    folder = tmp_path_factory.mktemp("objects")
    reserved = ports.Reservation()
    (port,) = reserved.free(1)
    command = [str(binary()), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "filesystem"]
    command += ["-filesystem-root", str(folder), "-log-level", "error"]
    url = f"http://127.0.0.1:{port}"
    with (
        reserved,
        serving(command, partial(ports.answers, port), folder.with_name("log")),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("STORAGE_EMULATOR_HOST", url)
        yield Bucket(url)


@pytest.fixture(scope="module")
def warehouse(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(tmp_path_factory.mktemp("warehouse")) as started:
        yield started


@pytest.fixture
def dataset(warehouse: Emulator) -> str:
    return warehouse.dataset()


def job(warehouse: Emulator, **configuration: Any) -> dict[str, Any]:
    """A job's status and statistics when it has ended."""
    made = warehouse.insert("/jobs", {"configuration": configuration})
    while made["status"]["state"] != "DONE":
        time.sleep(0.05)
        made = warehouse.call("GET", f"/jobs/{made['jobReference']['jobId']}")
    return made


def reference(dataset: str, table: str) -> dict[str, str]:
    return {"projectId": PROJECT, "datasetId": dataset, "tableId": table}


def extracted(warehouse: Emulator, dataset: str, table: str, uri: str, **more: Any) -> dict[str, Any]:
    extract = {"sourceTable": reference(dataset, table), "destinationUris": [uri], "destinationFormat": "AVRO"}
    return job(warehouse, extract=extract | more)


def failure(done: dict[str, Any]) -> str:
    return str(done["status"].get("errorResult", {}).get("message", ""))


def loaded(warehouse: Emulator, dataset: str, table: str, uri: str, **more: Any) -> dict[str, Any]:
    load = {"sourceUris": [uri], "destinationTable": reference(dataset, table), "sourceFormat": "AVRO"}
    return job(warehouse, load=load | {"useAvroLogicalTypes": True} | more)


def full_table(warehouse: Emulator, dataset: str) -> None:
    warehouse.table(dataset, "full", COLUMNS)
    warehouse.rows(f"INSERT INTO `{dataset}.full` VALUES ({FULL}), ({NULLS})")


def read(content: bytes) -> tuple[dict[str, Any], list[Any]]:
    reader = fastavro.reader(io.BytesIO(content))
    schema = reader.writer_schema
    assert isinstance(schema, dict)
    return schema, list(reader)


def test_an_extract_has_googles_avro_types_and_every_value(warehouse: Emulator, bucket: Bucket, dataset: str) -> None:
    full_table(warehouse, dataset)
    done = extracted(warehouse, dataset, "full", f"gs://{BUCKET}/{dataset}/*.avro", useAvroLogicalTypes=True)
    assert failure(done) == ""
    assert done["statistics"]["extract"]["destinationUriFileCounts"] == ["1"]
    (content,) = bucket.files(f"{dataset}/").values()
    schema, rows = read(content)
    types = {field["name"]: field["type"] for field in schema["fields"]}
    assert types["id"] == "long"
    assert types["text"] == ["null", "string"]
    assert types["price"][1] == {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 9}
    assert types["short"][1] == {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}
    assert types["big"][1] == {"type": "bytes", "logicalType": "decimal", "precision": 77, "scale": 38}
    assert types["day"][1] == {"type": "int", "logicalType": "date"}
    assert types["at"][1] == {"type": "long", "logicalType": "timestamp-micros"}
    assert types["hour"][1] == {"type": "long", "logicalType": "time-micros"}
    assert types["wall"][1] == {"type": "string", "logicalType": "datetime"}
    assert types["doc"][1] == {"type": "string", "sqlType": "JSON"}
    assert types["tags"] == {"type": "array", "items": "string"}
    full, empty = sorted(rows, key=lambda row: row["id"])
    assert json.loads(full.pop("doc")) == {"a": [1, None]}
    assert full == {
        "id": -(2**63), "text": 'a <b> & 😀 "q"', "raw": b"\x00\xff", "ratio": 0.1,
        "price": Decimal("-99999999999999999999999999999.999999999"), "short": Decimal("123456.78"),
        "big": Decimal("1E-18"), "yes": True, "day": date(1, 1, 1), "hour": clock(23, 59, 59, 999999),
        "at": datetime(2026, 3, 8, 10, 0, 0, 123456, tzinfo=UTC), "wall": "2026-03-08T02:30:00",
        "tags": ["x", ""], "items": [{"n": 2**63 - 1, "inner": {"x": 2.5}}],
    }  # fmt: skip
    assert {name: value for name, value in empty.items() if value} == {"id": 1}


def test_dates_and_times_are_text_unless_logical_types_are_asked_for(
    warehouse: Emulator, bucket: Bucket, dataset: str
) -> None:
    full_table(warehouse, dataset)
    extracted(warehouse, dataset, "full", f"gs://{BUCKET}/{dataset}/*.avro")
    (content,) = bucket.files(f"{dataset}/").values()
    full = min(read(content)[1], key=lambda row: row["id"])
    assert (full["day"], full["hour"], full["at"].year) == ("0001-01-01", "23:59:59.999999", 2026)


def test_an_empty_table_is_one_file_with_the_columns(warehouse: Emulator, bucket: Bucket, dataset: str) -> None:
    warehouse.table(dataset, "empty", COLUMNS)
    extracted(warehouse, dataset, "empty", f"gs://{BUCKET}/{dataset}/*.avro")
    ((name, content),) = bucket.files(f"{dataset}/").items()
    schema, rows = read(content)
    assert name == f"{dataset}/000000000000.avro"
    assert ([field["name"] for field in schema["fields"]], rows) == ([column["name"] for column in COLUMNS], [])


@pytest.mark.parametrize("compression", ["SNAPPY", "DEFLATE"])
def test_a_large_table_is_several_files_with_each_row_once(
    warehouse: Emulator, bucket: Bucket, dataset: str, compression: str
) -> None:
    warehouse.rows(f"CREATE TABLE `{dataset}.many` AS SELECT n FROM UNNEST(GENERATE_ARRAY(1, 120000)) AS n")
    done = extracted(warehouse, dataset, "many", f"gs://{BUCKET}/{dataset}/part-*.avro", compression=compression)
    files = bucket.files(f"{dataset}/")
    assert done["statistics"]["extract"]["destinationUriFileCounts"] == [str(len(files))]
    assert list(files) == [f"{dataset}/part-{number:012d}.avro" for number in range(len(files))]
    assert len(files) > 1
    found = [row["n"] for content in files.values() for row in read(content)[1]]
    assert sorted(found) == list(range(1, 120001))
    loaded(warehouse, dataset, "back", f"gs://{BUCKET}/{dataset}/part-*.avro")
    assert warehouse.rows(f"SELECT COUNT(*), SUM(n) FROM `{dataset}.back`") == [["120000", "7200060000"]]


def test_an_extract_reads_the_time_of_its_decorator(warehouse: Emulator, bucket: Bucket, dataset: str) -> None:
    warehouse.rows(f"CREATE TABLE `{dataset}.t` AS SELECT 1 AS n")
    time.sleep(0.01)
    ((then,),) = warehouse.rows("SELECT UNIX_MILLIS(CURRENT_TIMESTAMP())")
    time.sleep(0.01)
    warehouse.rows(f"INSERT INTO `{dataset}.t` (n) VALUES (2)")
    extracted(warehouse, dataset, f"t@{then}", f"gs://{BUCKET}/{dataset}/*.avro")
    (content,) = bucket.files(f"{dataset}/").values()
    assert read(content)[1] == [{"n": 1}]


@pytest.mark.parametrize(
    ("uri", "more", "said"),
    [
        ("gs://{}/a*b*.avro", {}, "one wildcard"),
        ("gs://{}-*/b.avro", {}, "one wildcard"),
        ("/etc/x*.avro", {}, "must be a Google Cloud Storage location"),
        ("gs://{}/x.avro", {"compression": "GZIP"}, "GZIP compression is not supported for AVRO"),
    ],
)
def test_what_google_refuses_of_an_extract_is_refused(
    warehouse: Emulator, dataset: str, uri: str, more: dict[str, Any], said: str
) -> None:
    warehouse.rows(f"CREATE TABLE `{dataset}.t` AS SELECT 1 AS n")
    assert said in failure(extracted(warehouse, dataset, "t", uri.format(BUCKET), **more))


def test_a_view_is_not_extracted(warehouse: Emulator, dataset: str) -> None:
    warehouse.rows(f"CREATE VIEW `{dataset}.v` AS SELECT 1 AS n")
    assert "currently a VIEW" in failure(extracted(warehouse, dataset, "v", f"gs://{BUCKET}/{dataset}/*.avro"))


def test_export_data_takes_variables_and_writes_numbers_as_text(
    warehouse: Emulator, bucket: Bucket, dataset: str
) -> None:
    full_table(warehouse, dataset)
    warehouse.rows(f"""
        DECLARE folder STRING DEFAULT '{dataset}/json';
        EXPORT DATA OPTIONS(uri=CONCAT('gs://{BUCKET}/', folder, '/*.json'), format='JSON', overwrite=TRUE) AS
        SELECT * FROM `{dataset}.full` WHERE id < 0;
    """)
    ((name, content),) = bucket.files(f"{dataset}/json").items()
    assert name == f"{dataset}/json/000000000000.json"
    assert not set(b"<>&") & set(content)
    assert b"\\u003cb\\u003e \\u0026" in content
    row = json.loads(content)
    assert (row["id"], row["price"]) == ("-9223372036854775808", "-99999999999999999999999999999.999999999")
    assert (row["at"], row["wall"], row["raw"]) == ("2026-03-08 10:00:00.123456 UTC", "2026-03-08T02:30:00", "AP8=")
    assert row["items"] == [{"n": "9223372036854775807", "inner": {"x": 2.5}}]


def test_export_data_wants_a_wildcard_and_does_not_overwrite_unasked(warehouse: Emulator, dataset: str) -> None:
    def said(uri: str, more: str = "") -> str:
        sql = f"EXPORT DATA OPTIONS(uri='gs://{BUCKET}/{dataset}/{uri}', format='AVRO'{more}) AS SELECT 1 AS n"
        answer = warehouse.call("POST", "/queries", {"query": sql, "useLegacySql": False})
        return str(answer.get("error", {}).get("message", ""))

    assert "wildcard" in said("one.avro")
    assert said("x-*.avro") == ""
    assert "overwrite" in said("x-*.avro")
    assert said("x-*.avro", ", overwrite=TRUE") == ""
    assert "Unknown option: colour" in said("y-*.avro", ", colour='red'")


LOAD = "LOAD DATA OVERWRITE TEMP TABLE back FROM FILES (format = 'AVRO', enable_logical_types = TRUE, {})"


def test_load_data_reads_what_export_data_wrote_into_a_temporary_table(
    warehouse: Emulator, bucket: Bucket, dataset: str
) -> None:
    full_table(warehouse, dataset)
    uri = f"gs://{BUCKET}/{dataset}/load/*.avro"
    warehouse.rows(f"EXPORT DATA OPTIONS(uri='{uri}', format='AVRO') AS SELECT * FROM `{dataset}.full`")
    load = LOAD.format(f"decimal_target_types = ['NUMERIC', 'BIGNUMERIC'], uris = ['{uri}']")
    read = "SELECT * FROM back ORDER BY id"
    wanted = warehouse.rows(f"SELECT * FROM `{dataset}.full` ORDER BY id")
    assert warehouse.rows(f"{load}; {read}") == wanted
    assert warehouse.rows(f'EXECUTE IMMEDIATE CONCAT("{load}", ""); {read}') == wanted
    twice = f"{load}; {load.replace('OVERWRITE', 'INTO')}; SELECT COUNT(*) AS n FROM back"
    assert warehouse.rows(twice) == [["4"]]


def test_load_data_reads_lines_of_json_with_stated_columns(warehouse: Emulator, bucket: Bucket, dataset: str) -> None:
    uri = f"gs://{BUCKET}/{dataset}/lines-*.json"
    warehouse.rows(f"EXPORT DATA OPTIONS(uri='{uri}', format='JSON') AS SELECT '12' AS a, TRUE AS b, 'x' AS more")
    options = f"format = 'JSON', ignore_unknown_values = TRUE, uris = ['{uri}']"
    load = f"LOAD DATA INTO TEMP TABLE lines (a STRING, `b` BOOL) FROM FILES ({options})"
    assert warehouse.rows(f"{load}; SELECT * FROM lines") == [["12", "true"]]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (LOAD.format("uris = ['gs://b/none/*.avro']"), "Not found"),
        (LOAD.format("uris = [CONCAT('gs://b/', 'x')]"), "'uris' must be a constant"),
        (LOAD.format("uris = ['/etc/passwd']"), "Cloud Storage"),
        (LOAD.format("colour = 'red'"), "Unknown option: colour"),
        ("LOAD DATA OVERWRITE d.t FROM FILES (format = 'AVRO', uris = ['gs://b/x'])", "not temporary"),
        ("LOAD DATA INTO TEMP TABLE t FROM FILES (format = 'CSV', uris = ['gs://b/x'])", "AVRO or JSON"),
    ],
)
def test_what_load_data_cannot_is_refused_by_name(warehouse: Emulator, statement: str, said: str) -> None:
    answer = warehouse.call("POST", "/queries", {"query": statement, "useLegacySql": False})
    assert said in str(answer["error"]["message"])


def test_what_was_extracted_loads_into_a_table_of_the_same_columns(
    warehouse: Emulator, bucket: Bucket, dataset: str
) -> None:
    columns = [column for column in COLUMNS if column["type"] != "DATETIME"]
    names = ", ".join(f"`{column['name']}`" for column in columns)
    full_table(warehouse, dataset)
    warehouse.table(dataset, "plain", columns)
    warehouse.rows(f"INSERT INTO `{dataset}.plain` ({names}) SELECT {names} FROM `{dataset}.full`")
    extracted(warehouse, dataset, "plain", f"gs://{BUCKET}/{dataset}/*.avro", useAvroLogicalTypes=True)
    warehouse.table(dataset, "back", columns)
    done = loaded(warehouse, dataset, "back", f"gs://{BUCKET}/{dataset}/*.avro")
    assert failure(done) == ""
    wanted, found = (warehouse.rows(f"SELECT * FROM `{dataset}.{table}` ORDER BY id") for table in ("plain", "back"))
    assert found == wanted
    assert len(found) == 2


def test_a_file_of_other_types_or_modes_is_refused(warehouse: Emulator, bucket: Bucket, dataset: str) -> None:
    full_table(warehouse, dataset)
    extracted(warehouse, dataset, "full", f"gs://{BUCKET}/{dataset}/*.avro", useAvroLogicalTypes=True)
    warehouse.table(dataset, "same", COLUMNS)
    said = failure(loaded(warehouse, dataset, "same", f"gs://{BUCKET}/{dataset}/*.avro"))
    assert "Field wall has changed type from DATETIME to STRING" in said
    warehouse.rows(f"CREATE TABLE `{dataset}.loose` AS SELECT 1 AS id")
    extracted(warehouse, dataset, "loose", f"gs://{BUCKET}/{dataset}-loose/*.avro")
    warehouse.table(dataset, "strict", [{"name": "id", "type": "INTEGER", "mode": "REQUIRED"}])
    said = failure(loaded(warehouse, dataset, "strict", f"gs://{BUCKET}/{dataset}-loose/*.avro"))
    assert "Field id has changed mode from REQUIRED to NULLABLE" in said


def test_packed_json_lines_load_with_a_schema(warehouse: Emulator, bucket: Bucket, dataset: str) -> None:
    line = {"id": "-9223372036854775808", "tags": ["a", "b"], "day": "2026-03-08", "at": "2026-03-08 10:00:00 UTC"}
    bucket.put(f"{dataset}/t.json.gz", gzip.compress((json.dumps(line) + '\n{"id": 7}\n').encode()))
    fields = [column for column in COLUMNS if column["name"] in ("id", "tags", "day", "at")]
    more = {"sourceFormat": "NEWLINE_DELIMITED_JSON", "schema": {"fields": fields}}
    done = loaded(warehouse, dataset, "t", f"gs://{BUCKET}/{dataset}/t.json.gz", **more)
    assert failure(done) == ""
    found = warehouse.rows(f"SELECT id, day, UNIX_MICROS(`at`), ARRAY_LENGTH(tags) FROM `{dataset}.t` ORDER BY id")
    assert found == [["-9223372036854775808", "2026-03-08", "1772964000000000", "2"], ["7", None, None, "0"]]


def test_a_snapshot_expires_keeps_the_layout_and_is_restored_from(warehouse: Emulator, dataset: str) -> None:
    layout = {"timePartitioning": {"type": "DAY", "field": "day", "expirationMs": "86400000000"}}
    warehouse.table(dataset, "full", COLUMNS, clustering={"fields": ["id"]}, **layout)
    warehouse.rows(f"INSERT INTO `{dataset}.full` VALUES ({FULL})")
    address = f"`{PROJECT}.{dataset}.before`"
    warehouse.rows(f"""
        CREATE SNAPSHOT TABLE {address} CLONE `{PROJECT}.{dataset}.full`
        OPTIONS(expiration_timestamp=TIMESTAMP '2099-01-01 00:00:00+00', labels=[('made_by', 'test')])
    """)
    warehouse.rows(f"DELETE FROM `{dataset}.full` WHERE TRUE")
    made = warehouse.call("GET", f"/datasets/{dataset}/tables/before")
    assert (made["type"], made["expirationTime"]) == ("SNAPSHOT", "4070908800000")
    assert made["timePartitioning"] == {"type": "DAY", "field": "day"}
    warehouse.rows(f"CREATE SNAPSHOT TABLE `{dataset}.of_nothing` CLONE `{dataset}.full`")
    empty = warehouse.call("GET", f"/datasets/{dataset}/tables/of_nothing")
    assert (empty["numRows"], empty["schema"]["fields"][0]["mode"]) == ("0", "REQUIRED")
    assert made["clustering"] == {"fields": ["id"]}
    assert made["schema"]["fields"][0]["mode"] == "REQUIRED"
    assert warehouse.rows(f"SELECT COUNT(*) FROM {address}") == [["1"]]
    warehouse.rows(f"CREATE TABLE `{dataset}.again` CLONE {address}")
    assert warehouse.rows(f"SELECT id FROM `{dataset}.again`") == [["-9223372036854775808"]]


def test_a_copy_job_makes_a_snapshot_that_expires(warehouse: Emulator, dataset: str) -> None:
    warehouse.rows(f"CREATE TABLE `{dataset}.t` AS SELECT 1 AS n")
    copy = {"sourceTable": reference(dataset, "t"), "destinationTable": reference(dataset, "s")}
    done = job(
        warehouse, copy=copy | {"operationType": "SNAPSHOT", "destinationExpirationTime": "2099-01-01T00:00:00Z"}
    )
    assert failure(done) == ""
    made = warehouse.call("GET", f"/datasets/{dataset}/tables/s")
    assert (made["type"], made["expirationTime"]) == ("SNAPSHOT", "4070908800000")
