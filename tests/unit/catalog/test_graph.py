"""References between objects: unknown names, circles and the order of creation."""

from __future__ import annotations

import pytest

from catalog import Catalog, CatalogErrors
from tests.unit.catalog.conftest import Project

TABLE = """
CREATE TABLE `eros_scheduling_brain.{name}` (
  x INT64 OPTIONS(description="X.")
) OPTIONS(description="T.")
"""


def view(name: str, *sources: str) -> str:
    sums = " + ".join(f"(SELECT COUNT(*) FROM `eros_scheduling_brain.{source}`)" for source in sources)
    return f'CREATE OR REPLACE VIEW `eros_scheduling_brain.{name}` OPTIONS(description="V.") AS\nSELECT {sums} AS x\n'


def procedure(name: str, *called: str) -> str:
    calls = "\n".join(f"  CALL `eros_scheduling_brain.{other}`();" for other in called)
    header = f'CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.{name}`() OPTIONS(description="P.")'
    return f"{header}\nBEGIN\n{calls or '  SELECT 1;'}\nEND;\n"


@pytest.fixture
def layered(project: Project) -> Catalog:
    project.write("sql/tables/z_table.sql", TABLE.format(name="z_table"))
    project.write("sql/tables/a_table.sql", TABLE.format(name="a_table"))
    project.write("sql/views/a_view.sql", view("a_view", "b_view", "a_table"))
    project.write("sql/views/b_view.sql", view("b_view", "z_table", "INFORMATION_SCHEMA.TABLES"))
    project.write("sql/procedures/a_run.sql", procedure("a_run", "b_run", "a_run"))
    project.write("sql/procedures/b_run.sql", procedure("b_run"))
    return project.load()


def test_each_object_comes_after_everything_that_it_names_and_tables_first(layered: Catalog) -> None:
    assert layered.order() == ("a_table", "z_table", "b_view", "a_view", "b_run", "a_run")


def test_dependencies_are_the_declared_objects_that_are_named_directly(layered: Catalog) -> None:
    assert layered.dependencies("a_view") == {"b_view", "a_table"}
    assert layered.dependencies("b_view") == {"z_table"}
    assert layered.dependencies("a_run") == {"b_run"}, "a procedure may call itself"
    assert layered.dependencies("a_table") == frozenset()
    with pytest.raises(KeyError):
        layered.dependencies("nothing")


def test_an_unknown_reference_is_refused_at_its_line_with_the_nearest_name(project: Project) -> None:
    project.write("sql/tables/messages.sql", TABLE.format(name="messages"))
    project.write("sql/views/v.sql", view("v", "mesages"))
    with pytest.raises(CatalogErrors, match=r"sql/views/v\.sql:2: reference to mesages.*\n.*did you mean messages\?"):
        project.load()


def test_a_circle_is_refused_once_and_named_in_full(project: Project) -> None:
    project.write("sql/views/a.sql", view("a", "b"))
    project.write("sql/views/b.sql", view("b", "c"))
    project.write("sql/views/c.sql", view("c", "a"))
    project.write("sql/views/d.sql", view("d", "a"))
    (finding,) = project.findings()
    assert "circular reference: a -> b -> c -> a" in str(finding)
    assert (str(finding.location), finding.rule) == ("sql/views/a.sql:2", "cycle")


def test_a_view_of_itself_is_a_circle(project: Project) -> None:
    project.write("sql/views/a.sql", view("a", "a"))
    assert project.places() == [("sql/views/a.sql", 2, "cycle")]


def test_two_circles_are_two_findings(project: Project) -> None:
    for one, other in (("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")):
        project.write(f"sql/views/{one}.sql", view(one, other))
    assert project.places() == [("sql/views/a.sql", 2, "cycle"), ("sql/views/c.sql", 2, "cycle")]


def test_a_name_that_two_files_declare_is_refused(project: Project) -> None:
    project.write("sql/tables/a.sql", TABLE.format(name="a"))
    project.write("sql/procedures/a.sql", procedure("a"))
    (finding,) = project.findings()
    assert "a is declared in sql/tables/a.sql as well" in str(finding)
