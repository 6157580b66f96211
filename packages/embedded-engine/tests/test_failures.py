"""What remains when a step fails: nothing is lost, and the next update goes on from there."""

from __future__ import annotations

import pytest
from toy_cloud import ToyCloud
from toy_stack import ListProgram, Recorder, Ref, ToyStack, box, item

from embedded_engine import provider as provider_client
from embedded_engine.operation import Operation
from embedded_engine.state import State


def test_a_failed_create_keeps_what_was_created_before_it(stack: ToyStack, cloud: ToyCloud) -> None:
    cloud.set("create", ["b"])
    resources = [box("a", name="a"), item("b", inside=Ref("a"), name="b"), item("c", depends_on=["b"], name="c")]

    result = stack.up(*resources)

    assert not result.outcome.succeeded
    assert "toy failure: create of b" in result.shown.errors()
    assert list(stack.recorded) == ["a"]
    assert "pending_operations" not in stack.document
    cloud.set("create", [])
    assert stack.up(*resources).counts == {"same": 2, "create": 2}


def test_a_failed_update_keeps_the_old_state(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", value="1"))
    cloud.set("update", ["a"])

    assert not stack.up(item("a", value="2")).outcome.succeeded

    assert stack.recorded["a"]["inputs"]["value"] == "1"
    cloud.set("update", [])
    assert stack.up(item("a", value="2")).counts == {"same": 1, "update": 1}


def test_a_failed_delete_keeps_the_resource_and_what_it_needs(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(box("a", name="a"), item("b", inside=Ref("a"), name="b"))
    cloud.set("delete", ["b"])

    result = stack.destroy()

    assert not result.outcome.succeeded
    assert set(stack.recorded) == {"a", "b"} == set(cloud.objects())
    cloud.set("delete", [])
    assert stack.destroy().outcome.succeeded


def test_after_a_failed_delete_no_other_one_begins(stack: ToyStack, cloud: ToyCloud) -> None:
    names = [f"i{number:02}" for number in range(40)]
    stack.up(*(item(name, name=name) for name in names))
    cloud.set("delete", names)

    result = stack.destroy()

    tried = [message for severity, message in result.shown.logs if "toy failure" in message]
    assert 1 <= len(tried) <= 8  # those that were under way at once, not the whole wave
    assert set(stack.recorded) == set(names)


def test_a_failed_replacement_leaves_the_old_one_alive(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", place="x"))
    old = stack.recorded["a"]["id"]
    cloud.set("create", ["a"])

    assert not stack.up(item("a", place="y")).outcome.succeeded

    assert stack.ids() == [old] == list(cloud.objects())
    cloud.set("create", [])
    assert stack.up(item("a", place="y")).counts == {"same": 1, "replace": 1}
    assert stack.ids() == sorted(cloud.objects())


def test_a_replacement_whose_old_one_could_not_be_deleted_is_finished_later(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", place="x"))
    cloud.set("delete", ["a"])
    assert not stack.up(item("a", place="y")).outcome.succeeded
    assert len(stack.ids()) == 2
    assert stack.ids() == sorted(cloud.objects())

    cloud.set("delete", [])
    result = stack.up(item("a", place="y"))

    assert result.shown.ops("a") == ["same", "delete-replaced"]
    assert stack.ids() == sorted(cloud.objects())
    assert len(stack.ids()) == 1


def test_a_replacement_that_failed_between_deletion_and_creation_is_finished_later(
    stack: ToyStack, cloud: ToyCloud
) -> None:
    resources = [item("b", inside=Ref("a"), name="b")]
    stack.up(box("a", place="x"), *resources)
    cloud.set("create", ["a"])
    assert not stack.up(box("a", place="y"), *resources).outcome.succeeded
    assert cloud.objects() == {}
    assert [entry["pendingReplacement"] for entry in stack.recorded.values()] == [True, True]

    cloud.set("create", [])
    result = stack.up(box("a", place="y"), *resources)

    assert result.counts == {"same": 1, "replace": 2}
    assert stack.ids() == sorted(cloud.objects()) == ["a", "b"]


def test_what_was_deleted_for_a_replacement_and_is_no_longer_declared_is_forgotten(
    stack: ToyStack, cloud: ToyCloud
) -> None:
    stack.up(box("a", place="x"))
    cloud.set("create", ["a"])
    stack.up(box("a", place="y"))

    result = stack.up()

    assert result.counts == {"same": 1}
    assert stack.recorded == {}
    assert cloud.objects() == {}


def test_a_resource_that_did_not_become_ready_is_kept_with_the_reason_and_updated_next_time(
    stack: ToyStack, cloud: ToyCloud
) -> None:
    cloud.set("init", ["a"])

    result = stack.up(item("a", value="1"))

    assert "toy: not ready" in result.shown.errors()
    assert stack.recorded["a"]["initErrors"] == ["toy: not ready"]
    assert stack.ids() == sorted(cloud.objects())
    cloud.set("init", [])
    assert stack.up(item("a", value="1")).counts == {"same": 1, "update": 1}
    assert "initErrors" not in stack.recorded["a"]


def test_an_update_that_did_not_become_ready_keeps_the_old_inputs(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", value="1"))
    cloud.set("init", ["a"])

    stack.up(item("a", value="2"))

    assert stack.recorded["a"]["inputs"]["value"] == "1"
    assert stack.recorded["a"]["outputs"]["value"] == "2"
    cloud.set("init", [])
    assert stack.up(item("a", value="2")).counts == {"same": 1, "update": 1}


def test_invalid_inputs_are_refused_in_the_preview(stack: ToyStack, cloud: ToyCloud) -> None:
    result = stack.preview(item("a", value="INVALID"))

    assert not result.outcome.succeeded
    assert "property value value is invalid: must not be INVALID" in result.shown.errors()


def test_a_program_that_ends_early_deletes_nothing(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a"), item("b"))
    objects = cloud.objects()

    result = stack.up(completes=False)

    assert not result.outcome.succeeded
    assert "the program ended with success before its end" in result.shown.errors()
    assert cloud.objects() == objects
    assert set(stack.recorded) == {"a", "b"}


def test_a_failed_update_keeps_the_outputs_that_were_not_computed_anew(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", name="a"), item("b", value="1", name="b"), exports={"a": Ref("a"), "b": Ref("b")})
    cloud.set("delete", ["b"])

    stack.up(item("a", name="a"), exports={"a": Ref("a", "address")})

    outputs = stack.document["resources"][0]["outputs"]
    assert outputs == {"a": "toy://a", "b": "b"}


def test_an_unreachable_provider_is_an_error_and_nothing_is_done(
    stack: ToyStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_client, "_CONNECT_SECONDS", 0.2)
    stack.environment["PULUMI_DEBUG_PROVIDERS"] = "toy:1"

    result = stack.up(item("a"))

    assert "could not connect to the toy provider" in result.shown.errors()
    assert stack.recorded == {}


def test_stopping_a_run_lets_steps_end_and_begins_no_other(stack: ToyStack, cloud: ToyCloud) -> None:
    class Stopper(Recorder):
        operation: Operation

        def started(self, op: str, state: State) -> None:
            if state.name == "a":
                self.operation._run.cancel()

    shown = Stopper()
    program = ListProgram([item("a", name="a"), item("b", depends_on=["a"], name="b")])
    shown.operation = Operation(stack.session(), "update", False, shown, 4, program)
    outcome = shown.operation.perform()

    assert not outcome.succeeded
    assert "update canceled" in shown.errors()
    assert set(stack.recorded) == {"a"} == set(cloud.objects())
    assert "pending_operations" not in stack.document
