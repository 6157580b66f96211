"""A preview's JSON as steps: what would happen to which object, in words of the platform.

The JSON is the engine's (`pulumi preview --json`, the embedded engine's alike): steps with operation, old and new
state, and diagnostics when the program refused. Values of inputs are looked at here and by `dangers`, never copied
whole: they may hold what nobody should read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.views_only import holds_views_only

Inputs = Mapping[str, Any]
TABLE, ROUTINE = "gcp:bigquery/table:Table", "gcp:bigquery/routine:Routine"
KINDS = {
    "gcp:bigquery/dataset:Dataset": "dataset",
    "gcp:bigquery/dataTransferConfig:DataTransferConfig": "schedule",
    "gcp:storage/bucket:Bucket": "bucket",
    "gcp:monitoring/alertPolicy:AlertPolicy": "alert policy",
    "gcp:monitoring/notificationChannel:NotificationChannel": "channel",
    "gcp:serviceaccount/account:Account": "account",
    "gcp:projects/service:Service": "API",
    "gcp:projects/iAMCustomRole:IAMCustomRole": "role",
    "gcp:pubsub/topic:Topic": "topic",
}
ROUTINES = {"SCALAR_FUNCTION": "function", "TABLE_VALUED_FUNCTION": "table function", "PROCEDURE": "procedure"}
# What the program puts before the names of some, since resources of one type may not share one.
PREFIXES = {"schedule": "schedules-", "alert policy": "monitoring-", "channel": "monitoring-"}
# A replacement is one change, whatever steps the engine makes of it.
REPLACING = ("replace", "create-replacement", "delete-replaced", "import-replacement")
UNCHANGED = ("same", "read", "refresh", "discard")


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One change. `op` is create, update, replace, delete or import; `changed` names inputs that differ."""

    op: str
    name: str
    kind: str
    type: str
    before: Inputs
    after: Inputs
    changed: tuple[str, ...] = ()
    protect: bool = False

    @property
    def holds_data(self) -> bool:
        """Whether rows or files are in it."""
        inputs = self.before or self.after
        return self.kind in ("table", "dataset", "bucket") and not holds_views_only(inputs.get("labels"))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a preview found: its steps, how many objects stay the same, and why it refused, '' when it did not."""

    steps: tuple[PlannedStep, ...]
    unchanged: int
    refusals: tuple[str, ...] = ()

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Plan:
        """From the JSON of a preview."""
        raw = document.get("steps") or []
        found: dict[str, PlannedStep] = {}
        for entry in raw:
            step = _step(entry)
            if step is not None:
                found[entry["urn"]] = step
        said = [
            str(entry.get("message", "")).removeprefix("error: ").strip()
            for entry in document.get("diagnostics") or ()
            if entry.get("severity") == "error"
        ]
        refusals = tuple(text for text in said if text and "program exited with non-zero exit code" not in text)
        return cls(tuple(found.values()), int((document.get("changeSummary") or {}).get("same", 0)), refusals)

    def of(self, *kinds: str) -> Sequence[PlannedStep]:
        """The steps of these kinds."""
        return [step for step in self.steps if step.kind in kinds]


def _step(entry: Mapping[str, Any]) -> PlannedStep | None:
    if entry["op"] in UNCHANGED or not _is_resource(entry):
        return None
    old, new = entry.get("oldState") or {}, entry.get("newState") or {}
    before, after = old.get("inputs") or {}, new.get("inputs") or {}
    op = "replace" if entry["op"] in REPLACING else str(entry["op"])
    type_ = str(new.get("type") or old.get("type"))
    changed = tuple(sorted(entry.get("diffReasons") or ())) or _differing(before, after)
    found = kind(type_, after or before)
    name = str(entry["urn"]).rsplit("::", 1)[-1].removeprefix(PREFIXES.get(found, ""))
    return PlannedStep(op, name, found, type_, before, after, changed, bool(new.get("protect")))


def kind(type_: str, inputs: Inputs) -> str:
    """What a resource of this type is called here."""
    if type_ == TABLE:
        return "materialized view" if "materializedView" in inputs else "view" if "view" in inputs else "table"
    if type_ == ROUTINE:
        return ROUTINES.get(str(inputs.get("routineType")), "routine")
    short = type_.rsplit(":", 1)[-1]
    if type_ in KINDS:
        return KINDS[type_]
    return "grant" if short.lower().startswith("iam") or short.endswith("IAMMember") else short


def _is_resource(entry: Mapping[str, Any]) -> bool:
    state = entry.get("newState") or entry.get("oldState") or {}
    return bool(state.get("custom")) and not str(state.get("type")).startswith("pulumi:providers:")


def _differing(before: Inputs, after: Inputs) -> tuple[str, ...]:
    return tuple(sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key)))
