"""What this cloud has beside Google's APIs: its clock, an evaluation at once, its outbox, its receivers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from services.conftest import Api

from gcp_local.services.app import create_app
from gcp_local.services.cloud import Cloud, MovableClock
from gcp_local.services.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "services.sqlite3")
    yield store
    store.close()


@pytest.fixture
def real(store: Store) -> Iterator[Api]:
    """The services with the clock that they have when they are started."""
    cloud = Cloud(store, "http://127.0.0.1:1", "http://127.0.0.1:1", clock=MovableClock(store))
    with TestClient(create_app(cloud), base_url="http://127.0.0.1") as client:
        yield Api(client)


def time_of(answer: dict[str, str]) -> datetime:
    return datetime.fromisoformat(answer["now"])


def test_the_clock_goes_forward_and_stays_there(real: Api, store: Store) -> None:
    before = datetime.now(UTC)
    assert before <= time_of(real("GET", "/local/clock")) <= datetime.now(UTC)
    moved = time_of(real("POST", "/local/clock", {"advance": "86400s"}))
    assert moved >= before + timedelta(days=1)
    assert MovableClock(store)() >= moved
    instant = (moved + timedelta(hours=1)).isoformat()
    assert time_of(real("POST", "/local/clock", {"now": instant})) >= moved + timedelta(hours=1)


@pytest.mark.parametrize(
    "body", [{}, {"advance": "1 hour"}, {"advance": "-5s"}, {"now": "soon"}, {"now": "2020-01-01T00:00:00Z"}]
)
def test_the_clock_does_not_go_back_nor_anywhere_else(real: Api, body: dict[str, str]) -> None:
    real.refused(400, "POST", "/local/clock", body)


def test_a_clock_that_belongs_to_a_test_is_not_moved(api: Api) -> None:
    assert api("GET", "/local/clock") == {"now": "2026-03-01T12:00:00Z"}
    api.refused(400, "POST", "/local/clock", {"advance": "60s"})


def test_an_evaluation_of_nothing_says_so(api: Api) -> None:
    answer = api("POST", "/local/evaluate")
    assert answer == {"time": "2026-03-01T12:00:00Z", "notifications": 0, "notEvaluated": {}}


def test_the_outbox_is_empty_at_first_and_takes_a_number_to_skip(api: Api) -> None:
    assert api("GET", "/local/outbox", after="3")["records"] == []
    api.refused(400, "GET", "/local/outbox", after="all")


@pytest.mark.parametrize("given", [{"smtp": "localhost"}, {"http": "ftp://x"}, {"http": "http://"}, {"mail": "x"}])
def test_receivers_that_are_none_are_refused(api: Api, given: dict[str, str]) -> None:
    api.refused(400, "PUT", "/local/receivers", given)
    assert api("GET", "/local/receivers") == {"smtp": "", "http": ""}
