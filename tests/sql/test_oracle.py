"""The platform's functions and views run by Google's reference implementation, against values worked out by hand."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from googlesql_gate.oracle import Oracle
from tests.sql.functions import test_caption_key as caption_key
from tests.sql.functions import test_wilson as wilson

NFKC = "NORMALIZE_AND_CASEFOLD(NORMALIZE(p_message, NFKC), NFKC)"


@pytest.fixture
def project() -> Path:
    return Path(__file__).parents[2]


@pytest.fixture
def oracle(project: Path) -> Oracle:
    return Oracle(project)


@pytest.mark.parametrize(("s", "f", "lower", "upper", "bonus"), [*wilson.RECORDED, (-5, None, 0, 1, 1)])
def test_wilson_score_bounds_are_those_of_the_table(
    oracle: Oracle, s: int, f: int | None, lower: float, upper: float, bonus: float
) -> None:
    failures = "NULL" if f is None else str(f)
    [row] = oracle.evaluate(f"SELECT `eros_scheduling_brain.wilson_score_bounds`({s}, {failures}) AS bounds")
    expected = {"lower_bound": lower, "upper_bound": upper, "exploration_bonus": bonus}
    assert row["bounds"] == pytest.approx(expected, abs=1e-6)


def test_caption_keys_are_those_of_the_table(oracle: Oracle, project: Path) -> None:
    text = (project / "sql/functions/caption_key_v2.sql").read_text(encoding="utf-8")
    assert NFKC in text
    oracle.define(text.replace(NFKC, "p_message"))  # the oracle has no NFKC, Python has
    folded = [
        unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", caption).casefold())
        for caption in caption_key.RECORDED
    ]
    query = (
        "SELECT `eros_scheduling_brain.caption_key_v2`(c) AS k FROM UNNEST(@captions) AS c WITH OFFSET AS o ORDER BY o"
    )
    keys = [str(row["k"]) for row in oracle.evaluate(query, parameters={"captions": folded})]
    assert {caption: key[:16] for caption, key in zip(caption_key.RECORDED, keys, strict=True)} == caption_key.RECORDED
    assert keys[0] == hashlib.sha256(b"test message 123").hexdigest()
    blank = "SELECT `eros_scheduling_brain.caption_key_v2`(c) AS k FROM UNNEST([NULL, '', ' \\t', '\\u00a0']) AS c"
    assert oracle.evaluate(blank) == [{"k": None}] * 4


def test_the_saturation_of_the_worked_example_comes_out_of_tables_views_and_table_functions(oracle: Oracle) -> None:
    """Ten messages and a holiday pass through message_facts, the baselines and the score."""
    alice = [
        (10, 6, 12, 0, 1000, 400, 500),
        (10, 8, 12, 0, 1000, 400, 500),
        (10, 14, 12, 0, 2000, 800, 1000),
        (10, 29, 12, 0, 1000, 300, 350),
        (10, 30, 12, 0, 1000, 320, 300),
        (10, 31, 23, 30, 1000, 270, 270),
        (11, 2, 1, 30, 1000, 400, 500),
        (11, 4, 9, 0, 1000, 10, 0),
    ]
    bella = [(10, 7, 12, 0, 1000, 500, 900), (10, 30, 12, 0, 1000, 480, 900)]
    holiday = {"holiday_date": date(2025, 10, 31), "is_major_holiday": False, "saturation_impact_factor": 0.9}
    messages = [_message("alice", *row) for row in alice] + [_message("bella", *row) for row in bella]
    [row] = oracle.evaluate(
        "SELECT * FROM `eros_scheduling_brain.calculate_saturation_score_at`('alice', 'SMALL', @now)",
        tables={"mass_messages": messages, "holiday_calendar": [holiday]},
        parameters={"now": datetime(2025, 11, 4, 20, tzinfo=UTC)},
    )
    assert list(row.values()) == [0.75, "HIGH", -0.175, -0.275, 3, "CUT VOLUME 30%", 0.7, 0.382857, None]


def _message(
    page: str, month: int, day: int, hour: int, minute: int, sent: int, viewed: int, earnings: float
) -> dict[str, Any]:
    return {
        "page_name": page,
        "message_type": "PPV",
        "price": 10.0,
        "sending_time": datetime(2025, month, day, hour, minute, tzinfo=ZoneInfo("America/Los_Angeles")),
        "sent_count": sent,
        "viewed_count": viewed,
        "earnings": float(earnings),
    }
