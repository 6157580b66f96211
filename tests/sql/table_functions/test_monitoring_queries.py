"""The reports on this stack's statements: speed, failures, price, and how deployments do; each against plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from statistics import fmean, quantiles
from typing import Any

import pytest

from operations.cost_report import Price
from tests.sql.analyses import Analyses, by, close
from tests.sql.jobs import OURS, history, job
from tests.sql.messages import LA, Row, la
from tests.sql.warehouse import Warehouse

NOW = la("2025-11-04 12:00")
TODAY = date(2025, 11, 4)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
GIB = 2**30
EVALUATOR: Row = {
    "error_reason": "invalidQuery",
    "error_message": "Query error: EROS_ALERT|slow=WARNING:9|",
    "statement_type": "CALL",
}


def failed(at: datetime, seconds: float = 1.0, **values: Any) -> Row:
    return job(at, seconds, **({"error_reason": "invalidQuery", "error_message": "Division by zero"} | values))


@pytest.fixture
def report(warehouse: Warehouse) -> Any:
    """Rows of a report, as if the project had run these jobs and no others."""

    def rows(name: str, jobs: list[Row], where: str = "TRUE") -> list[Row]:
        with history(warehouse, jobs):
            return Analyses(warehouse).call(f"monitoring_{name}_at", NOW, where=where)

    return rows


def percentile(values: list[float], share: int) -> float:
    return quantiles(values, n=100, method="inclusive")[share - 1] if len(values) > 1 else values[0]


def test_durations_and_failures_are_those_of_each_kind_of_statement_and_of_all(report: Any) -> None:
    """From start to end, without scripts, which hold the time and the bytes of their statements again."""
    # defect: O4
    seconds = {"SELECT": [0.1, 0.2, 0.3, 0.9], "MERGE": [0.5, 1.5, 2.5], "CALL": [40.0]}
    jobs = [job(NOW - HOUR, length, statement_type=kind) for kind, lengths in seconds.items() for length in lengths]
    jobs += [
        failed(NOW - HOUR, 300.0, statement_type="MERGE"),
        failed(NOW - HOUR, 300.0, statement_type=None),
        job(NOW - HOUR, 300.0, **EVALUATOR),
        job(NOW - HOUR, 300.0, statement_type="SCRIPT", total_slot_ms=10**9),
        job(NOW - HOUR, None),
        job(NOW - 24 * HOUR, 300.0),
        job(NOW + TICK, 300.0),
        job(NOW - HOUR, 300.0, datasets_read=["other.dataset"]),
    ]

    found = by(report("query_performance", jobs), "query_type")

    expected: dict[str, list[Any]] = {}
    for kind, lengths in {**seconds, "ALL": [one for some in seconds.values() for one in some]}.items():
        expected[kind] = [percentile(lengths, share) for share in (50, 95, 99)] + [max(lengths)]
    expected["OTHER"] = [None] * 4
    columns = ("p50_seconds", "p95_seconds", "p99_seconds", "max_seconds")
    assert {kind: [row[name] for name in columns] for kind, row in found.items()} == close(expected)
    assert {kind: (row["state"], row["queries"], row["failed"], row["failure_pct"]) for kind, row in found.items()} == {
        "SELECT": ("OK", 4, 0, 0.0),
        "MERGE": ("FAILING", 4, 1, 25.0),
        "CALL": ("OK", 2, 0, 0.0),
        "OTHER": ("FAILING", 1, 1, 100.0),
        "ALL": ("FAILING", 11, 2, pytest.approx(200 / 11)),
    }


def test_a_kind_is_slow_from_a_second_and_failing_from_a_hundredth(report: Any) -> None:
    def state(jobs: list[Row]) -> str:
        return str(by(report("query_performance", jobs), "query_type")["SELECT"]["state"])

    usual = [job(NOW - HOUR, 0.5) for _ in range(99)]
    assert state([job(NOW - HOUR, 1.0)]) == "SLOW"
    assert state([job(NOW - HOUR, 0.999)]) == "OK"
    assert state([*usual, failed(NOW - HOUR)]) == "FAILING"
    assert state([*usual, job(NOW - HOUR, 0.5), failed(NOW - HOUR)]) == "OK"


def test_without_a_statement_the_performance_is_unknown(report: Any) -> None:
    (row,) = report("query_performance", [])
    assert (row["query_type"], row["state"], row["queries"], row["failure_pct"]) == ("ALL", "UNKNOWN", 0, None)


def test_the_last_ten_errors_of_an_hour_are_listed(report: Any) -> None:
    errors = [failed(NOW - timedelta(minutes=4 * n), n + 1.0, error_message=f"error {n}") for n in range(13)]
    jobs = [
        *errors,
        job(NOW - timedelta(minutes=1), **EVALUATOR),
        job(NOW),
        failed(NOW + TICK),
        failed(NOW, statement_type="SCRIPT"),
    ]

    found = report("job_errors", jobs)

    assert sorted(row["error_message"] for row in found) == sorted(f"error {n}" for n in range(10))
    newest = max(found, key=lambda row: row["creation_time"])
    assert newest == {name: errors[0][name] for name in newest if name != "seconds"} | {"seconds": 1.0}
    assert (
        report("job_errors", [failed(NOW - HOUR), failed(NOW - HOUR + TICK, error_message=None)])[0]["error_message"]
        is None
    )


def billed(gib: float | None, days: int, kind: str, seconds: float = 1.0) -> Row:
    at = la(f"{TODAY - timedelta(days=days)} 00:00")
    return job(at, seconds, statement_type=kind, total_bytes_billed=None if gib is None else int(gib * GIB))


def test_bytes_have_a_price_by_kind_and_date_and_the_dearest_are_named(report: Any) -> None:
    jobs = [billed(n / 8, n % 3, ("SELECT", "MERGE")[n % 2], n / 2) for n in range(15)]
    jobs += [
        billed(8, 6, "SELECT"),
        billed(64, 7, "SELECT"),
        billed(64, 0, "SCRIPT"),
        billed(None, 0, "INSERT"),
    ]

    found = report("cost_by_query_type", jobs)

    assert {row["section"] for row in found} == {"TYPE", "DAY", "TOP"}
    counted = [one for one in jobs if one["statement_type"] != "SCRIPT" and one["total_bytes_billed"] != 64 * GIB]
    keys: dict[str, Callable[[Row], tuple[str, date | None]]] = {
        "TYPE": lambda one: (one["statement_type"], None),
        "DAY": lambda one: (one["statement_type"], one["creation_time"].astimezone(LA).date()),
        "TOP": lambda one: (one["job_id"], one["creation_time"].astimezone(LA).date()),
    }
    for section, key in keys.items():
        groups = defaultdict(list)
        for one in counted:
            groups[key(one)].append(one)
        sums = {name: sum(one["total_bytes_billed"] or 0 for one in members) for name, members in groups.items()}
        wanted = sorted(
            groups, key=lambda name: (-(name[1] or TODAY).toordinal() if section == "DAY" else 0, -sums[name], name[0])
        )
        rows = sorted((row for row in found if row["section"] == section), key=lambda row: row["position"])
        assert [(row["subject"], row["day"]) for row in rows] == wanted[: 10 if section == "TOP" else None]
        for row in rows:
            members = groups[row["subject"], row["day"]]
            bytes_ = sums[row["subject"], row["day"]]
            lengths = [(one["end_time"] - one["start_time"]).total_seconds() for one in members]
            assert [row["queries"], row["gib"], row["cost_usd"], row["avg_seconds"]] == close(
                [len(members), bytes_ / GIB, Price().of(bytes_), fmean(lengths)]
            )


def test_hints_are_of_kinds_that_read_much_are_slow_or_come_often(report: Any) -> None:
    mib = 1 / 1024
    jobs = [
        billed(100 * mib, 0, "MERGE", 5.0),
        billed(101 * mib, 0, "SELECT", 5.0),
        billed(100 * mib, 0, "UPDATE", 5.001),
        billed(300 * mib, 0, "INSERT", 9.0),
    ]
    found = by(report("cost_by_query_type", jobs, "section = 'TYPE'"), "subject")
    assert {kind: row["hint"] for kind, row in found.items()} == {
        "MERGE": None,
        "SELECT": "reads much: filter by partition",
        "UPDATE": "slow: look at its plan",
        "INSERT": "reads much: filter by partition; slow: look at its plan",
    }


def statistic(number: int, lower: float, upper: float) -> Row:
    counts = {"successes": 3, "failures": 2, "total_observations": 3, "total_revenue": 1.0}
    bounds = {"confidence_lower_bound": lower, "confidence_upper_bound": upper}
    return {"caption_id": number, "page_name": "alice"} | counts | bounds


def score(report: Any, jobs: list[Row]) -> dict[int, tuple[Any, Any, Any]]:
    rows = by(report("deployment_success", jobs, "section = 'SCORE'"), "position")
    return {position: (row["value"], row["points"], row["state"]) for position, row in rows.items()}


def checks(warehouse: Warehouse, *ages: timedelta) -> None:
    warehouse.insert("health_checks", [{"check_time": NOW - age} for age in ages])


def test_a_platform_of_which_nothing_is_known_has_no_points(report: Any) -> None:
    # defect: O4
    assert score(report, []) == dict.fromkeys(range(1, 6), (None, 0, "UNKNOWN")) | {6: (0.0, 0, "POOR")}


def test_each_part_of_the_score_has_its_points(report: Any, warehouse: Warehouse) -> None:
    warehouse.insert("caption_bandit_stats", [statistic(1, 0.5, 0.7), statistic(2, 0.3, 0.6)])
    checks(warehouse, *(timedelta(minutes=40 * n) for n in range(10)))
    quick = [job(NOW - HOUR, 0.5) for _ in range(100)]

    assert score(report, [*quick, job(NOW - HOUR, **EVALUATOR)]) == {
        1: (0.0, 20, "OK"),
        2: (0.5, 20, "OK"),
        3: (0.0, 20, "OK"),
        4: (pytest.approx(0.525), 20, "OK"),
        5: (100.0, 20, "OK"),
        6: (100.0, 100, "EXCELLENT"),
    }

    warehouse.insert("caption_bandit_stats", [statistic(3, 0.1, 0.2), statistic(4, -0.1, 0.2)])
    slow = [*(job(NOW - HOUR, 1.0) for _ in range(99)), failed(NOW - HOUR)]
    assert score(report, slow) == {
        1: (1.0, 0, "LOW"),
        2: (1.0, 10, "LOW"),
        3: (1.0, 5, "LOW"),
        4: (pytest.approx((0.6 + 0.45 + 0.15 + 0.05) / 4), 10, "LOW"),
        5: (100.0, 20, "OK"),
        6: (45.0, 45, "POOR"),
    }


def test_time_that_no_health_check_covers_is_time_that_nobody_knows_of(report: Any, warehouse: Warehouse) -> None:
    """Of 100 hours since the first check 45 minutes after each are covered; the older one is out of the 28 days."""
    day = timedelta(days=1)
    first, second = timedelta(hours=100), timedelta(hours=100) - timedelta(minutes=75)
    checks(warehouse, 28 * day, first, second, *(n * timedelta(minutes=45) for n in range(131)))

    (found,) = Analyses(warehouse).call("health_check_coverage_at", NOW)

    last_gap = second - timedelta(minutes=45) - 130 * timedelta(minutes=45)
    gap = (timedelta(minutes=30) + last_gap).total_seconds() / 3600
    assert found == close(
        {"first_check": NOW - first, "last_check": NOW, "gap_hours": gap, "covered_pct": 100 * (1 - gap / 100)}
    )
    assert gap > 0.5


def test_coverage_of_the_first_moment_is_whole_and_without_a_check_unknown(warehouse: Warehouse) -> None:
    (none,) = Analyses(warehouse).call("health_check_coverage_at", NOW)
    assert none == dict.fromkeys(none)
    checks(warehouse, timedelta(0))
    (one,) = Analyses(warehouse).call("health_check_coverage_at", NOW)
    assert (one["gap_hours"], one["covered_pct"]) == (0.0, 100.0)


def test_a_day_alarms_by_the_share_of_its_statements_that_failed(report: Any) -> None:
    shares = {0: (0, 3), 1: (2, 98), 2: (21, 979), 3: (5, 95), 4: (51, 949), 13: (1, 0), 14: (1, 0)}
    jobs: list[Row] = []
    for days, (bad, good) in shares.items():
        at = la(f"{TODAY - timedelta(days=days)} 11:59")
        jobs += [failed(at) for _ in range(bad)] + [job(at) for _ in range(good)] + [job(at, **EVALUATOR)] * (days == 0)

    rows = report("deployment_success", jobs, "section = 'DAY'")

    found = {row["position"]: (row["subject"], row["value"], row["state"]) for row in rows}
    states = {0: "OK", 1: "OK", 2: "WARNING", 3: "WARNING", 4: "ALERT", 13: "ALERT"}
    assert found == {
        1 + days: (
            str(TODAY - timedelta(days=days)),
            pytest.approx(100 * shares[days][0] / (sum(shares[days]) + (days == 0))) if days in states else None,
            states.get(days, "UNKNOWN"),
        )
        for days in range(14)
    }


def deployment(hours: float, **values: Any) -> Row:
    at = NOW - hours * HOUR
    row: Row = {"deployment_id": f"{at:%Y%m%d_%H%M%S}", "stack": "prod", "started_at": at, "ended_at": at + HOUR}
    return row | {"result": "SUCCEEDED"} | values


def test_a_deployment_is_worse_when_a_figure_is_by_a_tenth(report: Any, warehouse: Warehouse) -> None:
    figures = {
        "p95_seconds_before": 1.0,
        "p95_seconds_after": 1.1,
        "error_rate_before": 0.0,
        "error_rate_after": 0.01,
        "cost_usd_per_day_before": 2.0,
        "cost_usd_per_day_after": 2.21,
        "avg_emv_before": 10.0,
        "avg_emv_after": 8.99,
    }
    warehouse.insert(
        "deployments",
        [
            deployment(5, **figures),
            deployment(3, avg_emv_before=10.0, avg_emv_after=9.0),
            deployment(2, ended_at=None, **figures),
            deployment(-1, **figures),
            *(deployment(10 + n) for n in range(10)),
        ],
    )

    rows = report("deployment_success", [], "section = 'DEPLOYMENT'")

    latest, earlier = f"{NOW - 3 * HOUR:%Y%m%d_%H%M%S}", f"{NOW - 5 * HOUR:%Y%m%d_%H%M%S}"
    found = by(rows, "subject")
    assert sorted(row["position"] for row in rows) == list(range(1, 41))
    assert {
        name: (row["position"], row["state"], row["change_pct"]) for name, row in found.items() if row["position"] < 9
    } == {
        f"{latest} p95": (1, "UNKNOWN", None),
        f"{latest} failed": (2, "UNKNOWN", None),
        f"{latest} cost": (3, "UNKNOWN", None),
        f"{latest} EMV": (4, "OK", pytest.approx(-10)),
        f"{earlier} p95": (5, "OK", pytest.approx(10)),
        f"{earlier} failed": (6, "WORSE", None),
        f"{earlier} cost": (7, "WORSE", pytest.approx(10.5)),
        f"{earlier} EMV": (8, "WORSE", pytest.approx(-10.1)),
    }
    assert [found[f"{earlier} failed"][name] for name in ("value_before", "value")] == [0.0, pytest.approx(1.0)]


def test_the_statements_of_others_are_not_in_the_reports(report: Any) -> None:
    theirs = [failed(NOW - HOUR, datasets_read=[f"{OURS}_staging"])]
    assert report("job_errors", theirs) == []
    assert report("cost_by_query_type", theirs) == []
