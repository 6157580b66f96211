"""What a refresh finds and records."""

from __future__ import annotations

from toy_cloud import ToyCloud
from toy_stack import Ref, ToyStack, box, group, hidden, item


def test_a_refresh_without_drift_finds_nothing(stack: ToyStack) -> None:
    stack.up(box("a"), item("b", inside=Ref("a"), token=hidden("s3cr3t")), group("g"))

    result = stack.refresh()

    assert result.counts == {"same": 4}
    assert result.outcome.changes == 0


def test_drift_is_recorded_and_the_next_update_undoes_it(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", value="1", name="a"))
    cloud.edit("a", value="changed", extra="new")

    result = stack.refresh()

    assert result.counts == {"same": 1, "update": 1}
    step = next(step for step in result.shown.steps if step.op == "update")
    assert step.diff is not None
    assert step.diff.detailed == {"value": ("update", True), "extra": ("add", True)}
    assert stack.recorded["a"]["inputs"]["value"] == "changed"
    assert stack.up(item("a", value="1", name="a")).counts == {"same": 1, "update": 1}


def test_what_is_gone_leaves_the_state_with_all_references_to_it(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", name="a"), item("b", name="b", value=Ref("a")), item("c", name="c", parent="a"))
    stack_urn = stack.document["resources"][0]["urn"]
    cloud.remove("a")

    result = stack.refresh()

    assert result.counts == {"same": 3, "delete": 1}
    assert set(stack.recorded) == {"b", "c"}
    assert "dependencies" not in stack.recorded["b"]
    assert stack.recorded["c"]["parent"] == stack_urn
    assert stack.up(item("a", name="a"), item("b", name="b", value=Ref("a")), item("c", name="c", parent="a"))
    assert set(cloud.objects()) == {"a", "b", "c"}


def test_a_preview_of_a_refresh_records_nothing(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", value="1", name="a"))
    cloud.edit("a", value="changed")
    before = stack.document

    assert stack.refresh(preview=True).counts == {"same": 1, "update": 1}
    assert stack.document == before


def test_what_cannot_be_read_keeps_its_state_and_fails_the_refresh(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", value="1", name="a"), item("b", value="1", name="b"))
    cloud.set("read", ["a"])

    result = stack.refresh()

    assert not result.outcome.succeeded
    assert set(stack.recorded) == {"a", "b"}
    assert "toy failure: read of a" in result.shown.errors()


def test_a_refresh_keeps_secrets_secret(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", name="a", token=hidden("s3cr3t"), value="1"))
    cloud.edit("a", value="2")

    stack.refresh()

    assert "s3cr3t" not in stack.session().files.checkpoint.read_text()


def test_a_refresh_of_targets_reads_no_other_resource(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", value="1", name="a"), item("b", value="1", name="b", inside=Ref("a")))
    for name in "ab":
        cloud.edit(name, value="changed")
    before = {key: stack.recorded["b"][key] for key in ("inputs", "outputs")}

    result = stack.refresh(targets=[stack.recorded["a"]["urn"]])

    assert result.counts == {"update": 1}
    assert stack.recorded["a"]["inputs"]["value"] == "changed"
    assert {key: stack.recorded["b"][key] for key in ("inputs", "outputs")} == before


def test_a_target_that_is_not_recorded_is_refused_and_nothing_is_read(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", value="1", name="a"))
    cloud.edit("a", value="changed")
    before = stack.document

    result = stack.refresh(targets=[stack.recorded["a"]["urn"], "urn:pulumi:dev::toy::toy:index:Item::z"])

    assert not result.outcome.succeeded
    assert "no resource named 'urn:pulumi:dev::toy::toy:index:Item::z' found" in result.shown.errors()
    assert stack.document["resources"] == before["resources"]
