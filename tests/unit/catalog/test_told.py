"""A placement that a machine is told by its environment."""

from __future__ import annotations

import pytest

from catalog import Placement
from catalog.told import VARIABLE, as_text, told
from operations.commands import weekly
from operations.stack import Stack
from operations.weeks import week_statements
from settings.errors import ErosError

PLACE = Placement(
    project="acme-prod",
    dataset="eros",
    source_dataset="etl",
    names={"captions": "captions_v2"},
    sources=frozenset({"mass_messages", "captions"}),
    location="EU",
    stack="prod",
)


def test_what_is_told_is_what_was_meant_and_the_text_does_not_depend_on_order() -> None:
    assert told({VARIABLE: as_text(PLACE)}, "prod") == PLACE
    assert as_text(PLACE) == as_text(Placement(**{**vars(PLACE), "sources": frozenset(["captions", "mass_messages"])}))


def test_an_environment_that_says_nothing_tells_nothing() -> None:
    assert told({}, "prod") is None
    assert told({VARIABLE: ""}, "prod") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no placement: Invalid JSON"),
        ('{"project": "p"}', "is no placement: Field required"),
        ("[]", "is no placement"),
        (as_text(PLACE).replace('"prod"', '"staging"'), "is of stack staging, not of prod"),
    ],
)
def test_a_wrong_text_and_another_stacks_are_refused_with_the_way_out(text: str, said: str) -> None:
    with pytest.raises(ErosError, match=f"(?s){VARIABLE} {said}.*fix: unset {VARIABLE}"):
        told({VARIABLE: text}, "prod")


def test_commands_on_weeks_that_are_told_ask_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*arguments: object) -> Stack:
        raise AssertionError("the engine was asked")

    monkeypatch.setattr(Stack, "open", asked)
    monkeypatch.setattr(week_statements, "bigquery_client", lambda project, location: (project, location))
    monkeypatch.setenv(VARIABLE, as_text(PLACE))
    warehouse = weekly._warehouse("prod")
    assert warehouse.place == PLACE
    assert warehouse.client == ("acme-prod", "EU")  # type: ignore[comparison-overlap] # it stands for one
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(AssertionError, match="the engine was asked"):
        weekly._warehouse("prod")
