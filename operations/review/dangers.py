"""What of a plan may lose rows, stop something, or let somebody in: found by one rule each, in the order of weight.

`refused` is what must not be deployed as it is, `care` what somebody is to look at. The classes of a column's changes
are `catalog.column_changes`'; the program refuses most of them itself, and this says so where a preview got past it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from catalog.column_changes import column_changes
from catalog.retirement import is_retired_table
from operations.review.previewed import Inputs, Plan, PlannedStep
from policies.rules import BASIC_ROLES, PUBLIC, Facts, Resource, violations
from transfer_schedule import ScheduleSyntaxError, parse

Level = Literal["refused", "care"]
LOOKED_AT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Danger:
    """One thing to look at: `title` what would happen, `why` it matters, `way` how to go about it."""

    level: Level
    name: str
    kind: str
    title: str
    why: str
    way: str = ""


def dangers(plan: Plan) -> tuple[Danger, ...]:
    """What is dangerous in a plan, the refused first."""
    found = [danger for step in plan.steps for rule in RULES for danger in rule(step)]
    order = {"refused": 0, "care": 1}
    return tuple(sorted(found, key=lambda danger: order[danger.level]))


def broken(plan: Plan, facts: Facts) -> tuple[Danger, ...]:
    """What breaks a policy, of the resources that change: the others were looked at when they did."""
    return tuple(
        Danger("refused", step.name, step.kind, found.message, f"policy {found.policy}: {found.says}", found.fix)
        for step in plan.steps
        if step.op != "delete"
        for found in violations(Resource(step.type, step.name, step.after, step.protect), facts)
    )


def _lost(step: PlannedStep) -> Iterator[Danger]:
    """Replacing or deleting what holds data."""
    if step.op in ("replace", "delete") and step.holds_data:
        retired = step.kind == "table" and is_retired_table(step.before.get("labels"))
        verb = "replaced" if step.op == "replace" else "deleted"
        what = {"table": "its rows are", "dataset": "every table in it is", "bucket": "every backup in it is"}[
            step.kind
        ]
        because = f" because of {', '.join(step.changed)}" if step.op == "replace" and step.changed else ""
        yield Danger(
            "care" if retired and step.op == "delete" else "refused",
            step.name,
            step.kind,
            f"{step.kind} {step.name} would be {verb}",
            f"{what} lost{because}",
            "announced by the release before (RETIRED)" if retired else "in two releases: see README, retiring tables",
        )


def _schema(step: PlannedStep) -> Iterator[Danger]:
    """Changes of a table's columns that lose values or that BigQuery does not do in place."""
    if step.kind != "table" or step.op != "update" or "schema" not in step.changed:
        return
    for change in column_changes(_fields(step.before), _fields(step.after)):
        if change.kind == "loss":
            yield Danger("care", step.name, "table", change.what, "the values of the column are lost for good")
        elif change.kind == "refused":
            yield Danger("refused", step.name, "table", change.what, change.reason, change.way)


def _unprotected(step: PlannedStep) -> Iterator[Danger]:
    before, after = (bool(inputs.get("deletionProtection", True)) for inputs in (step.before, step.after))
    if step.op == "update" and step.kind == "table" and before and not after:
        title = f"{step.name} loses its deletion protection"
        yield Danger("care", step.name, step.kind, title, "a later update may delete or replace it")


def _widened(step: PlannedStep) -> Iterator[Danger]:
    """Who may do more than before."""
    if step.kind == "grant" and step.op in ("create", "replace"):
        member, role = str(step.after.get("member", "")), str(step.after.get("role", ""))
        was = str(step.before.get("role", "")) if member == step.before.get("member") else ""
        yield from _grant(step, member, role, was)
    if step.kind == "dataset" and "accesses" in step.changed:
        before = {json.dumps(entry, sort_keys=True) for entry in step.before.get("accesses") or ()}
        for entry in step.after.get("accesses") or ():
            if json.dumps(entry, sort_keys=True) not in before:
                yield from _grant(step, _who(entry), str(entry.get("role") or "reads for its own callers"))
    if step.kind == "role" and step.op == "update":
        added = set(step.after.get("permissions") or ()) - set(step.before.get("permissions") or ())
        if added:
            yield Danger(
                "care",
                step.name,
                "role",
                f"role {step.name} gets {len(added)} permissions more",
                ", ".join(sorted(added)[:10]),
            )


def _grant(step: PlannedStep, member: str, role: str, was: str = "") -> Iterator[Danger]:
    """What breaks a policy as well is said there. `was` is the role that goes for it."""
    if member in PUBLIC or role in BASIC_ROLES:
        return
    title = f"{member} gets {role}{f' instead of {was}' if was else ''}"
    why = "compare what the two roles may do" if was else "nobody had this right before"
    yield Danger("care", step.name, step.kind, title, why)


def _stopped(step: PlannedStep) -> Iterator[Danger]:
    """Schedules that run no more, or more seldom."""
    if step.kind != "schedule":
        return
    if step.op in ("delete", "replace"):
        why = "nothing starts it any more" if step.op == "delete" else "its id and its history of runs are lost"
        yield Danger("care", step.name, "schedule", f"schedule {step.name} would be {step.op}d", why)
    elif step.op == "update":
        if step.after.get("disabled") and not step.before.get("disabled"):
            yield Danger(
                "care", step.name, "schedule", f"schedule {step.name} is disabled", "nothing starts it any more"
            )
        before, after = _runs(step.before), _runs(step.after)
        if before is not None and after is not None and after < before:
            yield Danger(
                "care",
                step.name,
                "schedule",
                f"schedule {step.name} runs {after} instead of {before} times a week",
                f"from {step.before.get('schedule')!r} to {step.after.get('schedule')!r}",
            )


def _silenced(step: PlannedStep) -> Iterator[Danger]:
    """Alerts that go, are switched off, or tell fewer people."""
    if step.kind == "alert policy":
        if step.op == "delete":
            yield Danger("care", step.name, "alert policy", f"alert policy {step.name} goes", "nobody is told any more")
        elif step.op == "update":
            if step.before.get("enabled", True) and not step.after.get("enabled", True):
                yield Danger("care", step.name, step.kind, f"{step.name} is switched off", "nobody is told any more")
            before, after = _channels(step.before), _channels(step.after)
            if after < before:
                level: Level = "care" if after else "refused"
                yield Danger(
                    level,
                    step.name,
                    step.kind,
                    f"{step.name} tells {after} channels instead of {before}",
                    "somebody who was told is not any more",
                )
    if step.kind == "channel" and step.op in ("delete", "replace"):
        yield Danger(
            "care",
            step.name,
            "channel",
            f"channel {step.name} would be {step.op}d",
            "a channel made anew has to be confirmed by its owner"
            if step.op == "replace"
            else "its people hear nothing any more",
        )


def _forgotten(step: PlannedStep) -> Iterator[Danger]:
    """Backups that are kept for a shorter time."""
    if step.kind != "bucket" or step.op != "update":
        return
    before, after = _days(step.before), _days(step.after)
    if after is not None and (before is None or after < before):
        was = "for good" if before is None else f"{before} days"
        yield Danger(
            "care",
            step.name,
            "bucket",
            f"backups are kept {after} days instead of {was}",
            "older ones are deleted soon after the update",
        )


RULES: Sequence[Callable[[PlannedStep], Iterator[Danger]]] = (
    _lost,
    _schema,
    _unprotected,
    _widened,
    _stopped,
    _silenced,
    _forgotten,
)


def _fields(inputs: Inputs) -> list[Mapping[str, Any]]:
    return list(json.loads(inputs.get("schema") or "[]"))


def _who(entry: Mapping[str, Any]) -> str:
    for key in ("iamMember", "userByEmail", "groupByEmail", "specialGroup", "domain"):
        if entry.get(key):
            return str(entry[key])
    return "another dataset, view or routine"


def _channels(inputs: Inputs) -> int:
    return len(inputs.get("notificationChannels") or ())


def _days(inputs: Inputs) -> int | None:
    """The age at which the bucket deletes, None when it keeps everything."""
    ages = [
        int(rule["condition"]["age"])
        for rule in inputs.get("lifecycleRules") or ()
        if rule.get("action", {}).get("type") == "Delete" and "age" in rule.get("condition", {})
    ]
    return min(ages, default=None)


def _runs(inputs: Inputs) -> int | None:
    """Runs in a week, None for a schedule that is run by hand or cannot be read."""
    try:
        spec = parse(str(inputs["schedule"]))
    except (KeyError, ScheduleSyntaxError):
        return None
    now = datetime(2025, 1, 6, tzinfo=UTC)
    count, moment = 0, now
    while (moment := spec.next_after(moment, None)) <= now + LOOKED_AT:
        count += 1
    return count
