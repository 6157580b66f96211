"""Taking up what a killed run had begun. The state files here are what such a run leaves behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from toy_cloud import ITEM, ToyCloud
from toy_stack import Ref, ToyStack, box, item

from embedded_engine.backend import StackFiles


def interrupt_creation(stack: ToyStack, name: str, /, **inputs: Any) -> None:
    """Makes the state look as if the creation of an item had been begun when the engine was killed."""
    files = stack.session().files
    content = json.loads(files.checkpoint.read_bytes())
    latest = content["checkpoint"]["latest"]
    provider = next(entry for entry in latest["resources"] if entry["type"] == "pulumi:providers:toy")
    parent = latest["resources"][0]["urn"]
    resource = {
        "urn": f"urn:pulumi:dev::toy::{ITEM}::{name}",
        "custom": True,
        "type": ITEM,
        "inputs": {"__defaults": ["name"], **inputs},
        "parent": parent,
        "provider": f"{provider['urn']}::{provider['id']}",
    }
    alive: dict[str, Any] = next((entry for entry in latest["resources"] if entry["urn"] == resource["urn"]), {})
    resource |= {key: alive[key] for key in ("created", "modified") if key in alive}  # it replaces that one
    latest.setdefault("pending_operations", []).append({"resource": resource, "type": "creating"})
    files.checkpoint.write_text(json.dumps(content))


def test_an_interrupted_creation_is_repeated_and_the_journalled_object_taken_up(
    stack: ToyStack, cloud: ToyCloud
) -> None:
    stack.up(item("first", name="first"))
    interrupt_creation(stack, "a", name="a-123456", value="1")
    cloud.create(f"urn:pulumi:dev::toy::{ITEM}::a", {"name": "a-123456", "value": "1"})

    result = stack.up(item("first", name="first"), item("a", value="1"))

    assert result.counts == {"same": 2, "create": 1}
    assert stack.ids() == ["a-123456", "first"] == sorted(cloud.objects())
    assert "pending_operations" not in stack.document


def test_an_interrupted_creation_that_never_reached_the_cloud_is_made_now(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("first", name="first"))
    interrupt_creation(stack, "a", name="a-123456", value="1")

    stack.up(item("first", name="first"), item("a", value="2"))

    assert cloud.objects()["a-123456"]["value"] == "2"
    assert stack.ids() == sorted(cloud.objects())


def test_an_interrupted_creation_that_is_no_longer_declared_leaves_nothing_behind(
    stack: ToyStack, cloud: ToyCloud
) -> None:
    stack.up(item("first", name="first"))
    interrupt_creation(stack, "a", name="a-123456")
    cloud.create(f"urn:pulumi:dev::toy::{ITEM}::a", {"name": "a-123456"})

    stack.up(item("first", name="first"))

    assert set(cloud.objects()) == {"first"}
    assert "pending_operations" not in stack.document


def test_destroy_takes_an_interrupted_creation_along(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("first", name="first"))
    interrupt_creation(stack, "a", name="a-123456")
    cloud.create(f"urn:pulumi:dev::toy::{ITEM}::a", {"name": "a-123456"})

    assert stack.destroy().outcome.succeeded

    assert cloud.objects() == {}
    assert "resources" not in stack.document


def test_an_interrupted_replacement_is_finished(stack: ToyStack, cloud: ToyCloud) -> None:
    user = item("user", value=Ref("a", "address"), name="user")
    stack.up(item("a", place="x"), user)
    interrupt_creation(stack, "a", name="a-123456", place="y")
    cloud.create(f"urn:pulumi:dev::toy::{ITEM}::a", {"name": "a-123456", "place": "y"})

    assert stack.up(item("a", place="y"), user).outcome.succeeded

    assert stack.ids() == ["a-123456", "user"] == sorted(cloud.objects())


def test_a_creation_that_was_done_since_by_other_means_is_not_repeated(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("first", name="first"))
    interrupt_creation(stack, "a", name="a-123456")
    operations = stack.document["pending_operations"]
    cloud.set("create", ["a"])
    stack.up(item("first", name="first"))  # the repetition fails
    cloud.set("create", [])
    stack.up(item("first", name="first"), item("a", name="other"))
    files = stack.session().files
    content = json.loads(files.checkpoint.read_bytes())
    content["checkpoint"]["latest"]["pending_operations"] = operations  # the CLI would have kept it
    files.checkpoint.write_text(json.dumps(content))
    events = cloud.events()

    assert stack.up(item("first", name="first"), item("a", name="other")).counts == {"same": 3}

    assert cloud.events() == events
    assert "pending_operations" not in stack.document


def test_an_interrupted_creation_of_what_is_recorded_deletes_nothing(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", name="a"))
    interrupt_creation(stack, "a", name="a")

    assert stack.up(item("a", name="a")).outcome.succeeded

    assert set(cloud.objects()) == {"a"} == set(stack.recorded)
    assert [event for event, _ in cloud.events()] == ["create"]


def test_where_repeating_fails_the_operation_stays_recorded_and_the_program_decides(
    stack: ToyStack, cloud: ToyCloud
) -> None:
    stack.up(item("first", name="first"))
    interrupt_creation(stack, "a", name="a", inside="nowhere")

    result = stack.up(item("first", name="first"))
    assert result.outcome.succeeded
    assert any("repeating the interrupted creation failed" in message for _, message in result.shown.logs)
    assert len(stack.document["pending_operations"]) == 1

    assert stack.up(item("first", name="first"), item("a", name="a")).counts == {"same": 2, "create": 1}
    assert "pending_operations" not in stack.document


def test_a_preview_tells_of_an_interrupted_creation_and_leaves_it(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("first", name="first"))
    interrupt_creation(stack, "a", name="a")

    result = stack.preview(item("first", name="first"), item("a"))

    assert result.counts == {"same": 2, "create": 1}
    assert any("interrupted" in message for _, message in result.shown.logs)
    assert set(cloud.objects()) == {"first"}


def test_a_step_is_recorded_before_it_is_done_and_its_result_after(
    stack: ToyStack, cloud: ToyCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[str], bool]] = []
    save = StackFiles.save

    def spy(self: StackFiles, document: bytes) -> None:
        pending = json.loads(document)["checkpoint"]["latest"].get("pending_operations", [])
        named = [f"{entry['type']} {entry['resource']['urn'].rpartition('::')[2]}" for entry in pending]
        seen.append((named, "a" in cloud.objects()))
        save(self, document)

    monkeypatch.setattr(StackFiles, "save", spy)
    stack.up(item("a", name="a"))
    stack.up(item("a", name="a", value="2"))
    stack.destroy()

    assert (["creating a"], False) in seen
    assert (["updating a"], True) in seen
    assert (["deleting a"], True) in seen
    assert seen[-1] == ([], False)


def test_a_box_is_replaced_in_the_right_order_after_an_interruption(stack: ToyStack, cloud: ToyCloud) -> None:
    inside = item("b", inside=Ref("a"), name="b")
    stack.up(box("a", place="x"), inside)
    cloud.set("create", ["b"])
    stack.up(box("a", place="y"), inside)
    cloud.set("create", [])
    assert stack.up(box("a", place="y"), inside).outcome.succeeded

    assert stack.ids() == ["a", "b"] == sorted(cloud.objects())


def interrupt(stack: ToyStack, kind: str, name: str) -> None:
    """Makes the state look as if a step on an existing resource had been begun when the engine was killed."""
    files = stack.session().files
    content = json.loads(files.checkpoint.read_bytes())
    latest = content["checkpoint"]["latest"]
    resource = next(entry for entry in latest["resources"] if entry["urn"].endswith(f"::{name}"))
    latest["pending_operations"] = [{"resource": resource, "type": kind}]
    files.checkpoint.write_text(json.dumps(content))


def test_what_was_deleted_when_the_engine_was_killed_is_made_again(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", name="a"))
    cloud.remove("a")
    interrupt(stack, "deleting", "a")

    assert stack.up(item("a", name="a")).outcome.succeeded

    assert stack.ids() == ["a"] == list(cloud.objects())
    assert "pending_operations" not in stack.document


def test_what_was_deleted_when_the_engine_was_killed_and_is_not_declared_is_forgotten(
    stack: ToyStack, cloud: ToyCloud
) -> None:
    stack.up(item("a", name="a"))
    cloud.remove("a")
    interrupt(stack, "deleting", "a")

    assert stack.up().counts == {"same": 1}
    assert stack.recorded == {}


def test_what_was_not_deleted_yet_when_the_engine_was_killed_lives_on(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", name="a"))
    interrupt(stack, "deleting", "a")

    assert stack.up(item("a", name="a")).counts == {"same": 2}
    assert [event for event, _ in cloud.events()] == ["create"]


def test_an_interrupted_update_that_reached_the_cloud_is_seen_when_the_program_goes_back(
    stack: ToyStack, cloud: ToyCloud
) -> None:
    stack.up(item("a", name="a", value="1"))
    cloud.edit("a", value="2")
    interrupt(stack, "updating", "a")

    assert stack.up(item("a", name="a", value="1")).counts == {"same": 1, "update": 1}
    assert cloud.objects()["a"]["value"] == "1"
