"""Sources in a dataset of others, objects under other names: one deployment that lives with both."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import yaml

from catalog import Catalog, Placement
from catalog import load_cached as load
from gcp_local import environment
from local.cloud import DATASET, PROJECT
from operations.placement import placement
from operations.verify import Verifier
from outputs import StackOutputs
from tests.deploying import Deployment as Theirs
from tests.local.deployment import ROOT, Deployment, deployment, engines

pytestmark = pytest.mark.timeout(1800)
SOURCES = "etl_data"
NAMES = {"caption_bank": "caption_bank_v7", "caption_bandit_stats": "stats", "la_hour": "hour_in_la"}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(ROOT)


@pytest.fixture(scope="module", params=engines())
def deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, catalog: Catalog
) -> Iterator[Deployment]:
    """The stack beside sources that somebody else made and named."""
    folder, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("cloud")
    sources = frozenset(name for name, table in catalog.tables.items() if table.is_source)
    place = Placement(PROJECT, DATASET, SOURCES, NAMES, sources)
    with deployment(request.param, ROOT, folder, state) as made:
        theirs = Theirs(environment.url(made.ports[environment.BIGQUERY]), catalog, place)
        theirs.dataset(SOURCES)
        theirs.create_all(sources)
        configure(made, manageSources="false", sourceDataset=SOURCES, objectNames=NAMES)
        made.up()
        yield made


def configure(made: Deployment, **values: object) -> None:
    path = made.folder / "Pulumi.local.yaml"
    document = yaml.safe_load(path.read_text())
    document["config"] |= {f"eros-platform:{key}": value for key, value in values.items()}
    path.write_text(yaml.safe_dump(document))


def outputs(made: Deployment) -> StackOutputs:
    answer = made.command("stack", "output", "--json", "--stack", "local")
    assert answer.returncode == 0, answer.stderr
    return StackOutputs.read("local", json.loads(answer.stdout))


def test_a_second_preview_changes_nothing(deployed: Deployment) -> None:
    assert deployed.changes() == {}


def test_the_platform_reads_the_sources_where_they_are_and_made_none_of_its_own(deployed: Deployment) -> None:
    client = deployed.client()
    bank = f"{PROJECT}.{SOURCES}.caption_bank_v7"
    client.query(f"INSERT INTO `{bank}` (caption_id, caption_text) VALUES (7, 'Hi there')").result(timeout=60)
    dataset = f"{PROJECT}.{DATASET}"
    read = client.query(f"SELECT c.caption_id AS id FROM `{dataset}.canonical_captions` AS c").result(timeout=60)
    assert [row.id for row in read] == [7]
    own = {table.table_id for table in client.list_tables(dataset, timeout=30)}
    assert {"caption_bank", "caption_bank_v7", "mass_messages", "caption_bandit_stats"}.isdisjoint(own)
    assert "stats" in own
    (hour,) = client.query(f"SELECT `{dataset}.hour_in_la`(TIMESTAMP '2025-11-03 20:00:00+00') AS h").result(timeout=60)
    assert hour.h == 12


def test_the_checks_find_everything_under_its_logical_name(deployed: Deployment, catalog: Catalog) -> None:
    exported = outputs(deployed)
    assert placement(exported).datasets == (DATASET, SOURCES)
    # As the dispatcher does within 15 minutes of a deployment.
    deployed.client().query(f"CALL `{PROJECT}.{DATASET}.apply_reference_data`()").result(timeout=120)
    ids = ["d1", *(id_ for id_ in catalog.checks if id_.startswith(("v1.", "v3.", "v5.")))]
    outcomes = Verifier(deployed.client(), exported, catalog.checks).run(ids)
    assert {outcome.id: (outcome.details, outcome.error) for outcome in outcomes if not outcome.passed} == {}


def test_another_place_or_owner_of_the_sources_is_refused_before_anything_changes(deployed: Deployment) -> None:
    before = (deployed.folder / "Pulumi.local.yaml").read_text()
    try:
        configure(deployed, manageSources="true")
        assert "sourceDataset: 'etl_data' holds the sources of others" in deployed.refused("preview")
        configure(deployed, manageSources="false", sourceDataset="")
        assert "source table mass_messages does not exist" in deployed.refused("preview")
        configure(deployed, sourceDataset=SOURCES, objectNames={**NAMES, "audit_log": "audit_log_v2"})
        assert "config rm --path objectNames.audit_log" in deployed.refused("preview")
    finally:
        (deployed.folder / "Pulumi.local.yaml").write_text(before)
    assert deployed.changes() == {}
