"""The daily query quota: off unless it is stated, and then in Google's own unit."""

from __future__ import annotations

from collections.abc import Callable

import pulumi
import pytest

from settings.model import BootstrapSettings
from tests.stack.conftest import Program

QUOTA = "gcp:serviceusage/consumerQuotaOverride:ConsumerQuotaOverride"


def stated(program: Program) -> dict[str, tuple[str, str]]:
    return {name: (item.inputs["limit"], item.inputs["overrideValue"]) for name, item in program.of(QUOTA).items()}


def test_unasked_for_there_is_no_quota(run_program: Callable[..., Program]) -> None:
    assert stated(run_program("prod", model=BootstrapSettings)) == {}


def test_each_limit_is_stated_by_itself_in_mebibytes(run_program: Callable[..., Program]) -> None:
    program = run_program("prod", model=BootstrapSettings, dailyQueryGibibytes="500", dailyUserGibibytes="100")
    assert stated(program) == {
        "query-quota-project": ("%2Fd%2Fproject", "512000"),
        "query-quota-user": ("%2Fd%2Fproject%2Fuser", "102400"),
    }
    for item in program.of(QUOTA).values():
        assert item.inputs["metric"] == "bigquery.googleapis.com%2Fquota%2Fquery%2Fusage"
        assert (item.inputs["service"], item.inputs["force"]) == ("bigquery.googleapis.com", True)
        assert item.inputs["project"] == "of-scheduler-proj"
    alone = run_program("prod", model=BootstrapSettings, dailyUserGibibytes="1")
    assert stated(alone) == {"query-quota-user": ("%2Fd%2Fproject%2Fuser", "1024")}


@pytest.mark.parametrize("value", ["-1", "1.5", "much"])
def test_a_quota_that_is_no_number_of_gibibytes_is_refused(run_program: Callable[..., Program], value: str) -> None:
    with pytest.raises(pulumi.RunError, match=r"(?s)eros-bootstrap:dailyQueryGibibytes.*fix: pulumi -C bootstrap"):
        run_program("prod", model=BootstrapSettings, dailyQueryGibibytes=value)
