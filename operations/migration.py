"""One table moved to its declared layout where BigQuery cannot change it in place: new table, copy, swap, old one kept.

In steps that run one at a time and can be repeated: what was done is read from the tables. Rows are in
`NAME_migrating` until both tables are proven equal; then the old table becomes `NAME_legacy`, which nothing here ever
drops. Not here: whether a table needs it (`operations.adopt`), copying and renaming (`operations.rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, NotFound
from google.cloud import bigquery

from catalog.carrying import Carrying, carrying
from catalog.compat import refusals
from catalog.model import Table, TimePartitioning
from operations.errors import CloudError
from operations.rows.fingerprint import Fingerprint, fingerprint, own_columns
from operations.rows.request import table_body
from operations.rows.statements import run
from operations.rows.swap import copy_rows, rename, same_rows
from settings.errors import ErosError

# What the old table held when its rows were copied, kept as labels of the new one: a crash forgets nothing.
STARTED = "eros_migration_of"
ROWS, CHECKSUM, VERIFIED = "eros_migration_rows", "eros_migration_checksum", "eros_migration_verified"
# Checksum of the copy itself over all columns, also those that the old table lacks, and the mark that the old table
# changed after it: the copy is to be made anew.
COPIED, AGAIN = "eros_migration_copied", "eros_migration_again"
SECONDS = 30.0


class MigrationBlocked(ErosError):
    """The table cannot go on as it is; nothing was changed by this step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `name` as it is reported, `text` what it does to which table."""

    name: str
    text: str
    done: bool


class Migration:
    """The way of one table from its live layout to the declared one."""

    def __init__(self, client: bigquery.Client, table: Table, project: str, dataset: str, physical: str = "") -> None:
        self._client, self._table = client, table
        self._project, self._dataset = project, dataset
        self._ids = {
            "live": physical or table.name,
            "new": f"{physical or table.name}_migrating",
            "kept": f"{physical or table.name}_legacy",
        }

    def steps(self) -> tuple[Step, ...]:
        """All steps in order. Errors: MigrationBlocked when another table stands in the way, CloudError."""
        self._refresh()
        live, new, kept = (self._ids[key] for key in ("live", "new", "kept"))
        done = self._done()
        texts = (
            ("create", f"create {new} with the declared layout"),
            ("copy", f"copy the rows of {live} into {new}, compare counts and checksums" + self._what_stays()),
            ("swap", f"compare again, rename {live} to {kept}, then {new} to {live}"),
            (
                "verify",
                f"{self._again()}compare {kept} with what was recorded at the copy; it stays until you drop it"
                + self._expiry(),
            ),
        )
        return tuple(Step(name, text, number < done) for number, (name, text) in enumerate(texts))

    def is_under_way(self) -> bool:
        """Whether the first step is done and the last is not. Errors: CloudError."""
        try:
            done = [step.done for step in self.steps()]
        except MigrationBlocked:
            return self._found["new"] is not None
        return any(done) and not all(done)

    def has_ended(self) -> bool:
        """Whether every step is done. Errors: CloudError."""
        try:
            return all(step.done for step in self.steps())
        except MigrationBlocked:
            return False

    def run_next(self) -> Step | None:
        """Runs the first step that is not done. None when all are. Errors: MigrationBlocked, RowsDiffer, CloudError."""
        steps: Mapping[str, Callable[[], None]] = {
            "create": self._create,
            "copy": self._copy,
            "swap": self._swap,
            "verify": self._verify,
        }
        for step in self.steps():
            if not step.done:
                steps[step.name]()
                return step
        return None

    def _done(self) -> int:
        """How many steps are done, from what is there."""
        live, new, kept = (self._found[key] for key in ("live", "new", "kept"))
        if kept is None:
            if live is None:
                raise MigrationBlocked(
                    f"table {self._path('live')} does not exist", fix="nothing to migrate: eros up makes it"
                )
            if new is None:
                return 0
            return self._copied(new)
        if new is not None and live is not None and ROWS in new.labels:
            raise MigrationBlocked(
                f"somebody made {self._path('live')} anew while its rows were on their way",
                fix=f"rename that table (the old rows are in {self._path('kept')}, checked copies in"
                f" {self._path('new')}), then run the step again",
            )
        if new is not None and live is not None:
            raise self._name_is_taken()
        if new is not None:
            return 2  # stopped between the two renames of the swap
        if live is None:
            raise MigrationBlocked(
                f"{self._path('kept')} is there, but neither {self._path('live')} nor {self._path('new')}",
                fix=f"ALTER TABLE `{self._path('kept')}` RENAME TO `{self._ids['live']}`, then start again",
            )
        return self._after_swap(live, kept)

    def _copied(self, new: bigquery.Table) -> int:
        if new.labels.get(STARTED) != self._table.name or refusals(self._undying(), new.to_api_repr()):
            raise MigrationBlocked(
                f"{self._path('new')} exists and was not made by this migration",
                fix="rename it, then run the step again",
            )
        return 2 if ROWS in new.labels else 1

    def _undying(self) -> Table:
        """The declared table as this migration makes it: without partition expiration."""
        partitioning = self._table.partitioning
        if not isinstance(partitioning, TimePartitioning):
            return self._table
        return replace(self._table, partitioning=replace(partitioning, expiration_ms=None))

    def _after_swap(self, live: bigquery.Table, kept: bigquery.Table) -> int:
        if ROWS in live.labels:
            return 3
        if VERIFIED in kept.labels and not refusals(self._table, live.to_api_repr()):
            return 4
        raise self._name_is_taken()

    def _name_is_taken(self) -> MigrationBlocked:
        return MigrationBlocked(
            f"{self._path('kept')} exists already, so {self._path('live')} cannot take its name",
            fix=f"rename {self._path('kept')}, then run the step again",
        )

    def _create(self) -> None:
        body = table_body(self._table, self._project, self._dataset, self._ids["new"])
        body["labels"][STARTED] = self._table.name
        # Rows past the expiration would go as they arrive, and a required filter would stop the comparison: the one is
        # set by the last step, the other by the next update.
        body.pop("requirePartitionFilter", None)
        body.get("timePartitioning", {}).pop("expirationMs", None)
        try:
            self._client.create_table(bigquery.Table.from_api_repr(body), timeout=SECONDS)
        except GoogleAPICallError as error:
            raise CloudError(f"creating {self._path('new')}: {error.message}") from error

    def _copy(self) -> None:
        self._refuse_unfit_rows("live")
        self._copy_all("live", "new")

    def _copy_all(self, old: str, new: str, known: Collection[str] | None = None) -> None:
        """`known`: checksums of what may be replaced, None for anything."""
        source, target, values = self._path(old), self._path(new), self._carrying.values
        before = self._whole(old)
        if values:
            copied = copy_rows(self._client, source, target, values, self._found[new].schema, known)
            if copied is None:
                raise self._both_were_written()
            self._label(new, {COPIED: copied})
            same_rows(self._client, source, target, values)
        if self._whole(old) != before:
            raise MigrationBlocked(
                f"{source} was written to while it was copied", fix="stop its writers, then run the step again"
            )
        self._label(new, {ROWS: str(before.rows), CHECKSUM: before.checksum, AGAIN: None})

    def _swap(self) -> None:
        if self._found["live"] is not None:
            self._refuse_changed("live")
            if self._carrying.values:
                same_rows(self._client, self._path("live"), self._path("new"), self._carrying.values)
            rename(self._client, self._path("live"), self._ids["kept"])
        rename(self._client, self._path("new"), self._ids["live"])

    def _verify(self) -> None:
        if self._is_to_be_copied_again():
            self._refuse_unfit_rows("kept")
            self._copy_all("kept", "live", self._known_copies())
        self._refuse_changed("kept", recorded="live")
        self._expire()
        self._label("kept", {VERIFIED: "rows_and_checksum"})
        self._label("live", {ROWS: None, CHECKSUM: None, COPIED: None, STARTED: None})

    def _is_to_be_copied_again(self) -> bool:
        live = self._found["live"]
        return self._found["kept"] is not None and live is not None and AGAIN in live.labels

    def _known_copies(self) -> set[str]:
        """Checksums over all columns of the table in place while nobody but this migration has written to it."""
        # What was recorded, or a copy that was made and not recorded: the columns that are not carried hold defaults.
        values = {
            field.name: self._carrying.values.get(field.name) or _default(field) for field in self._found["live"].schema
        }
        unrecorded = fingerprint(self._client, self._path("kept"), values).checksum
        return {self._found["live"].labels.get(COPIED, unrecorded), unrecorded}

    def _both_were_written(self) -> MigrationBlocked:
        kept, live = self._path("kept"), self._path("live")
        return MigrationBlocked(
            f"{kept} and {live} were both written to after the copy, so neither holds all rows",
            fix=f"stop the writers of both, save what only {live} holds (CREATE TABLE ... CLONE), empty it"
            " (TRUNCATE TABLE), then run the step again",
        )

    def _expire(self) -> None:
        """The declared partition expiration: older rows go from the new table now, the kept one has them all."""
        partitioning = self._table.partitioning
        live = self._found["live"]
        if not isinstance(partitioning, TimePartitioning) or partitioning.expiration_ms is None:
            return
        live.time_partitioning = bigquery.TimePartitioning(
            partitioning.type, field=partitioning.field, expiration_ms=partitioning.expiration_ms
        )
        try:
            self._found["live"] = self._client.update_table(live, ["time_partitioning"], timeout=SECONDS)
        except GoogleAPICallError as error:
            raise CloudError(f"setting the partition expiration of {self._path('live')}: {error.message}") from error

    def _refuse_unfit_rows(self, which: str) -> None:
        """Rows that would be refused or changed on their way, counted before anything is copied."""
        conditions = self._carrying.must_hold
        if not conditions:
            return
        counts = ", ".join(f"COUNTIF(NOT ({condition})) AS c{n}" for n, condition in enumerate(conditions))
        found = run(self._client, f"SELECT {counts}\nFROM `{self._path(which)}` AS source")[0]
        problems = [f"{found[n]:,} rows: {meaning}" for n, meaning in enumerate(conditions.values()) if found[n]]
        if problems:
            raise MigrationBlocked(
                f"{self._path(which)} holds rows that do not fit the declared columns: " + "; ".join(problems),
                fix=f"correct these rows, or declare the columns as they are in {self._table.path}",
            )

    def _refuse_changed(self, which: str, recorded: str = "new") -> None:
        """Errors: MigrationBlocked when the old table no longer holds what was recorded at the copy."""
        labels = self._found[recorded].labels
        wanted, found = Fingerprint(int(labels[ROWS]), labels[CHECKSUM]), self._whole(which)
        if wanted == found:
            return
        copy = "new" if which == "live" else "live"
        if found.rows < wanted.rows:
            fix = f"find out who deleted rows; {self._path(copy)} holds a checked copy of all that were there"
        elif which == "live":
            self._label("new", {ROWS: None, CHECKSUM: None, COPIED: None})
            fix = "stop what writes to it, then run the step again: the copy is made anew"
        else:
            self._label("live", {AGAIN: "rows_arrived"})
            fix = f"stop what writes to it, then run the step again: its rows are copied into {self._path(copy)} anew"
        raise MigrationBlocked(f"{self._path(which)} held {wanted} at the copy and holds {found} now", fix=fix)

    def _whole(self, which: str) -> Fingerprint:
        """Fingerprint over every column of the old table."""
        return fingerprint(self._client, self._path(which), own_columns(self._found[which].schema))

    def _label(self, which: str, labels: Mapping[str, str | None]) -> None:
        # Read anew: rows that arrived since have changed the table's etag, with which the client makes the update.
        found = self._read(self._path(which))
        if found is None:
            raise MigrationBlocked(f"{self._path(which)} has just gone", fix="look for who dropped it")
        found.labels = {**found.labels, **labels}
        try:
            self._found[which] = self._client.update_table(found, ["labels"], timeout=SECONDS)
        except GoogleAPICallError as error:
            raise CloudError(f"labelling {self._path(which)}: {error.message}") from error

    def _again(self) -> str:
        if not self._is_to_be_copied_again():
            return ""
        return f"copy {self._ids['kept']} into {self._ids['live']} anew, since rows arrived after the copy; "

    def _expiry(self) -> str:
        days = self._table.kept_days
        if days is None:
            return ""
        return f"; then {self._ids['live']} keeps {days:g} days, older rows stay in {self._ids['kept']} alone"

    def _what_stays(self) -> str:
        if self._found["kept"] is not None:
            return ""
        if self._carrying.obstacles:
            return f"; no row fits ({'; '.join(self._carrying.obstacles)}): all stay in {self._ids['kept']} alone"
        left = ", ".join(f"{name} ({why})" for name, why in self._carrying.left.items())
        return f"; left in {self._ids['kept']} alone: {left}" if left else ""

    @cached_property
    def _carrying(self) -> Carrying:
        old = self._found["kept"] or self._found["live"]
        return carrying(self._table, [field.to_api_repr() for field in old.schema])

    def _refresh(self) -> None:
        self._found: dict[str, Any] = {key: self._read(self._path(key)) for key in self._ids}

    def _read(self, path: str) -> bigquery.Table | None:
        try:
            return self._client.get_table(path, timeout=SECONDS)
        except NotFound:
            return None
        except GoogleAPICallError as error:
            raise CloudError(f"reading {path}: {error.message}") from error

    def _path(self, key: str) -> str:
        return f"{self._project}.{self._dataset}.{self._ids[key]}"


def _default(field: bigquery.SchemaField) -> str:
    """GoogleSQL for what an INSERT that leaves a column out puts there."""
    return field.default_value_expression or ("[]" if field.mode == "REPEATED" else "NULL")
