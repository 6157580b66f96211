"""What a transfer run says is in Cloud Logging too, where alert policies look for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pending import run_pending

from gcp_local.services.cloud import Cloud

if TYPE_CHECKING:
    from services.conftest import Api
    from services.transfer.conftest import Bigquery

BASE = "/bigquerydatatransfer/v1/"
LOG = "bigquerydatatransfer.googleapis.com/transfer_config"
FAILED = f'resource.type="bigquery_dts_config"\nlog_id("{LOG}")\nseverity>=ERROR'


def run(api: Api, cloud: Cloud, config: dict[str, Any]) -> str:
    body = {"requestedRunTime": "2026-03-01T11:00:00Z"}
    started = api("POST", f"{BASE}{config['name']}:startManualRuns", body)["runs"][0]
    run_pending(cloud)
    return str(started["name"]).rpartition("/")[2]


def listed(api: Api, text: str) -> list[dict[str, Any]]:
    body = {"resourceNames": ["projects/gcp-local"], "filter": text}
    found: list[dict[str, Any]] = api("POST", "/logging/v2/entries:list", body).get("entries", [])
    return found


def test_a_failed_run_writes_one_error_that_names_config_and_run(
    api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
) -> None:
    config = create()
    bigquery.failures["CALL ds.sweep()"] = "ALERT|stale=CRITICAL:7"
    run_id = run(api, cloud, config)
    (entry,) = listed(api, FAILED)
    assert entry["jsonPayload"] == {"message": "ALERT|stale=CRITICAL:7"}
    assert entry["labels"] == {"run_id": run_id}
    assert entry["resource"] == {
        "type": "bigquery_dts_config",
        "labels": {"project_id": "gcp-local", "location": "us", "config_id": config["name"].rpartition("/")[2]},
    }
    assert entry["logName"] == "projects/gcp-local/logs/bigquerydatatransfer.googleapis.com%2Ftransfer_config"


def test_a_run_that_succeeds_writes_no_error(
    api: Api, cloud: Cloud, create: Callable[..., dict[str, Any]], bigquery: Bigquery
) -> None:
    run_id = run(api, cloud, create())
    assert listed(api, FAILED) == []
    said = listed(api, f'labels.run_id="{run_id}" severity=INFO')
    assert "completed successfully" in said[-1]["jsonPayload"]["message"]
