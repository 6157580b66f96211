"""What each account is granted, and which statements need it: derived from what its schedules run.

Not here: what a grant is to Google (`components.grants`), addresses of accounts (`settings.model`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from catalog.catalog import Catalog
from catalog.model import DeclaredObject, Table
from catalog.rights import Rights, rights_of, through, united
from catalog.tokens import Kind, Token
from catalog.week_rights import NAMED
from settings.roles import ACCOUNTS, READ_JOBS, START_JOBS

# Where a bucket's name stands in the stack's own view `deployed_stack`; whoever takes it from there uses the bucket.
BUCKETS = {"backup": "BACKUP_BUCKET", "archive": "ARCHIVE_BUCKET"}
LOADS = re.compile(r"\bLOAD\s+DATA\b", re.IGNORECASE)
JOBS = re.compile(r"INFORMATION_SCHEMA\s*\.\s*`?JOBS", re.IGNORECASE)
READS, CALLED, STARTED = "reads", "is called", "starts jobs"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role on something, with what needs it: (name, what it does there), names of declared objects or of schedules.

    `on` is the name of a table or view, the purpose of a bucket, and empty for the dataset and the project; `role` a
    key of `settings.roles.CUSTOM` or a predefined role.
    """

    kind: Literal["project", "dataset", "table", "bucket"]
    on: str
    role: str
    needed_by: tuple[tuple[str, str], ...]


def grants_of_accounts(catalog: Catalog) -> Mapping[str, tuple[Grant, ...]]:
    """The grants of each account that runs schedules, by its purpose; none for one that runs nothing."""
    return {purpose: tuple(_grants(catalog, purpose)) for purpose in ACCOUNTS}


def grants_of_weeks(catalog: Catalog) -> tuple[Grant, ...]:
    """Those of whoever builds, cancels and exports weeks: what `eros week` names itself stands for its statements."""
    rights = through(catalog, NAMED)
    return (
        Grant("project", "", START_JOBS, (("eros week", STARTED),)),
        Grant("dataset", "", "caller", tuple(("eros week", CALLED) for _ in NAMED.calls)[:1]),
        *_of_tables(catalog, rights, [("eros week", NAMED)]),
    )


def tables_of(grants: Iterable[Grant]) -> dict[str, str]:
    """The role on each table and view."""
    return {grant.on: grant.role for grant in grants if grant.kind == "table"}


def job_readers(catalog: Catalog, rights: Rights) -> list[str]:
    """What of all that is reached reads the history of the project's jobs."""
    return [name for name in sorted(rights.reads | rights.calls) if JOBS.search(_text(catalog.objects[name]))]


def _grants(catalog: Catalog, purpose: str) -> Iterator[Grant]:
    schedules = [schedule for schedule in catalog.schedules.values() if schedule.account == purpose]
    if not schedules:
        return
    rights = united(rights_of(catalog, schedule.sql) for schedule in schedules)
    yield Grant("project", "", START_JOBS, tuple((schedule.name, STARTED) for schedule in schedules))
    if seen := job_readers(catalog, rights):
        yield Grant("project", "", READ_JOBS, tuple((name, READS) for name in seen))
    yield Grant("dataset", "", "caller", tuple((schedule.procedure, CALLED) for schedule in schedules))
    yield from _of_buckets(catalog, rights)
    yield from _of_tables(catalog, rights)


def _of_tables(catalog: Catalog, rights: Rights, more: Sequence[tuple[str, Rights]] = ()) -> Iterator[Grant]:
    """On each table and view; a written table is granted with the role that also reads it."""
    inside = sorted(rights.reads | rights.calls)
    for name in sorted(rights.reads | rights.writes):
        if name in rights.writes:
            needed = [(one, ", ".join(catalog.usage(one).writes.get(name, ()))) for one in inside]
            needed += [(one, "writes") for one, named in more if name in named.writes]
            yield Grant("table", name, "writer", tuple(item for item in needed if item[1]))
        else:
            reading = [one for one in inside if name in catalog.usage(one).reads]
            reading += [one for one, named in more if name in named.reads]
            yield Grant("table", name, "reader", tuple((one, READS) for one in reading))


def _of_buckets(catalog: Catalog, rights: Rights) -> Iterator[Grant]:
    """Who takes a bucket's name hands it to what it calls: whether that exports or loads says what is done there."""
    for purpose, column in BUCKETS.items():
        users = [name for name in sorted(rights.calls) if any(token.is_(column) for token in _tokens(catalog, name))]
        for role, verb in (("exporter", "EXPORT DATA"), ("loader", "LOAD DATA")):
            needed = tuple((name, verb) for name in users if verb in _file_verbs(catalog, name))
            if needed:
                yield Grant("bucket", purpose, role, needed)


def _file_verbs(catalog: Catalog, name: str) -> set[str]:
    called = through(catalog, Rights(calls=frozenset({name}))).calls
    return {verb for one in called for verb in _verbs(_tokens(catalog, one))}


def _verbs(tokens: Sequence[Token]) -> Iterator[str]:
    """EXPORT DATA, and LOAD DATA also in a text for EXECUTE IMMEDIATE."""
    for one, other in pairwise(tokens):
        if other.is_("DATA") and one.is_("EXPORT", "LOAD"):
            yield f"{one.upper} DATA"
    if any(token.kind is Kind.STRING and LOADS.search(token.text) for token in tokens):
        yield "LOAD DATA"


def _tokens(catalog: Catalog, name: str) -> Sequence[Token]:
    return catalog.routines[name].sql.tokens


def _text(declared: DeclaredObject) -> str:
    return "" if isinstance(declared, Table) else declared.sql.text
