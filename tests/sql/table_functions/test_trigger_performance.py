"""analyze_trigger_performance and the t-test that it shares with analyze_day_patterns."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest

from tests.sql.analyses import DATASET, Analyses, by, close
from tests.sql.messages import Row, caption, message, utc
from tests.sql.reference import welch

NOW = utc("2025-11-04 20:00")
YESTERDAY = NOW - timedelta(days=1)
GENERAL, VIP, QUESTION = caption("plain"), caption("the VIP set"), caption("want it?")


def _sent(used: Row, earned: float, bought: int = 20, viewed: int = 400, page: str = "trigger") -> Row:
    return message(
        page, YESTERDAY, caption_id=used["caption_id"], earnings=earned, purchased_count=bought, viewed_count=viewed
    )


def test_a_trigger_is_compared_with_the_rest_and_not_with_a_whole_that_holds_it(analyses: Analyses) -> None:
    # defect: M3
    """Exclusivity 3 x rpr .6 and .15 conversion; the rest .2, .2, .3, .1 and .05: lift +200 %, not +75 %."""
    analyses.add("caption_bank", [GENERAL, VIP, QUESTION])
    analyses.add(
        "mass_messages",
        [_sent(VIP, earned, 60) for earned in (600, 590, 610)]
        + [_sent(used, earned) for used, earned in ((GENERAL, 200), (GENERAL, 200), (QUESTION, 300), (QUESTION, 100))]
        # Without a bank caption, free, or to nobody: not part of the rest either.
        + [message("trigger", YESTERDAY, earnings=9_000), message("trigger", YESTERDAY, earnings=9_000, caption_id=77)]
        + [message("trigger", YESTERDAY, message_type="Bump", price=0, earnings=0, caption_id=VIP["caption_id"])]
        + [message("trigger", YESTERDAY, sent_count=0, caption_id=VIP["caption_id"])],
    )

    found = by(analyses.call("analyze_trigger_performance_at", "trigger", 90, NOW), "psychological_trigger")

    assert set(found) == {"Exclusivity", "General", "Curiosity"}
    assert found["Exclusivity"] == close(
        {
            "psychological_trigger": "Exclusivity",
            "msg_count": 3,
            "avg_rpr": 0.6,
            "avg_conv": 0.15,
            "rpr_lift_pct": 200.0,
            "conv_lift_pct": 200.0,
            "conv_stat_sig": True,
            "rpr_stat_sig": True,  # t = .4 / sqrt(.0001/3 + .00667/4) = 9.7, df 3.1
            "conv_ci": {"lower": 0.1309, "upper": 0.1713},  # Wilson of 180 in 1,200
        }
    )
    assert found["General"]["rpr_lift_pct"] == pytest.approx(-54.55)  # .2 / (2,200 / 5,000) - 1


def test_too_little_is_never_significant(analyses: Analyses) -> None:  # defect: M3
    """One message on a side, nothing that varies, no views: no verdict, and no error."""
    analyses.add("caption_bank", [GENERAL, VIP])
    analyses.add(
        "mass_messages",
        [_sent(used, earned, page="trigger_one") for used, earned in ((VIP, 900), (GENERAL, 1), (GENERAL, 2))]
        + [_sent(used, earned, page="trigger_flat") for used, earned in ((VIP, 900), (GENERAL, 1)) for _ in range(5)]
        + [_sent(VIP, 5, bought=0, viewed=0, page="trigger_unseen"), _sent(GENERAL, 1, page="trigger_unseen")]
        + [_sent(VIP, 5, page="trigger_alone"), _sent(VIP, 6, page="trigger_alone")]
        # The rest earned and sold nothing: no lift, whatever the trigger did.
        + [_sent(VIP, 5, page="trigger_zero"), _sent(GENERAL, 0, bought=0, page="trigger_zero")],
    )
    pages = ("trigger_one", "trigger_flat", "trigger_unseen", "trigger_alone", "trigger_zero")

    found = analyses.calls("analyze_trigger_performance_at", {page: [page, 90, NOW] for page in pages})

    vip = {page: by(rows, "psychological_trigger")["Exclusivity"] for page, rows in found.items()}
    columns = ("rpr_stat_sig", "conv_stat_sig", "rpr_lift_pct", "conv_lift_pct")
    assert {page: tuple(row[name] for name in columns) for page, row in vip.items()} == {
        "trigger_one": (False, False, 59_900.0, 0.0),
        "trigger_flat": (False, False, 89_900.0, 0.0),
        "trigger_unseen": (False, False, 400.0, None),
        "trigger_alone": (False, False, None, None),
        "trigger_zero": (False, True, None, None),
    }
    assert vip["trigger_unseen"]["conv_ci"] == {"lower": 0.0, "upper": 1.0}


def test_more_purchases_than_views_stay_computable(analyses: Analyses) -> None:  # defect: S17
    analyses.add("caption_bank", [GENERAL, VIP])
    analyses.add(
        "mass_messages",
        [
            _sent(VIP, 900, bought=500, viewed=10, page="trigger_over"),
            _sent(GENERAL, 1, bought=30, viewed=10, page="trigger_over"),
        ],
    )

    found = by(analyses.call("analyze_trigger_performance_at", "trigger_over", 90, NOW), "psychological_trigger")

    assert found["Exclusivity"]["avg_conv"] == 50
    assert found["Exclusivity"]["conv_stat_sig"] is False
    assert found["Exclusivity"]["conv_ci"]["upper"] == 1.0


def test_repeated_texts_in_the_bank_do_not_multiply_messages(analyses: Analyses) -> None:  # defect: L21
    copies = [caption("the VIP night") for _ in range(3)]
    analyses.add("caption_bank", copies)
    analyses.add("mass_messages", [_sent(copies[1], 100, page="trigger_copies") for _ in range(2)])

    [found] = analyses.call("analyze_trigger_performance_at", "trigger_copies", 90, NOW)

    assert (found["psychological_trigger"], found["msg_count"]) == ("Exclusivity", 2)


SAMPLES: list[tuple[list[float], list[float]]] = [
    ([1.0, 2, 3, 4], [2.0, 3, 4, 5]),
    ([0.1, 0.2], [0.5, 0.6, 0.7]),
    ([5, 5, 5], [5, 5, 5.0001]),
    ([1, 1.01, 0.99] * 4, [1.02, 1.03, 1.01] * 4),
    ([10 + n % 3 for n in range(40)], [10.4 + n % 5 for n in range(40)]),
    ([1, 2, 9, 4, 5, 6], [4, 5, 6, 7, 8, 9, 30]),
    ([0.0, 1.0] * 6, [1.0, 2.5] * 6),
    ([3, 3, 3], [4, 4, 4]),
    ([3], [4, 5]),
    ([0.1 + 0.2, 0.3, 0.3], [0.3, 0.3, 0.1 + 0.2]),
]


def _t_tests(analyses: Analyses, sides: list[tuple[int, float, float | None, int, float, float | None]]) -> list[Row]:
    """The t-test of each pair of samples, given by size, mean and variance, in order."""
    names = ("nr", "n1", "mean1", "variance1", "n2", "mean2", "variance2")
    numbered = [(number, *side) for number, side in enumerate(sides)]
    first, *others = [["CAST(NULL AS FLOAT64)" if value is None else repr(value) for value in row] for row in numbered]
    named = ", ".join(f"{value} AS {name}" for name, value in zip(names, first, strict=True))
    structs = ", ".join([f"STRUCT({named})", *(f"({', '.join(values)})" for values in others)])
    arguments = ", ".join(f"s.{name}" for name in names[1:])
    tests = f"SELECT s.nr, `{DATASET}.welch_t_test`({arguments}) AS test FROM UNNEST([{structs}]) AS s"
    return analyses.rows(
        f"SELECT t.test.t_statistic AS t, t.test.is_significant AS yes FROM ({tests}) AS t ORDER BY t.nr"
    )


def _moments(sample: list[float]) -> tuple[int, float, float | None]:
    return len(sample), float(np.mean(sample)), float(np.var(sample, ddof=1)) if len(sample) > 1 else None


@pytest.mark.filterwarnings("ignore:Precision loss occurred")
def test_the_t_test_agrees_with_scipy(analyses: Analyses) -> None:
    """Statistic by scipy; values that differ by floating-point noise only count as equal."""
    found = _t_tests(analyses, [(*_moments(one), *_moments(other)) for one, other in SAMPLES])

    expected = [*(welch(*pair) for pair in SAMPLES[:-1]), (None, False)]
    assert [(row["t"], row["yes"]) for row in found] == [
        (None if t is None else pytest.approx(t, rel=1e-6), significant) for t, significant in expected
    ]
    assert {significant for _, significant in expected} == {True, False}


def test_the_critical_value_depends_on_the_degrees_of_freedom(analyses: Analyses) -> None:  # defect: M3
    """Two samples of n with variance 1 have 2(n - 1) degrees of freedom; the mean puts t just below or above."""
    critical = {2: 3.182, 3: 3.182, 4: 2.571, 5: 2.571, 6: 2.228, 10: 2.228, 11: 2.086, 15: 2.086, 16: 1.96, 400: 1.96}

    found = _t_tests(
        analyses,
        [
            (n, (limit + step) * math.sqrt(2 / n), 1.0, n, 0.0, 1.0)
            for n, limit in critical.items()
            for step in (-1e-4, 1e-4)
        ],
    )

    assert [row["yes"] for row in found] == [False, True] * len(critical)
