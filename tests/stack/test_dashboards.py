"""Dashboards and objectives of the whole stack: every chart has data to come, nothing would differ for ever."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalog import load_cached as load_catalog
from catalog.alert_signals import SIGNALS
from catalog.boards import measures
from catalog.told_figures import FIGURES, LOG_METRIC
from tests.stack.conftest import ROOT, Program
from tests.unit.test_commands_in_docs import command

METRIC, DASHBOARD = "gcp:logging/metric:Metric", "gcp:monitoring/dashboard:Dashboard"
SERVICE, SLO = "gcp:monitoring/customService:CustomService", "gcp:monitoring/slo:Slo"
TRANSFER = "gcp:bigquery/dataTransferConfig:DataTransferConfig"
# What the health check says nothing of is no figure; a job that is told about itself is the evaluator's.
OF_GOOGLE = {
    measures.RUNS: "bigquery_dts_config",
    measures.QUERY_SECONDS: "bigquery_project",
    measures.BYTES_BILLED: "bigquery_project",
}


@pytest.fixture(scope="module")
def prod(run_program: Callable[..., Program]) -> Program:
    return run_program("prod")


@pytest.fixture(scope="module")
def documents(prod: Program) -> dict[str, dict[str, Any]]:
    return {name: json.loads(item.inputs["dashboardJson"]) for name, item in prod.of(DASHBOARD).items()}


def parts(value: object) -> Iterator[object]:
    """The value and everything in it."""
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(item)


def series(document: object) -> list[dict[str, Any]]:
    return [
        part["timeSeriesFilter"] for part in parts(document) if isinstance(part, dict) and "timeSeriesFilter" in part
    ]


def test_every_chart_shows_a_metric_of_google_or_one_of_the_stacks_own(
    prod: Program, documents: dict[str, dict[str, Any]]
) -> None:
    own = {f"{LOG_METRIC}{item.inputs['name']}": item.inputs for item in prod.of(METRIC).values()}
    assert {inputs["name"] for inputs in own.values()} >= {f"eros_prod_{signal}" for signal in FIGURES}
    shown = set()
    for one in series(documents["dashboards-health"]) + series(documents["dashboards-cost"]):
        match = re.match(r'metric.type = "([^"]+)" AND resource.type = "([^"]+)"', one["filter"])
        assert match, one["filter"]
        shown.add(match[1])
        reducer = one["aggregation"]["crossSeriesReducer"]
        if match[1] in own:
            # The mean of a distribution is exact; counts are summed.
            is_figure = own[match[1]]["metricDescriptor"]["valueType"] == "DISTRIBUTION"
            assert reducer == ("REDUCE_MEAN" if is_figure else "REDUCE_SUM")
        else:
            assert OF_GOOGLE[match[1]] == match[2]
    assert shown == own.keys() | OF_GOOGLE.keys(), "a metric that nobody looks at, or one that is not there"


def test_figures_are_signals_that_the_health_check_measures() -> None:
    measured = {check.signal for rule in load_catalog(ROOT).alerts.values() for check in rule.conditions}
    assert set(FIGURES) <= SIGNALS.keys()
    assert set(FIGURES) <= measured, "no alert rule knows a threshold to draw"


def test_documents_hold_nothing_that_monitoring_leaves_out(documents: dict[str, dict[str, Any]]) -> None:
    assert len(documents) == 2
    for document in documents.values():
        labels = document.pop("labels")
        assert labels == {"eros": "", "prod": ""}
        assert [part for part in parts(document) if part in ("", 0, False, None) or part == [] or part == {}] == []
        assert not [part for part in parts(document) if part in ("REDUCE_NONE", "ALIGN_NONE")]
        tiles = document["mosaicLayout"]["tiles"]
        assert all(tile.get("xPos", 0) + tile["width"] <= 48 for tile in tiles)
        assert len(tiles) <= 40
        # docs.cloud.google.com/monitoring/quotas: the longest filter.
        assert all(len(one["filter"]) <= 2048 for one in series(document))


def test_thresholds_are_those_of_the_alert_rules(documents: dict[str, dict[str, Any]]) -> None:
    (card,) = [
        tile["widget"]["scorecard"]
        for tile in documents["dashboards-health"]["mosaicLayout"]["tiles"]
        if tile["widget"]["title"].startswith(SIGNALS["available_captions"].label)
    ]
    rules = load_catalog(ROOT).alerts.values()
    stated = {
        ({"CRITICAL": "RED", "WARNING": "YELLOW"}[one.level], one.comparison, one.threshold)
        for rule in rules
        for one in rule.conditions
        if one.signal == "available_captions"
    }
    drawn = {(one["color"], one["direction"], one["value"]) for one in card["thresholds"]}
    assert drawn == stated != set()


def test_what_a_dashboard_tells_to_type_exists(documents: dict[str, dict[str, Any]]) -> None:
    reports = load_catalog(ROOT).views
    texts = [
        part["content"] for part in parts(list(documents.values())) if isinstance(part, dict) and "content" in part
    ]
    typed = [words.split() for text in texts for words in re.findall(r"`eros ([^`]+)`", text)]
    assert len(typed) > 5
    for words in typed:
        _, left = command([*words])
        assert len(left) < len(words), words
        assert words[-2:] == ["-s", "prod"]
    assert {name for text in texts for name in re.findall(r"\.(monitoring_\w+)`", text)} <= reports.keys()


def test_two_stacks_in_a_project_have_metrics_dashboards_and_objectives_of_their_own(
    prod: Program, run_program: Callable[..., Program]
) -> None:
    staging = run_program("staging")
    for program, stack in ((prod, "prod"), (staging, "staging")):
        assert all(item.inputs["name"].startswith(f"eros_{stack}_") for item in program.of(METRIC).values())
        assert {item.inputs["serviceId"] for item in program.of(SERVICE).values()} == {f"eros-platform-{stack}"}
        told = program.of(METRIC)["dashboards-health_score"].inputs
        assert f"EROS_FIGURES[|]stack={stack}[|]" in told["filter"]


def test_a_run_that_tells_an_alert_is_good_for_the_objective(prod: Program) -> None:
    promises = {name.removeprefix("dashboards-"): item.inputs for name, item in prod.of(SLO).items()}
    assert {name: (one["goal"], one["rollingPeriodDays"]) for name, one in promises.items()} == {
        "availability": (0.999, 28),
        "latency": (0.95, 28),
    }
    ratio = promises["availability"]["requestBasedSli"]["goodTotalRatio"]
    assert ratio.keys() == {"badServiceFilter", "totalServiceFilter"}
    assert 'config_id = "schedules-alert_evaluation"' in ratio["totalServiceFilter"]
    assert "completion_state" not in ratio["totalServiceFilter"]
    bad = prod.of(METRIC)["dashboards-evaluator_failures"].inputs
    assert ratio["badServiceFilter"].startswith(f'metric.type = "{LOG_METRIC}{bad["name"]}"')
    assert bad["filter"].endswith('severity >= ERROR AND NOT jsonPayload.message =~ "EROS_ALERT"')
    assert promises["latency"]["requestBasedSli"]["distributionCut"]["range"] == {"max": 30}
    assert promises["latency"]["service"] == "eros-platform-prod"
