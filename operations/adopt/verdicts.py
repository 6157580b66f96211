"""One verdict for every declared object that the project already holds something for, from what is live alone.

A label or a mark that some earlier run left decides nothing, except that another stack's label makes an object
another's. The stack's state only says which objects are in it already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog import Catalog
from catalog.expiry import expiry, undying
from catalog.model import Table
from operations.adopt import access_lists, bodies, table_verdicts
from operations.adopt.differences import differences
from operations.adopt.matching import Match
from operations.adopt.verdict import Judgement, Verdict
from operations.google_api import Body
from settings.model import Settings

TYPES = {"table": "TABLE", "view": "VIEW", "materialized_view": "MATERIALIZED_VIEW"}
IN_DATASET = ("table", "view", "materialized_view", "routine")


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the matches of one stack. `recorded` are the URNs in its state."""

    settings: Settings
    catalog: Catalog
    recorded: frozenset[str]
    migration: table_verdicts.Steps
    moving: Callable[[Table, str], bool] = lambda *_: False
    """Whether a migration of the table has begun and not ended."""

    def all(self, found: Sequence[Match]) -> list[Verdict]:
        """By kind, what holds rows first, then by name."""
        order = list(bodies.BODIES)
        return [self._one(match) for match in sorted(found, key=lambda match: (order.index(match.kind), match.name))]

    def _one(self, match: Match) -> Verdict:
        if match.declared.urn in self.recorded:
            return self._verdict(match, Judgement.MANAGED)
        if reasons := list(self._reasons_against(match)):
            return self._verdict(match, Judgement.FOREIGN, reasons, self._ways_out(match))
        live = match.bodies[0]
        changes = list(self._changes(match, live))
        if match.kind == "table":
            table = self._table(match)
            moving = self.moving(table, match.name)
            judgement, columns, steps = table_verdicts.judge(table, match.name, live, self.migration, moving=moving)
            columns = [*self._end(live), *columns]
            if judgement is Judgement.FOREIGN:
                return self._verdict(match, judgement, columns, self._ways_out(match))
            if judgement is Judgement.MIGRATE:
                return self._verdict(match, judgement, columns, [*self._first(match, live), *steps])
            changes = [*columns, *changes]
        elif match.kind in TYPES:
            changes = [*self._end(live), *changes]
        return self._verdict(match, Judgement.CHANGE if changes else Judgement.SAME, changes, self._first(match, live))

    def _end(self, live: Body) -> Iterable[str]:
        if end := expiry(live):
            yield f"expirationTime: BigQuery deletes it with all it holds on {end:%Y-%m-%d %H:%M} UTC -> none"

    def _first(self, match: Match, live: Body) -> Iterable[str]:
        """What has to be done by hand before it can be adopted."""
        if match.kind in TYPES and expiry(live):
            inputs = match.declared.inputs
            where = f"{inputs['project']}.{inputs['datasetId']}.{inputs['tableId']}"
            yield f"before the import: {undying(match.kind, where)}"

    def _table(self, match: Match) -> Table:
        return self.catalog.tables[match.declared.name]

    def _changes(self, match: Match, live: Body) -> Iterable[str]:
        wanted = bodies.BODIES[match.kind](match.declared.inputs)
        if match.kind == "routine":
            before, after = bodies.signature(live.get("arguments")), bodies.signature(wanted.pop("arguments"))
            if before != after:
                yield f"arguments: {before} -> {after}: calls with the old ones fail"
        if match.kind == "dataset":
            yield from access_lists.changes(match.declared.inputs, live)
        if match.kind == "view" and (live.get("view") or {}).get("useLegacySql"):
            yield "view.useLegacySql: True -> none"
        yield from differences(wanted, live)

    def _reasons_against(self, match: Match) -> Iterable[str]:
        """Why the live object cannot become the declared one."""
        if not match.bodies:
            yield f"the bucket name {match.name} is taken in a project that this account cannot read"
            return
        if len(match.bodies) > 1:
            yield f"{len(match.bodies)} {match.kind.replace('_', ' ')}s are called {match.name}"
        live = match.bodies[0]
        yield from self._other_owner(live)
        if match.kind in TYPES and live.get("type") != TYPES[match.kind]:
            yield f"it is a {str(live.get('type')).lower().replace('_', ' ')}, not a {match.kind.replace('_', ' ')}"
        elif match.kind == "routine" and live.get("routineType") != match.declared.inputs["routineType"]:
            ours = str(match.declared.inputs["routineType"]).lower().replace("_", " ")
            yield f"it is a {str(live.get('routineType')).lower().replace('_', ' ')}, not a {ours}"
        elif match.kind == "materialized_view":
            yield from self._fixed_in_a_materialized_view(match, live)
        if match.kind in ("dataset", "bucket"):
            wanted, found = str(match.declared.inputs["location"]), str(live.get("location"))
            if wanted.upper() != found.upper():
                yield f"it lies in {found}, not in {wanted}"

    def _other_owner(self, live: Body) -> Iterable[str]:
        labels: Mapping[str, str] = live.get("labels") or {}
        environment = labels.get("environment", self.settings.stack)
        if labels.get("system") == "eros" and environment != self.settings.stack:
            yield f"it belongs to the stack {environment} (label environment)"
        if labels.get("goog-terraform-provisioned") == "true":
            yield "Terraform manages it (label goog-terraform-provisioned)"

    def _fixed_in_a_materialized_view(self, match: Match, live: Body) -> Iterable[str]:
        """The provider replaces it for another query or layout; it holds nothing that its query does not give back."""
        wanted = bodies.view(match.declared.inputs)["materializedView"]
        fixed = {name: wanted.get(name) for name in ("query", "allowNonIncrementalDefinition")}
        for change in differences(fixed, live.get("materializedView") or {}):
            yield f"{change}; a materialized view is not changed but made anew"

    def _ways_out(self, match: Match) -> list[str]:
        stack, name = self.settings.stack, match.declared.name
        if match.kind == "bucket":
            key = "archiveBucket" if match.name == self.settings.archive_bucket_name else "backupBucket"
            return [f"another bucket: pulumi config set {key} NAME -s {stack}"]
        if match.kind == "dataset":
            return [f"another dataset: pulumi config set dataset NAME -s {stack}"]
        if match.kind not in IN_DATASET:
            return [f"rename or delete all {match.kind.replace('_', ' ')}s called {match.name} but one"]
        ways = [
            f"another name for ours: pulumi config set --path objectNames.{name} NAME -s {stack}",
            f"another dataset for everything: pulumi config set dataset NAME -s {stack}",
        ]
        drop = match.kind.replace("_", " ").upper() if match.kind != "routine" else "FUNCTION or PROCEDURE"
        return ways if match.kind == "table" else [*ways, f"or, once nobody reads it: DROP {drop} {match.name}"]

    def _verdict(
        self, match: Match, judgement: Judgement, changes: Iterable[str] = (), steps: Iterable[str] = ()
    ) -> Verdict:
        return Verdict(match.name, match.kind, judgement, tuple(changes), tuple(steps), match.declared.urn, match.id)
