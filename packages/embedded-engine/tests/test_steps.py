"""What an update does to resources, seen in the cloud and in the state."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from reading import ReadingProgram
from toy_cloud import ToyCloud, ToyProvider
from toy_stack import Ref, ToyStack, alias, box, group, hidden, item

from embedded_engine.values import UNKNOWN


def test_what_is_declared_is_created_and_recorded_in_order_of_dependency(stack: ToyStack, cloud: ToyCloud) -> None:
    result = stack.up(
        box("a", name="a"), item("b", inside=Ref("a"), name="b"), item("c", depends_on=["b"], name="c"), group("g")
    )

    assert result.outcome.succeeded
    assert result.counts == {"create": 5}
    assert set(cloud.objects()) == {"a", "b", "c"}
    names = list(stack.recorded)
    assert names.index("a") < names.index("b") < names.index("c")
    assert stack.recorded["b"]["propertyDependencies"]["inside"] == [stack.recorded["a"]["urn"]]


def test_nothing_is_done_when_nothing_changed(stack: ToyStack, cloud: ToyCloud) -> None:
    resources = [box("a"), item("b", inside=Ref("a"), value="1")]
    stack.up(*resources, exports={"where": Ref("b", "address")})
    before, events = stack.document["resources"], cloud.events()

    result = stack.up(*resources, exports={"where": Ref("b", "address")})

    assert result.counts == {"same": 3}
    assert result.outcome.changes == 0
    assert stack.document["resources"] == before
    assert cloud.events() == events


def test_a_preview_changes_neither_the_cloud_nor_the_state(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", value="1", name="a"), item("old", name="old"))
    document, objects = stack.session().files.checkpoint.read_bytes(), cloud.objects()

    result = stack.preview(item("a", value="2", name="a"), box("new"), item("in", inside=Ref("new")))

    assert result.counts == {"same": 1, "update": 1, "create": 2, "delete": 1}
    assert stack.session().files.checkpoint.read_bytes() == document
    assert cloud.objects() == objects


def test_ids_of_what_is_not_created_yet_are_unknown_in_a_preview(stack: ToyStack) -> None:
    result = stack.preview(box("a"), item("b", inside=Ref("a")), exports={"id": Ref("a")})

    assert result.outcome.outputs == {"id": UNKNOWN}


def test_a_changed_property_updates_in_place(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", value="1", name="a"))
    created = stack.recorded["a"]["created"]

    result = stack.up(item("a", value="2", name="a"))

    assert result.counts == {"same": 1, "update": 1}
    assert cloud.objects()["a"]["value"] == "2"
    assert stack.recorded["a"]["outputs"]["serial"] == 2
    assert stack.recorded["a"]["created"] == created < stack.recorded["a"]["modified"]


def test_what_is_no_longer_declared_is_deleted_dependents_first(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(box("a", name="a"), item("b", inside=Ref("a"), name="b"), item("c", depends_on=["b"], name="c"))

    result = stack.up()

    assert result.counts == {"same": 1, "delete": 3}
    assert cloud.objects() == {}
    assert [id_ for event, id_ in cloud.events() if event == "delete"] == ["c", "b", "a"]
    assert stack.recorded == {}


def test_destroy_deletes_everything(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(box("a"), item("b", inside=Ref("a")), group("g"), item("c", parent="g"))

    result = stack.destroy()

    assert result.outcome.succeeded
    assert result.counts == {"delete": 5}
    assert cloud.objects() == {}
    assert "resources" not in stack.document


def test_a_replacement_is_created_before_the_old_one_goes(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", place="x"), item("user", value=Ref("a", "address"), name="user"))
    old = stack.recorded["a"]["id"]

    result = stack.up(item("a", place="y"), item("user", value=Ref("a", "address"), name="user"))

    assert result.counts == {"same": 1, "replace": 1, "update": 1}
    assert result.shown.ops("a") == ["create-replacement", "replace", "delete-replaced"]
    new = stack.recorded["a"]["id"]
    assert new != old
    assert [id_ for _, id_ in cloud.events()][-3:] == [new, "user", old]
    assert cloud.objects()["user"]["value"] == f"toy://{new}"


def test_deleting_first_takes_dependents_along_and_makes_them_again(stack: ToyStack, cloud: ToyCloud) -> None:
    resources = [item("b", inside=Ref("a"), name="b"), item("c", value=Ref("b", "address"), name="c")]
    stack.up(box("a", place="x"), *resources)

    result = stack.up(box("a", place="y"), *resources)

    assert result.counts == {"same": 2, "replace": 2}
    assert result.shown.ops("a") == ["delete-replaced", "replace", "create-replacement"]
    assert cloud.events()[-4:] == [("delete", "b"), ("delete", "a"), ("create", "a"), ("create", "b")]
    assert stack.ids() == sorted(cloud.objects())


def test_the_program_may_ask_to_delete_first(stack: ToyStack, cloud: ToyCloud) -> None:
    options = {"deleteBeforeReplace": True, "deleteBeforeReplaceDefined": True}
    stack.up(item("a", place="x", name="a", options=options))

    result = stack.up(item("a", place="y", name="a", options=options))

    assert result.counts == {"same": 1, "replace": 1}
    assert cloud.events() == [("create", "a"), ("delete", "a"), ("create", "a")]


def test_the_program_may_ask_not_to_delete_first(stack: ToyStack) -> None:
    options = {"deleteBeforeReplace": False, "deleteBeforeReplaceDefined": True}
    stack.up(box("a", place="x", options=options))

    result = stack.up(box("a", place="y", options=options))

    assert not result.outcome.succeeded
    assert "409: a already exists" in result.shown.errors()


def test_a_protected_resource_is_not_replaced(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", place="x", options={"protect": True}))
    objects = cloud.objects()

    shown = stack.preview(item("a", place="y", options={"protect": True}))
    result = stack.up(item("a", place="y", options={"protect": True}))

    assert shown.counts.get("replace") == 1
    assert not shown.outcome.succeeded
    assert not result.outcome.succeeded
    assert "currently marked for protection" in result.shown.errors()
    assert cloud.objects() == objects


def test_a_protected_resource_stays_with_all_that_it_needs_while_the_rest_is_deleted(
    stack: ToyStack, cloud: ToyCloud
) -> None:
    stack.up(box("a", name="a"), item("b", inside=Ref("a"), name="b", options={"protect": True}), item("c", name="c"))

    result = stack.destroy()

    assert not result.outcome.succeeded
    assert "because it is protected" in result.shown.errors()
    assert set(cloud.objects()) == {"a", "b"}
    assert set(stack.recorded) == {"a", "b"}


def test_a_protected_dependent_keeps_what_it_depends_on_from_being_replaced(stack: ToyStack, cloud: ToyCloud) -> None:
    dependent = item("b", inside=Ref("a"), name="b", options={"protect": True})
    stack.up(box("a", place="x"), dependent)
    events = cloud.events()

    result = stack.up(box("a", place="y"), dependent)

    assert "as part of replacing" in result.shown.errors()
    assert cloud.events() == events


def test_unprotecting_and_deleting_takes_two_updates(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", options={"protect": True}))
    assert not stack.up().outcome.succeeded
    assert stack.up(item("a", options={"protect": False})).outcome.succeeded

    assert stack.up().counts == {"same": 1, "delete": 1}
    assert cloud.objects() == {}


def test_children_inherit_protection_and_retention(stack: ToyStack) -> None:
    stack.up(group("g", options={"protect": True, "retainOnDelete": True}), item("a", parent="g"))

    assert stack.recorded["a"]["protect"] is True
    assert stack.recorded["a"]["retainOnDelete"] is True


def test_a_retained_resource_leaves_the_state_but_not_the_cloud(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", name="a", options={"retainOnDelete": True}))

    assert stack.destroy().counts == {"delete": 2}
    assert set(cloud.objects()) == {"a"}


def test_ignored_changes_are_not_made(stack: ToyStack, cloud: ToyCloud) -> None:
    options = {"ignoreChanges": ["value", 'labels["x.y"]', "tags[1]"]}
    stack.up(item("a", name="a", value="1", labels={"x.y": "1", "z": "1"}, tags=["p", "q"], options=options))

    result = stack.up(item("a", name="a", value="2", labels={"x.y": "2", "z": "2"}, tags=["P", "Q"], options=options))

    assert result.counts == {"same": 1, "update": 1}
    after = cloud.objects()["a"]
    assert (after["value"], after["labels"], after["tags"]) == ("1", {"x.y": "1", "z": "2"}, ["P", "q"])


def test_an_alias_renames_without_touching_the_cloud(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(group("g"), item("a", parent="g"), item("user", value=Ref("a", "address")))
    events = cloud.events()

    result = stack.up(
        group("h", options={"aliases": [alias(name="g")]}),
        item("b", parent="h", options={"aliases": [alias(name="a")]}),
        item("user", value=Ref("b", "address")),
    )

    assert result.counts == {"same": 4}
    assert cloud.events() == events
    assert stack.recorded["b"]["parent"] == stack.recorded["h"]["urn"]
    assert stack.recorded["user"]["dependencies"] == [stack.recorded["b"]["urn"]]


def test_an_update_that_fails_amid_renames_leaves_no_dangling_reference(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(group("g"), item("a", parent="g", value="1"), item("z", parent="g", value="1", depends_on=["a"]))
    cloud.set("update", ["a"])
    resources = [
        group("h", options={"aliases": [alias(name="g")]}),
        item("a", parent="h", value="2"),
        item("z", parent="h", value="1", depends_on=["a"]),
    ]

    assert not stack.up(*resources).outcome.succeeded
    known = {entry["urn"] for entry in stack.document["resources"]}
    for entry in stack.recorded.values():
        assert {entry["parent"], *entry.get("dependencies", [])} <= known

    cloud.set("update", [])
    assert stack.up(*resources).counts == {"same": 3, "update": 1}


def test_a_child_of_a_component_with_a_new_type_keeps_its_object(stack: ToyStack, cloud: ToyCloud) -> None:
    stack.up(item("a", name="a"))

    result = stack.up(group("g"), item("a", name="a", parent="g", options={"aliases": [alias(noParent=True)]}))

    assert result.counts == {"same": 2, "create": 1}
    assert [event for event, _ in cloud.events()] == ["create"]


def test_two_resources_of_one_name_are_an_error(stack: ToyStack) -> None:
    twin = dataclasses.replace(item("a"), properties={"value": "2"})
    result = stack.up(item("a"), twin)

    assert "Duplicate resource URN" in result.shown.errors()


def test_independent_resources_are_created_in_parallel(stack: ToyStack, cloud: ToyCloud, provider: ToyProvider) -> None:
    cloud.set("delay", 0.2)

    assert stack.up(*(item(f"i{number}") for number in range(8))).outcome.succeeded

    assert provider.most_active >= 4


def test_timeouts_reach_the_provider(stack: ToyStack, provider: ToyProvider) -> None:
    timeouts = {"customTimeouts": {"create": "1m30s", "update": "2h", "delete": "45s"}}
    stack.up(item("a", value="1", options=timeouts))
    assert provider.requests["Create"].timeout == 90
    stack.up(item("a", value="2", options=timeouts))
    assert provider.requests["Update"].timeout == 7200
    stack.destroy()
    assert provider.requests["Delete"].timeout == 45


def test_only_custom_resources_get_a_new_modification_time(stack: ToyStack) -> None:
    stack.up(group("g"), item("a"))
    before = stack.recorded["g"]

    stack.up(group("g", options={"protect": True}), item("a"))

    assert stack.recorded["g"]["protect"] is True
    assert stack.recorded["g"]["modified"] == before["modified"]


def test_a_changed_explicit_provider_replaces_what_it_manages_only_if_it_says_so(
    stack: ToyStack, cloud: ToyCloud
) -> None:
    def resources(**config: str) -> list[Any]:
        provider = item("p")
        object.__setattr__(provider, "type", "pulumi:providers:toy")
        object.__setattr__(provider, "properties", config)
        return [provider, item("a", options={"provider": Ref("p")})]

    stack.up(*resources(region="x", speed="1"))
    first = stack.recorded["a"]["id"]

    assert stack.up(*resources(region="x", speed="2")).counts == {"same": 2, "update": 1}
    assert stack.recorded["a"]["id"] == first
    assert stack.up(*resources(region="y", speed="2")).counts == {"same": 1, "replace": 2}
    assert stack.recorded["a"]["id"] != first
    assert stack.ids() == sorted(cloud.objects())


def test_an_existing_resource_is_read_and_never_deleted(stack: ToyStack, cloud: ToyCloud) -> None:
    cloud.create("urn:somewhere::else::toy:index:Item::x", {"name": "x", "value": "1"})

    result = stack._perform("update", False, ReadingProgram("x", "existing"))
    assert result.outcome.succeeded
    assert stack.recorded["existing"]["external"] is True
    assert stack.recorded["existing"]["outputs"]["value"] == "1"

    assert stack.up().counts == {"same": 1, "discard": 1}
    assert set(cloud.objects()) == {"x"}


def test_a_read_of_what_does_not_exist_fails(stack: ToyStack) -> None:
    result = stack._perform("update", False, ReadingProgram("nowhere", "existing"))

    assert "resource 'nowhere' does not exist" in result.shown.errors()
    assert "pending_operations" not in stack.document


@pytest.mark.parametrize("accepts", [True, False])
def test_a_secret_input_stays_secret_wherever_it_comes_back(
    stack: ToyStack, provider: ToyProvider, accepts: bool
) -> None:
    provider.accepts_secrets = accepts
    stack.up(item("a", token=hidden("s3cr3t-token"), nested={"inner": hidden("s3cr3t-inner"), "open": "seen"}))

    text = stack.session().files.checkpoint.read_text()
    assert "s3cr3t" not in text
    assert "seen" in text
