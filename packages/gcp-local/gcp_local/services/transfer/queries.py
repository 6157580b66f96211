"""A run's query as a BigQuery job: what is sent, and what comes back once it is done."""

from __future__ import annotations

import re
import time
from datetime import datetime

import httpx
from sqlglot.dialects.bigquery import BigQuery
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json

# An emulator answers `jobs.insert` at once or when the job is done: as long as BigQuery lets a query run.
JOB_TIMEOUT = 6 * 60 * 60.0
TIMEOUT = httpx.Timeout(JOB_TIMEOUT, connect=5.0)
SLOWEST_POLL = 1.0
CODES = {"invalidQuery": 3, "invalid": 3, "notFound": 5, "duplicate": 6, "accessDenied": 7, "stopped": 1}
UNKNOWN_CODE, UNAVAILABLE_CODE, INVALID_CODE, NOT_FOUND_CODE, DENIED_CODE, ABORTED_CODE = 13, 14, 3, 5, 7, 10


class QueryError(Exception):
    """Why a query failed, with a code of google.rpc.Code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def status(self) -> Json:
        """As `errorStatus` of a run."""
        return {"code": self.code, "message": self.message}


def job_id(run: Json) -> str:
    """The job of a run: the same for the same run, so that it can be found again."""
    return f"scheduled_query_{str(run['name']).rpartition('/')[2]}"


def job_resource(cloud: Cloud, run: Json) -> Json:
    """The body of `jobs.insert`. Raises QueryError where BigQuery refuses the combination."""
    query: Json = {
        "query": run["params"]["query"],
        "useLegacySql": False,
        "parameterMode": "NAMED",
        "queryParameters": _parameters(datetime.fromisoformat(run["runTime"])),
        **destination(cloud, run),
    }
    return {
        "jobReference": {"projectId": cloud.project, "jobId": job_id(run), "location": location_of(run)},
        "configuration": {"query": query, "labels": {"data_source_id": "scheduled_query"}},
    }


def location_of(run: Json) -> str:
    """Where a run's job runs."""
    location = str(run["name"]).split("/")[3]
    return location.upper() if location in ("us", "eu") else location


def execute(cloud: Cloud, run: Json) -> None:
    """Run the query to its end. Raises QueryError."""
    body = job_resource(cloud, run)
    jobs = f"{cloud.bigquery_url}/bigquery/v2/projects/{cloud.project}/jobs"
    started = time.monotonic()
    pause = 0.05
    with client(TIMEOUT) as bigquery:
        job = request(bigquery, "POST", jobs, json=body)
        while job.get("status", {}).get("state") != "DONE":
            if time.monotonic() - started > JOB_TIMEOUT:
                raise QueryError(ABORTED_CODE, f"The query ran longer than {JOB_TIMEOUT / 3600:.0f} hours.")
            time.sleep(pause)
            pause = min(pause * 1.5, SLOWEST_POLL)
            job = request(bigquery, "GET", f"{jobs}/{job_id(run)}", params={"location": location_of(run)})
    failure = job["status"].get("errorResult")
    if failure:
        code = CODES.get(failure.get("reason", ""), UNKNOWN_CODE)
        raise QueryError(code, f"{failure.get('message', 'unknown error')}; JobID: {cloud.project}:{job_id(run)}")


def cancel(cloud: Cloud, run: Json) -> None:
    """Stop a job left running by a process that died. Raises QueryError when the emulator does not answer."""
    url = f"{cloud.bigquery_url}/bigquery/v2/projects/{cloud.project}/jobs/{job_id(run)}/cancel"
    with client(httpx.Timeout(5.0)) as bigquery:
        request(bigquery, "POST", url, params={"location": location_of(run)})


def table_name(template: str, run_time: datetime) -> str:
    """The destination table: `{run_date}` and `{run_time|"%Y%m%d"}` are filled in."""

    def fill(match: re.Match[str]) -> str:
        if match["date"]:
            return f"{run_time:%Y%m%d}"
        return run_time.strftime(match["format"])

    return re.sub(r'\{(?:(?P<date>run_date)|run_time\|"(?P<format>[^"]+)")\}', fill, template)


def _parameters(run_time: datetime) -> list[Json]:
    return [
        {
            "name": "run_time",
            "parameterType": {"type": "TIMESTAMP"},
            "parameterValue": {"value": f"{run_time:%Y-%m-%d %H:%M:%S.%f}+00:00"},
        },
        {
            "name": "run_date",
            "parameterType": {"type": "DATE"},
            "parameterValue": {"value": f"{run_time:%Y-%m-%d}"},
        },
    ]


def destination(cloud: Cloud, run: Json) -> Json:
    """Where the result of a run goes, as fields of the job; none for a script. Raises QueryError."""
    params, dataset = run["params"], run.get("destinationDatasetId", "")
    template = params.get("destination_table_name_template", "")
    if dataset and not is_select(params["query"]):
        raise QueryError(
            INVALID_CODE,
            f"Dataset specified in the query ('') is not consistent with Destination dataset '{dataset}'. Scripts, "
            "DDL and DML statements take no destination dataset, table name template or write disposition.",
        )
    if not template:
        return {}
    table = table_name(template, datetime.fromisoformat(run["runTime"]))
    if not re.fullmatch(r"[\w$-]{1,1024}", table):
        raise QueryError(INVALID_CODE, f'Invalid table name "{table}" from the template "{template}".')
    fields: Json = {
        "destinationTable": {"projectId": cloud.project, "datasetId": dataset, "tableId": table},
        "createDisposition": "CREATE_IF_NEEDED",
        "writeDisposition": params.get("write_disposition") or "WRITE_TRUNCATE",
    }
    if params.get("partitioning_field"):
        fields["timePartitioning"] = {"type": "DAY", "field": params["partitioning_field"]}
    return fields


def is_select(query: str) -> bool:
    """Whether the text is one query statement, the only kind whose result can go to a table."""
    try:
        tokens = BigQuery().tokenize(query)
    except TokenError:
        return True  # BigQuery names the syntax error itself.
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens or any(token.token_type == TokenType.SEMICOLON for token in tokens):
        return False
    return tokens[0].token_type in (TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN, TokenType.FROM)


def client(timeout: httpx.Timeout) -> httpx.Client:
    """A client for BigQuery."""
    # Loopback without TLS: no proxy of the environment, and no time spent on loading certificates.
    return httpx.Client(timeout=timeout, trust_env=False, verify=False)


def request(client: httpx.Client, verb: str, url: str, **options: object) -> Json:
    """One call of BigQuery. Raises QueryError with its message, or because it does not answer."""
    try:
        response = client.request(verb, url, **options)  # type: ignore[arg-type]
        answer: Json = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise QueryError(UNAVAILABLE_CODE, f"BigQuery does not answer at {url}: {error!r}") from error
    if response.status_code != 200:
        problem = answer.get("error", {})
        reason = next((one.get("reason", "") for one in problem.get("errors", [])), "")
        raise QueryError(CODES.get(reason, UNKNOWN_CODE), str(problem.get("message", answer)))
    return answer
