"""Schedules are stopped and started again by whoever, also after a command that died halfway."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import bigquery as google

from catalog import Placement
from catalog import load_cached as load
from gcp_local.testing import PROJECT, Emulator
from operations import google_api
from operations.maintenance import Maintenance
from operations.scheduled_runs import ScheduledQueries, ScheduledQuery
from outputs import StackOutputs
from settings.errors import ErosError
from tests.deploying import Deployment
from tests.local.deployment import ROOT
from tests.local.test_migration import google_client

UNTIL = datetime(2030, 1, 1, 12, tzinfo=UTC)


class Died(BaseException):
    """The process is gone."""


@dataclass
class Transfers(ScheduledQueries):
    """The transfer service: which configs are disabled, and after how many changes the caller dies."""

    disabled: dict[str, bool]
    dies_after: int = 1000
    changed: list[str] = field(default_factory=list)

    def list(self) -> tuple[ScheduledQuery, ...]:
        return tuple(
            ScheduledQuery(name, f"configs/{name}", "", off, None, None, None) for name, off in self.disabled.items()
        )

    def check(self, names: Iterable[str]) -> None:
        if unknown := sorted(set(names) - self.disabled.keys()):
            raise ErosError(f"no scheduled query {unknown}", fix="name another")

    def patch(self, _api: str, path: str, fields: dict[str, Any]) -> None:
        if len(self.changed) >= self.dies_after:
            raise Died
        name = path.removeprefix("configs/")
        self.changed.append(name)
        self.disabled[name] = fields["disabled"]


@pytest.fixture
def transfers(monkeypatch: pytest.MonkeyPatch) -> Transfers:
    made = Transfers({"a": False, "b": False, "off": True})
    monkeypatch.setattr(google_api, "patch", made.patch)
    return made


@pytest.fixture
def client(bigquery: Emulator) -> google.Client:
    return google_client(bigquery.port)


@pytest.fixture
def maintenance(client: google.Client, bigquery: Emulator, dataset: str, transfers: Transfers) -> Maintenance:
    Deployment(f"http://127.0.0.1:{bigquery.port}", load(ROOT), Placement(PROJECT, dataset)).create("schedule_pauses")
    return Maintenance(client, transfers, outputs(dataset))


def outputs(dataset: str, tables: tuple[str, ...] = ("schedule_pauses",)) -> StackOutputs:
    names = ("a", "b", "off")
    stated = {
        **dict.fromkeys(("location", "run_account", "backup_bucket", "notification_channel"), "any"),
        **dict.fromkeys(("sources", "views", "routines"), ()),
        "project": PROJECT,
        "dataset": dataset,
        "tables": tables,
        "schedules": {name: f"configs/{name}" for name in names},
        "alert_policies": {},
    }
    return StackOutputs.model_validate(stated)


def test_what_runs_is_stopped_and_recorded_and_what_was_disabled_stays_so(
    maintenance: Maintenance, transfers: Transfers
) -> None:
    assert maintenance.pause((), UNTIL, "backfill") == ("a", "b")
    assert transfers.disabled == {"a": True, "b": True, "off": True}
    found = maintenance.open()
    assert [(pause.schedule, pause.until, pause.reason) for pause in found] == [
        ("a", UNTIL, "backfill"),
        ("b", UNTIL, "backfill"),
    ]
    assert all(pause.by for pause in found)
    assert maintenance.resume() == ("a", "b")
    assert transfers.disabled == {"a": False, "b": False, "off": True}
    assert maintenance.open() == ()


def test_one_is_stopped_alone_and_another_pause_only_prolongs_it(maintenance: Maintenance) -> None:
    later = UNTIL + timedelta(hours=3)
    assert maintenance.pause(["a"], UNTIL) == ("a",)
    assert maintenance.pause((), later) == ("a", "b")
    assert [(pause.schedule, pause.until) for pause in maintenance.open()] == [("a", later), ("b", later)]
    assert maintenance.resume(["b"]) == ("b",)
    assert [pause.schedule for pause in maintenance.open()] == ["a"]


@pytest.mark.parametrize("moment", [0, 1])
def test_a_pause_that_died_is_completed_by_the_next(
    maintenance: Maintenance, transfers: Transfers, moment: int
) -> None:
    transfers.dies_after = moment
    with pytest.raises(Died):
        maintenance.pause((), UNTIL)
    transfers.dies_after = 1000
    assert maintenance.pause((), UNTIL) == ("a", "b")
    assert transfers.disabled == {"a": True, "b": True, "off": True}
    maintenance.resume()
    assert transfers.disabled == {"a": False, "b": False, "off": True}


@pytest.mark.parametrize("moment", [0, 1])
def test_a_pause_that_died_is_undone_by_resume(maintenance: Maintenance, transfers: Transfers, moment: int) -> None:
    transfers.dies_after = moment
    with pytest.raises(Died):
        maintenance.pause((), UNTIL)
    transfers.dies_after = 1000
    assert maintenance.resume() == ("a", "b")
    assert transfers.disabled == {"a": False, "b": False, "off": True}


@pytest.mark.parametrize("moment", [0, 1])
def test_a_resume_that_died_is_completed_by_the_next(
    maintenance: Maintenance, transfers: Transfers, moment: int
) -> None:
    maintenance.pause((), UNTIL)
    transfers.changed.clear()
    transfers.dies_after = moment
    with pytest.raises(Died):
        maintenance.resume()
    transfers.dies_after = 1000
    assert maintenance.resume() == ("a", "b")
    assert transfers.disabled == {"a": False, "b": False, "off": True}
    assert maintenance.open() == ()


def test_work_done_meanwhile_ends_with_the_schedules_running_even_when_it_fails_and_leaves_others_pauses(
    maintenance: Maintenance, transfers: Transfers
) -> None:
    maintenance.pause(["a"], UNTIL, "by somebody else")

    def fails() -> None:
        with maintenance.paused(UNTIL, "restore"):
            assert transfers.disabled == {"a": True, "b": True, "off": True}
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert transfers.disabled == {"a": True, "b": False, "off": True}
    assert [pause.reason for pause in maintenance.open()] == ["by somebody else"]


def test_names_that_are_unknown_or_not_paused_change_nothing(maintenance: Maintenance, transfers: Transfers) -> None:
    with pytest.raises(ErosError, match="no scheduled query"):
        maintenance.pause(["nope"], UNTIL)
    with pytest.raises(ErosError, match="not paused: a"):
        maintenance.resume(["a"])
    assert transfers.changed == []
    assert maintenance.open() == ()


def test_a_stack_of_an_older_release_is_told_what_to_do(client: google.Client, transfers: Transfers) -> None:
    with pytest.raises(ErosError, match="schedule_pauses") as caught:
        Maintenance(client, transfers, outputs("any", tables=()))
    assert "eros up" in caught.value.fix
