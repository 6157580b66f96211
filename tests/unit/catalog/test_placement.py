"""Where objects are: physical names, the dataset of the sources, and what of it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog import Catalog, Placement, placement
from catalog.references import LogicalSql
from catalog.tokens import SqlText
from settings.errors import SettingsError
from settings.load import parse
from settings.model import Settings
from tests.unit.settings.test_load import STATED

SPLIT = Placement(
    "p", "brain", source_dataset="etl", names={"captions": "captions_v2", "f": "g"}, sources=frozenset({"captions"})
)


def qualified(text: str, place: Placement) -> str:
    source = SqlText(Path("sql/views/v.sql"), text)
    return LogicalSql(source, source.tokens).qualified(place)


def settings(**values: str) -> Settings:
    return parse("prod", {**STATED, **values})


def test_an_object_is_where_its_kind_and_its_name_say() -> None:
    assert str(SPLIT.address("captions")) == "p.etl.captions_v2"
    assert str(SPLIT.address("f")) == "p.brain.g"
    assert str(SPLIT.address("other")) == "p.brain.other"
    assert SPLIT.datasets == ("brain", "etl")
    assert Placement("p", "brain").datasets == ("brain",)
    assert SPLIT.by_name("etl", ["captions", "f"]) == {"captions_v2": "captions"}


def test_sql_names_the_physical_object_and_keeps_comments_and_strings() -> None:
    text = "SELECT `eros_scheduling_brain.f`(c.x), 'captions' FROM `eros_scheduling_brain.captions` AS c -- captions"
    assert qualified(text, SPLIT) == "SELECT `p.brain.g`(c.x), 'captions' FROM `p.etl.captions_v2` AS c"


def test_the_region_and_facts_about_the_stack_are_put_in_where_they_stand_alone() -> None:
    place = Placement("p-1", "brain", location="europe-west3", stack="prod", archive_bucket="cellar")
    text = "SELECT '${stack}', 'a ${stack}', '${archive_bucket}' FROM `region-us`.INFORMATION_SCHEMA.JOBS AS j -- x"
    jobs = "`p-1.region-europe-west3`.INFORMATION_SCHEMA.JOBS"
    assert qualified(text, place) == f"SELECT 'prod', 'a ${{stack}}', 'cellar' FROM {jobs} AS j"
    assert qualified("SELECT 1 FROM `region-us.INFORMATION_SCHEMA.JOBS`", Placement("p", "d")) == (
        "SELECT 1 FROM `p.region-us.INFORMATION_SCHEMA.JOBS`"
    )


def test_a_stack_s_sql_knows_its_name_its_region_and_its_buckets(declared: Catalog) -> None:
    place = placement(declared, settings(location="EU", archiveBucket="cellar"))
    query = declared.views["deployed_stack"].query(place)
    for stated in ("'prod' AS stack", "'EU' AS location", "'cellar' AS archive_bucket", "-backups' AS backup_bucket"):
        assert stated in query
    assert "`of-scheduler-proj.region-eu`.INFORMATION_SCHEMA.JOBS" in declared.views["project_jobs"].query(place)


def test_information_schema_is_the_dataset_s_own_where_nothing_is_called_otherwise() -> None:
    text = "SELECT 1 AS x FROM `eros_scheduling_brain.INFORMATION_SCHEMA.TABLES` AS t"
    assert qualified(text, Placement("p", "d")) == "SELECT 1 AS x FROM `p.d.INFORMATION_SCHEMA.TABLES` AS t"


def test_information_schema_shows_logical_names_wherever_objects_are() -> None:
    text = "SELECT 1 AS x FROM `eros_scheduling_brain.INFORMATION_SCHEMA.{}` AS t"
    tables = qualified(text.format("TABLES"), SPLIT)
    assert "`p.brain.INFORMATION_SCHEMA.TABLES` WHERE table_name NOT IN ('captions', 'f')" in tables
    assert "CASE table_name WHEN 'captions_v2' THEN 'captions' ELSE table_name END AS table_name" in tables
    assert "`p.etl.INFORMATION_SCHEMA.TABLES` WHERE table_name IN ('captions_v2')" in tables
    routines = qualified(text.format("ROUTINES"), SPLIT)
    assert "CASE routine_name WHEN 'g' THEN 'f' ELSE routine_name END AS routine_name" in routines


def test_a_stack_without_either_key_has_logical_names_in_its_own_dataset(declared: Catalog) -> None:
    place = placement(declared, settings())
    assert {str(place.address(name)) for name in declared.objects} == {
        f"of-scheduler-proj.eros_scheduling_brain.{name}" for name in declared.objects
    }


def test_the_sources_and_only_they_move_with_the_source_dataset(declared: Catalog) -> None:
    place = placement(declared, settings(sourceDataset="etl_data"))
    moved = {name for name in declared.objects if place.dataset_of(name) == "etl_data"}
    assert moved == {name for name, table in declared.tables.items() if table.is_source}
    assert moved


def test_the_own_dataset_as_source_dataset_is_none(declared: Catalog) -> None:
    assert placement(declared, settings(sourceDataset="eros_scheduling_brain")) == placement(declared, settings())


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ('{"no_such_table": "x"}', r"objectNames\.no_such_table: no file below sql/ declares no_such_table"),
        ('{"captions": "caption_bank"}', r"objectNames\.captions: \S+\.caption_bank is caption_bank already"),
        ('{"captions": "Caption_Bank"}', r"objectNames\.captions: \S+\.Caption_Bank is caption_bank already"),
        ('{"captions": "x", "audit_log": "x"}', r"objectNames\.captions: \S+\.x is audit_log already"),
        ('{"la_hour": "la-hour"}', r"objectNames\.la_hour: 'la-hour' is no name of a routine"),
        ('{"la_hour": "1st"}', r"objectNames\.la_hour: '1st' is no name of a routine"),
    ],
)
def test_names_that_cannot_be_are_refused_with_their_key(declared: Catalog, names: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        placement(declared, settings(objectNames=names))


def test_two_objects_may_swap_names_and_a_source_may_be_called_like_an_owned_table_elsewhere(
    declared: Catalog,
) -> None:
    swapped = placement(declared, settings(objectNames='{"captions": "audit_log", "audit_log": "captions"}'))
    assert swapped.name("captions") == "audit_log"
    apart = placement(declared, settings(objectNames='{"captions": "audit_log"}', sourceDataset="etl_data"))
    assert str(apart.address("captions")) == "of-scheduler-proj.etl_data.audit_log"


def test_all_wrong_names_are_reported_at_once(declared: Catalog) -> None:
    with pytest.raises(SettingsError) as caught:
        placement(declared, settings(objectNames='{"nothing": "x", "captions": "caption_bank"}'))
    assert all(name in str(caught.value) for name in ("nothing", "caption_bank already"))
