"""Acceptance checks in the catalog: what a file says of itself, and that nothing of it is deployed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from catalog import Catalog
from catalog.addresses import Placement
from catalog.references import LOGICAL_DATASET
from tests.unit.catalog.conftest import Project

TABLE = 'CREATE TABLE `eros_scheduling_brain.t` (k INT64 OPTIONS(description="K.")) OPTIONS(description="T.")'
CHECK = """\
-- No k is
-- negative.
-- When it fails: set it
-- to 0 on STACK.
SELECT CAST(t.k AS STRING) AS detail
FROM `eros_scheduling_brain.t` AS t
WHERE t.k < 0;
"""


@pytest.fixture
def prepared(project: Project) -> Project:
    return project.write("sql/tables/t.sql", TABLE)


def test_a_check_says_what_it_proves_and_what_to_do(prepared: Project) -> None:
    [check] = prepared.write("sql/checks/v2_1_no_k_is_negative.sql", CHECK).load().checks.values()
    assert (check.id, check.title) == ("v2.1", "no k is negative")
    assert (check.purpose, check.advice) == ("No k is negative.", "set it to 0 on STACK.")


def test_a_check_is_one_statement_on_the_deployed_dataset(prepared: Project) -> None:
    [check] = prepared.write("sql/checks/i1_x.sql", CHECK).load().checks.values()
    assert check.query(Placement("my-project", "my_dataset")) == (
        "SELECT CAST(t.k AS STRING) AS detail\nFROM `my-project.my_dataset.t` AS t\nWHERE t.k < 0"
    )


def test_checks_are_read_in_the_order_of_kinds_and_numbers(prepared: Project) -> None:
    for name in ("i1_x", "s2_1_x", "s1_x", "v10_1_x", "v2_10_x", "v2_9_x"):
        prepared.write(f"sql/checks/{name}.sql", CHECK)
    assert list(prepared.load().checks) == ["v2.9", "v2.10", "v10.1", "s1", "s2.1", "i1"]


def test_a_check_is_no_object_of_the_platform(prepared: Project) -> None:
    catalog = prepared.write("sql/checks/i1_x.sql", CHECK).load()
    assert catalog.order() == ("t",)


def test_a_reference_to_an_unknown_object_is_found_at_its_line(prepared: Project) -> None:
    prepared.write("sql/checks/i1_x.sql", CHECK.replace("brain.t`", "brain.tt`"))
    assert prepared.places() == [("sql/checks/i1_x.sql", 6, "reference")]


@pytest.mark.parametrize("name", ["x", "v2_1", "2_1_x", "v2-1-x", "v_x", "w1_x"])
def test_a_file_without_an_id_is_refused(prepared: Project, name: str) -> None:
    assert prepared.write(f"sql/checks/{name}.sql", CHECK).places() == [(f"sql/checks/{name}.sql", 1, "check-name")]


def test_an_id_that_is_taken_is_refused(prepared: Project) -> None:
    prepared.write("sql/checks/v2_1_a.sql", CHECK).write("sql/checks/v2_1_b.sql", CHECK)
    [finding] = prepared.findings()
    assert (str(finding.location.path), finding.rule) == ("sql/checks/v2_1_b.sql", "check-name")
    assert "sql/checks/v2_1_a.sql" in str(finding)


@pytest.mark.parametrize(
    "text",
    [
        CHECK.partition("SELECT")[1] + CHECK.partition("SELECT")[2],
        CHECK.replace("-- When it fails: set it\n-- to 0 on STACK.\n", ""),
        CHECK.replace("set it\n-- to 0 on STACK.", ""),
        CHECK.replace("-- No k is\n-- negative.\n", ""),
    ],
)
def test_a_check_without_purpose_or_advice_is_refused(prepared: Project, text: Any) -> None:
    assert prepared.write("sql/checks/v2_1_a.sql", text).places() == [("sql/checks/v2_1_a.sql", 1, "description")]


def test_every_test_of_the_old_suite_has_its_check(declared: Catalog) -> None:
    suite = {1: 4, 2: 4, 3: 4, 4: 1, 5: 4, 6: 2, 7: 1, 8: 1}
    expected = [f"v{group}.{number}" for group, count in suite.items() for number in range(1, count + 1)]
    assert [check for check in declared.checks if check.startswith("v")] == expected
    assert len(expected) == 21
    assert {check.partition(".")[0] for check in declared.checks if check.startswith("s")} == {
        "s1",
        "s2",
        "s3",
        "s4",
        "s5",
    }


def test_the_checks_of_signatures_are_one_text_but_for_procedure_and_arguments(declared: Catalog) -> None:
    texts = {f"v5.{number}": declared.checks[f"v5.{number}"].sql.text for number in range(1, 5)}
    forms = set()
    for text in texts.values():
        (name,) = re.findall(r"'procedure (\w+) does not exist'", text)
        (arguments,) = re.findall(r"!= '\((.*)\)'", text)
        forms.add(text.replace(name, "NAME").replace(f"({arguments})'", "(ARGUMENTS)'"))
        stated = declared.routines[name].arguments
        assert arguments == ", ".join(argument.type.text for argument in stated)
    (form,) = forms
    assert form.count("NAME") == 2
    assert form.count("ARGUMENTS") == 2


def test_every_primary_key_is_checked_to_be_one(declared: Catalog) -> None:
    text = " ".join(declared.checks["i3"].sql.text.split())
    assert declared.tables
    for name, table in declared.tables.items():
        if table.primary_key:
            keys = ", ".join(f"k.{column}" for column in table.primary_key)
            assert f"FROM `{LOGICAL_DATASET}.{name}` AS k GROUP BY {keys} HAVING COUNT(*) > 1" in text, name
