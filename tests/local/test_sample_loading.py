"""The sample comes whole or not at all, and by one command at a time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery as google

from catalog import Placement
from catalog import load_cached as load_catalog
from gcp_local.testing import PROJECT, Emulator
from local import cloud
from local.sample import load_jobs
from local.sample.past_week import Week
from local.sample.shape import Sample
from settings.errors import ErosError
from tests.deploying import Deployment

FILLED = (
    "caption_bank",
    "mass_messages",
    "active_creators",
    "creator_content_inventory",
    "active_caption_assignments",
)


@pytest.fixture
def client(bigquery: Emulator) -> google.Client:
    options = ClientOptions(api_endpoint=f"http://127.0.0.1:{bigquery.port}")
    return google.Client(PROJECT, credentials=AnonymousCredentials(), client_options=options)


@pytest.fixture
def place(bigquery: Emulator, dataset: str) -> Placement:
    """A dataset with the declared tables, each still empty."""
    placement = Placement(PROJECT, dataset)
    Deployment(f"http://127.0.0.1:{bigquery.port}", load_catalog(cloud.ROOT), placement).create_all(FILLED)
    return placement


def counts(client: google.Client, place: Placement) -> dict[str, int]:
    return {
        name: next(iter(client.query(f"SELECT COUNT(*) AS n FROM `{place.address(name)}`").result())).n
        for name in FILLED
    }


def sample(messages: int) -> Sample:
    return Sample(datetime(2026, 1, 15, tzinfo=UTC), messages)


def test_an_interrupted_load_changes_no_table_and_the_next_one_is_whole(
    client: google.Client, place: Placement
) -> None:
    def interrupted(table: str, done: int, total: int) -> None:
        if table == "mass_messages":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_jobs.load(client, place, sample(400), interrupted)
    assert counts(client, place) == dict.fromkeys(FILLED, 0)
    assert not load_jobs.is_loaded(client, place)

    loaded = load_jobs.load(client, place, sample(400), lambda *_: None)
    assert counts(client, place) == loaded
    assert loaded["mass_messages"] == 400
    assert load_jobs.is_loaded(client, place)

    with pytest.raises(KeyboardInterrupt):
        load_jobs.load(client, place, sample(300), interrupted)
    assert counts(client, place) == loaded


def test_a_second_load_replaces_the_first_and_leaves_nothing_beside_it(client: google.Client, place: Placement) -> None:
    load_jobs.load(client, place, sample(300), lambda *_: None)
    again = load_jobs.load(client, place, sample(200), lambda *_: None)
    assert counts(client, place) == again
    assert load_jobs.STAGING not in {found.dataset_id for found in client.list_datasets()}
    layout = client.get_table(str(place.address("mass_messages")))
    assert layout.time_partitioning.field == "sending_time"


def test_two_loads_at_once_are_one_and_a_refusal_that_says_who(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EROS_LOCAL_STATE", str(tmp_path))
    held, done = threading.Event(), threading.Event()

    def first() -> None:
        with cloud.only_one_loads():
            held.set()
            done.wait(30)

    thread = threading.Thread(target=first)
    thread.start()
    held.wait(30)
    try:
        with (
            pytest.raises(ErosError, match=r"another command \(pid \d+\) is loading data"),
            cloud.only_one_loads(),
        ):
            pytest.fail("two commands hold the lock")
    finally:
        done.set()
        thread.join()


def test_the_week_before_is_told_once_and_never_of_a_platform_that_has_run(
    client: google.Client, place: Placement, bigquery: Emulator
) -> None:
    catalog = load_catalog(cloud.ROOT)
    week = Week(datetime(2026, 1, 15, 20, tzinfo=UTC), catalog)
    told = {name: len(rows) for name, rows in week.tables().items()}
    Deployment(f"http://127.0.0.1:{bigquery.port}", catalog, place).create_all(tuple(told))
    assert load_jobs.append_week(client, place, week) == sum(told.values())
    assert load_jobs.append_week(client, place, week) == 0
    for name, number in told.items():
        found = next(iter(client.query(f"SELECT COUNT(*) AS n FROM `{place.address(name)}`").result())).n
        assert found == number, name
