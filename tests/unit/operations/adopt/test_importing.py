"""The import file, and when an import counts as done."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from operations.adopt.declared import Declared
from operations.adopt.importing import ImportRefused, check_engine, document, run
from operations.adopt.verdict import Judgement, Verdict
from operations.engines import Engine
from operations.stack import Stack

PROVIDER, GROUP, TABLE = "pulumi:providers:gcp", "eros:platform:Warehouse", "gcp:bigquery/table:Table"
URN = "urn:pulumi:prod::eros-platform::"


def resource(type_: str, name: str, above: str = "", **inputs: Any) -> Declared:
    qualified = f"{above.split('::')[2]}${type_}" if above else type_
    custom = type_ != GROUP
    provider = f"{URN}{PROVIDER}::google" if custom and type_ != PROVIDER else ""
    return Declared(f"{URN}{qualified}::{name}", type_, name, above, provider, "10.2.0", custom, inputs)


GOOGLE = resource(PROVIDER, "google", project="p")
WAREHOUSE = resource(GROUP, "warehouse")
# A table may be called like the component that holds it.
FLAGS, NAMESAKE = (resource(TABLE, name, WAREHOUSE.urn, tableId=name) for name in ("feature_flags", "warehouse"))
UNTOUCHED = resource(GROUP, "backups")
PROGRAM = [GOOGLE, WAREHOUSE, UNTOUCHED, FLAGS, NAMESAKE]


def verdict(of: Declared, judgement: Judgement = Judgement.SAME) -> Verdict:
    return Verdict(of.name, "table", judgement, urn=of.urn, id=f"tables/{of.name}")


def test_the_file_holds_provider_components_and_objects_under_names_of_their_own() -> None:
    made = document(PROGRAM, [verdict(FLAGS), verdict(NAMESAKE, Judgement.CHANGE)], with_provider=True)
    assert made["nameTable"] == {}
    entries = {entry["name"]: entry for entry in made["resources"]}
    assert len(entries) == len(made["resources"]) == 4
    assert entries["gcp.google"] == {
        "type": PROVIDER, "name": "gcp.google", "logicalName": "google", "inputs": {"project": "p"},
        "version": "10.2.0",
    }  # fmt: skip
    assert entries["Warehouse.warehouse"]["component"] is True
    assert entries["Table.warehouse"] == {
        "type": TABLE, "name": "Table.warehouse", "logicalName": "warehouse", "id": "tables/warehouse",
        "parent": "Warehouse.warehouse", "provider": "gcp.google",
    }  # fmt: skip
    assert not any("outputs" in entry for entry in entries.values())


def test_for_an_older_cli_the_provider_stands_in_the_name_table() -> None:
    made = document(PROGRAM, [verdict(FLAGS)], with_provider=False)
    assert made["nameTable"] == {"gcp.google": GOOGLE.urn}
    assert [entry["name"] for entry in made["resources"]] == ["Warehouse.warehouse", "Table.feature_flags"]


@pytest.mark.parametrize("judgement", [Judgement.MANAGED, Judgement.MIGRATE, Judgement.FOREIGN, Judgement.WRITES])
def test_only_what_is_adopted_is_in_the_file(judgement: Judgement) -> None:
    assert document(PROGRAM, [verdict(FLAGS, judgement)], with_provider=True) == {"nameTable": {}, "resources": []}


@dataclass
class FakeStack:
    """An engine that imports some of what it is told, and plans what the test says."""

    version: str = "3.260.0"
    leaves_out: tuple[str, ...] = ()
    steps: list[tuple[str, str]] = field(default_factory=list)
    code: int = 0
    calls: list[tuple[str, ...]] = field(default_factory=list)
    name: str = "prod"

    @property
    def engine(self) -> Engine:
        return Engine(("pulumi",), self.version, "test")

    def must(self, *arguments: str) -> None:
        self.calls.append(arguments)

    def run(self, verb: str, arguments: tuple[str, ...]) -> int:
        self.calls.append((verb, *arguments))
        return self.code

    def resources(self) -> list[dict[str, Any]]:
        made = [{"urn": r.urn, "id": f"tables/{r.name}"} for r in (FLAGS, NAMESAKE) if r.name not in self.leaves_out]
        return [*made, {"urn": f"{URN}x", "id": "y", "delete": True}]

    def plan(self) -> list[tuple[str, str]]:
        return self.steps


def take_over(stack: FakeStack, tmp_path: Path, *judgements: Judgement) -> dict[str, int]:
    verdicts = [verdict(r, j) for r, j in zip((FLAGS, NAMESAKE), judgements or (Judgement.SAME,) * 2, strict=True)]
    return run(cast(Stack, stack), PROGRAM, verdicts, tmp_path / "import.json")


def test_a_plan_without_loss_is_a_success(tmp_path: Path) -> None:
    stack = FakeStack(steps=[(FLAGS.urn, "update"), (f"{URN}a", "create"), (f"{URN}b", "create")])
    assert take_over(stack, tmp_path) == {"update": 1, "create": 2}
    file = str(tmp_path / "import.json")
    assert stack.calls == [("import", "--file", file, "--yes", "--protect=true", "--generate-code=false")]


@pytest.mark.parametrize("operation", ["replace", "delete", "delete-replaced", "create-replacement"])
def test_a_plan_that_loses_something_is_no_success(tmp_path: Path, operation: str) -> None:
    with pytest.raises(ImportRefused, match=f"would lose something: {operation} feature_flags"):
        take_over(FakeStack(steps=[(FLAGS.urn, operation)]), tmp_path)


@pytest.mark.parametrize("code", [0, 1])
def test_the_state_decides_whether_it_was_imported_not_the_exit_code(tmp_path: Path, code: int) -> None:
    with pytest.raises(ImportRefused, match=rf"\(exit code {code}\) did not import: warehouse"):
        take_over(FakeStack(code=code, leaves_out=("warehouse",)), tmp_path)
    assert take_over(FakeStack(code=code), tmp_path) == {}


@pytest.mark.parametrize("judgement", [Judgement.MIGRATE, Judgement.FOREIGN])
def test_nothing_is_imported_while_something_is_open(tmp_path: Path, judgement: Judgement) -> None:
    stack = FakeStack()
    with pytest.raises(ImportRefused, match=rf"these are open: warehouse \({judgement}\)"):
        take_over(stack, tmp_path, Judgement.SAME, judgement)
    assert stack.calls == []


def test_below_3_256_the_provider_goes_into_the_state_first(tmp_path: Path) -> None:
    stack = FakeStack(version="3.252.0")
    take_over(stack, tmp_path)
    assert stack.calls[0][:3] == ("up", "--target", GOOGLE.urn)
    assert stack.calls[1][0] == "import"


def test_an_older_cli_is_refused() -> None:
    with pytest.raises(ImportRefused, match=r"3\.251\.0 imports unsafely"):
        check_engine(Engine(("pulumi",), "3.251.0", "test"))
    check_engine(Engine(("pulumi",), "3.252.0", "test"))
    check_engine(Engine(("python",), "0.1.0", "test", embedded=True))


@pytest.mark.parametrize("judgement", [Judgement.MANAGED, Judgement.WRITES])
@pytest.mark.parametrize("version", ["3.255.0", "3.260.0"])
def test_with_nothing_to_adopt_the_engine_is_asked_for_the_plan_only(
    tmp_path: Path, judgement: Judgement, version: str
) -> None:
    stack = FakeStack(version=version, steps=[(FLAGS.urn, "create")])
    assert take_over(stack, tmp_path, judgement, judgement) == {"create": 1}
    assert stack.calls == []
