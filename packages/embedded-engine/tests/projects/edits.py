"""A series of random edits of a toy program, the same for the same seed.

It knows nothing of what an engine makes of them: an edit may also be one that has to fail.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

BOX, ITEM, GROUP = "toy:index:Box", "toy:index:Item", "toy:index:Group"

Entry = dict[str, Any]


@dataclass
class Edit:
    """A program, what goes wrong in the cloud while it is deployed, and what changed there behind its back."""

    what: str
    resources: list[Entry]
    faults: dict[str, list[str]] = field(default_factory=dict)
    drift: str = ""
    operation: str = "up"


class Series:
    """Makes edits one after the other."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._resources: list[Entry] = []
        self._count = 0

    def edits(self, number: int) -> list[Edit]:
        """The first edit makes a program of some size; each of the others changes it in one to three ways."""
        for _ in range(10):
            self._add()
        made = [Edit("begin", copy.deepcopy(self._resources))]
        while len(made) < number:
            made.append(self._edit())
        return made

    def _edit(self) -> Edit:
        for entry in self._resources:
            entry.get("options", {}).pop("aliases", None)  # the edit before has used them
        changes: list[Callable[[], str]] = [
            *[self._add, self._remove, self._change, self._change, self._place, self._rename, self._move],
            *[self._option, self._inside, self._secret],
        ]
        what = [self._random.choice(changes)() for _ in range(self._random.randint(1, 3))]
        edit = Edit(", ".join(what), copy.deepcopy(self._resources))
        chance = self._random.random()
        if chance < 0.2:
            kind, name = self._random.choice(["create", "update", "delete", "init"]), self._pick(custom=True)["name"]
            edit.faults, edit.what = {kind: [name]}, f"{edit.what}; {kind} of {name} fails"
        elif chance < 0.3:
            edit.operation, edit.drift = "refresh", self._pick(custom=True)["name"]
            edit.what = f"{edit.what}; drift of {edit.drift}"
        return edit

    def _pick(self, custom: bool = False, type_: str = "") -> Entry:
        fitting = [entry for entry in self._resources if not custom or entry["type"] != GROUP]
        return self._random.choice([entry for entry in fitting if not type_ or entry["type"] == type_] or fitting)

    def _add(self) -> str:
        self._count += 1
        type_ = self._random.choice([BOX, ITEM, ITEM, ITEM, GROUP])
        entry: Entry = {"type": type_, "name": f"r{self._count}", "properties": {}, "options": {}}
        groups = [other["name"] for other in self._resources if other["type"] == GROUP]
        if groups and self._random.random() < 0.4:
            entry["parent"] = self._random.choice(groups)
        if type_ != GROUP:
            entry["properties"] = {"value": str(self._count), "place": self._random.choice("xy")}
            others = [other["name"] for other in self._resources if other["type"] != GROUP]
            if others and self._random.random() < 0.3:
                entry["depends_on"] = [self._random.choice(others)]
            boxes = [other["name"] for other in self._resources if other["type"] == BOX]
            if type_ == ITEM and boxes and self._random.random() < 0.6:
                entry["properties"]["inside"] = {"ref": self._random.choice(boxes), "key": "id"}
            if others and self._random.random() < 0.3:
                entry["properties"]["note"] = {"ref": self._random.choice(others), "key": "address"}
        self._resources.append(entry)
        return f"add {entry['name']}"

    def _remove(self) -> str:
        """Removes a resource and every mention of it."""
        gone = self._pick()["name"]
        self._resources = [entry for entry in self._resources if entry["name"] != gone]
        for entry in self._resources:
            if entry.get("parent") == gone:
                del entry["parent"]
            entry["depends_on"] = [name for name in entry.get("depends_on", []) if name != gone]
            for key, value in list(entry["properties"].items()):
                if isinstance(value, dict) and value.get("ref") == gone:
                    del entry["properties"][key]
        if not any(entry["type"] != GROUP for entry in self._resources):
            self._add()
            self._resources[-1]["type"] = ITEM
        return f"remove {gone}"

    def _change(self) -> str:
        entry = self._pick(custom=True)
        entry["properties"]["value"] = str(self._random.randint(100, 999))
        return f"change {entry['name']}"

    def _place(self) -> str:
        entry = self._pick(custom=True)
        entry["properties"]["place"] = "y" if entry["properties"].get("place") == "x" else "x"
        return f"place {entry['name']}"

    def _inside(self) -> str:
        entry = self._pick(type_=ITEM)
        earlier = self._resources[: self._resources.index(entry)]
        boxes = [other["name"] for other in earlier if other["type"] == BOX]
        if entry["type"] == ITEM and boxes:
            entry["properties"]["inside"] = {"ref": self._random.choice(boxes), "key": "id"}
        return f"put {entry['name']} inside"

    def _secret(self) -> str:
        entry = self._pick(custom=True)
        entry["properties"]["token"] = {"secret": f"hidden-{self._random.randint(0, 9)}"}
        return f"secret of {entry['name']}"

    def _rename(self) -> str:
        entry = self._pick()
        self._count += 1
        old, new = entry["name"], f"r{self._count}"
        entry["name"] = new
        entry["options"]["aliases"] = [{"name": old}]
        for other in self._resources:
            if other.get("parent") == old:
                other["parent"] = new
            other["depends_on"] = [new if name == old else name for name in other.get("depends_on", [])]
            for value in other["properties"].values():
                if isinstance(value, dict) and value.get("ref") == old:
                    value["ref"] = new
        return f"rename {old} to {new}"

    def _move(self) -> str:
        entry = self._pick(custom=True)
        if entry["options"].get("aliases"):
            return "nothing"
        before = entry.pop("parent", "")
        earlier = self._resources[: self._resources.index(entry)]
        groups = [other["name"] for other in earlier if other["type"] == GROUP and not other["options"].get("aliases")]
        if not before and groups:
            entry["parent"] = self._random.choice(groups)
        known = not before or any(other["name"] == before for other in earlier)
        if known and not any(other["name"] == before and other["options"].get("aliases") for other in earlier):
            entry["options"]["aliases"] = [{"parent": before}]
        return f"move {entry['name']}"

    def _option(self) -> str:
        entry = self._pick(custom=True)
        options: list[tuple[str, list[Any]]] = [
            ("protect", [True, False, False]),
            ("retain_on_delete", [True, False]),
            ("delete_before_replace", [True, False]),
            ("ignore_changes", [["value"], []]),
        ]
        name, values = self._random.choice(options)
        entry["options"][name] = self._random.choice(values)
        return f"{name} of {entry['name']}"
