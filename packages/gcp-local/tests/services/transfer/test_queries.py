"""The job that a run becomes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gcp_local.services.cloud import Cloud
from gcp_local.services.transfer.queries import QueryError, is_select, job_resource, table_name

RUN_TIME = datetime(2026, 3, 1, 23, 7, 5, tzinfo=UTC)


def run_of(query: str, dataset: str = "", **params: str) -> dict[str, Any]:
    run = {
        "name": "projects/123456789012/locations/us/transferConfigs/c/runs/r",
        "runTime": "2026-03-01T23:07:05Z",
        "params": {"query": query, **params},
    }
    return {**run, "destinationDatasetId": dataset} if dataset else run


def test_a_job_knows_the_run_time_and_its_location(cloud: Cloud) -> None:
    job = job_resource(cloud, run_of("CALL ds.p(@run_time)"))
    assert job["jobReference"] == {"projectId": "gcp-local", "jobId": "scheduled_query_r", "location": "US"}
    parameters = {
        one["name"]: one["parameterValue"]["value"] for one in job["configuration"]["query"]["queryParameters"]
    }
    assert parameters == {"run_time": "2026-03-01 23:07:05.000000+00:00", "run_date": "2026-03-01"}
    assert "destinationTable" not in job["configuration"]["query"]


def test_a_select_goes_to_its_table(cloud: Cloud) -> None:
    run = run_of("SELECT 1 AS d", "ds", destination_table_name_template="t_{run_date}", partitioning_field="d")
    query = job_resource(cloud, run)["configuration"]["query"]
    assert query["destinationTable"] == {"projectId": "gcp-local", "datasetId": "ds", "tableId": "t_20260301"}
    assert query["writeDisposition"] == "WRITE_TRUNCATE"
    assert query["timePartitioning"] == {"type": "DAY", "field": "d"}


@pytest.mark.parametrize("query", ["CALL ds.p()", "DECLARE x INT64; SELECT x", "INSERT INTO t VALUES (1)", "-- only\n"])
def test_a_script_with_a_destination_is_refused(cloud: Cloud, query: str) -> None:
    with pytest.raises(QueryError, match="not consistent with Destination dataset 'ds'"):
        job_resource(cloud, run_of(query, "ds"))


def test_a_template_that_gives_no_table_name_is_refused(cloud: Cloud) -> None:
    with pytest.raises(QueryError, match="Invalid table name"):
        job_resource(cloud, run_of("SELECT 1", "ds", destination_table_name_template="t {run_hour}"))


@pytest.mark.parametrize(
    ("template", "name"),
    [("t", "t"), ("t_{run_date}", "t_20260301"), ('t_{run_time|"%Y%m"}_{run_time|"%H"}', "t_202603_23")],
)
def test_a_table_name_is_made_from_the_run_time(template: str, name: str) -> None:
    assert table_name(template, RUN_TIME) == name


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT 1", True),
        ("-- ; comment\nWITH a AS (SELECT ';') SELECT * FROM a;", True),
        ("(SELECT 1)", True),
        ("SELECT 1; SELECT 2", False),
        ("BEGIN SELECT 1; END", False),
        ("EXPORT DATA OPTIONS(uri='x') AS SELECT 1", False),
    ],
)
def test_only_one_query_statement_is_a_select(query: str, answer: bool) -> None:
    assert is_select(query) is answer
