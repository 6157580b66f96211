"""`eros verify`: the acceptance checks against a deployed stack. Every one is a query; nothing is changed.

What is checked stands in sql/checks, except what is held against the declaration itself: that everything the stack
declares is there (d1), that the service will run each schedule when it is declared to (d2, `operations.timetable`), and
that each routine takes what is declared (d3, `operations.signatures`). A check that cannot run, because what it reads
has gone, has failed; a cloud that cannot be reached or refuses the account is an error instead, since that says nothing
about the platform.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests
from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, RetryError, Unauthorized
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery

from catalog import Check
from catalog.model import Routine
from operations import signatures
from operations.clients import bigquery_client
from operations.errors import CloudError
from operations.placement import placement
from outputs import StackOutputs
from settings.errors import ErosError

PARALLEL = 4
CONNECT_SECONDS = 15.0
CHECK_SECONDS = 120.0
# A check reads some megabytes; the cap stops one that a mistake made scan the messages.
MAX_BYTES_BILLED = 2**30
# How many offences of a check are kept.
KEPT = 20
RETRY = bigquery.DEFAULT_RETRY.with_timeout(CONNECT_SECONDS)
UNREACHABLE = (requests.RequestException, GoogleAuthError, RetryError, Unauthorized)
OBJECTS = "d1"
TIMETABLE = "d2"
ARGUMENTS = "d3"
# Title, purpose and advice of the checks that are no file of sql/checks.
BUILT_IN = {
    OBJECTS: (
        "declared objects exist",
        "Every table, view and routine that the stack declares is there, sources included.",
        "eros refresh -s STACK, then eros up -s STACK.",
    ),
    TIMETABLE: (
        "schedules run when declared",
        "The next run that the service has planned for each schedule is one that config/schedules.yaml states.",
        "eros refresh -s STACK, then eros up -s STACK; a time that stays wrong is how the service reads the schedule.",
    ),
    ARGUMENTS: (
        "routines take what is declared",
        "The arguments of every deployed routine have the names, types, modes and order that its file in sql/ states.",
        "eros refresh -s STACK, then eros up -s STACK; until then callers may fail with wrong arguments.",
    ),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found. `details` says what is wrong, at most KEPT of `offences`; `error` why it could not run."""

    id: str
    title: str
    purpose: str
    advice: str
    seconds: float
    details: tuple[str, ...] = ()
    offences: int = 0
    error: str = ""

    @property
    def passed(self) -> bool:
        return not self.offences and not self.error


def select(
    checks: Mapping[str, Check], only: Sequence[str], built_in: Sequence[str] = (OBJECTS, ARGUMENTS)
) -> tuple[str, ...]:
    """Ids of the checks to run: all of them, or those named by id (`v2.1`) or by group (`v2`). Errors: ErosError."""
    known = (*built_in, *checks)
    for name in only:
        if not any(_is_named(name, check) for check in known):
            raise ErosError(f"no check {name!r}", fix=f"one of: {', '.join(known)}, or a group such as v2")
    return tuple(check for check in known if not only or any(_is_named(name, check) for name in only))


def _is_named(name: str, check: str) -> bool:
    return name.lower() in (check, check.split(".")[0])


def connect(outputs: StackOutputs) -> bigquery.Client:
    """A client that has been answered. Errors: CloudError, within CONNECT_SECONDS."""
    where = f"{outputs.project}.{outputs.dataset}"
    try:
        client = bigquery_client(outputs.project, outputs.location)
        client.get_dataset(where, retry=RETRY, timeout=CONNECT_SECONDS)
    except NotFound:
        return client  # a dataset that has gone is what the checks are to tell
    except (*UNREACHABLE, GoogleAPICallError) as error:
        raise _no_access(where, error) from error
    return client


class Verifier:
    """Runs checks on one dataset. `timetable` gives the offences of d2, `routines` are those that d3 looks at."""

    def __init__(
        self,
        client: bigquery.Client,
        outputs: StackOutputs,
        checks: Mapping[str, Check],
        timetable: Callable[[], list[str]] = list,
        routines: Mapping[str, Routine] | None = None,
    ) -> None:
        self._client, self._outputs, self._checks = client, outputs, checks
        self._timetable = timetable
        self._routines = routines or {}
        self._where = f"{outputs.project}.{outputs.dataset}"
        self._place = placement(outputs)

    def run(self, ids: Iterable[str]) -> tuple[Outcome, ...]:
        """Outcomes in the order of `ids`, PARALLEL checks at a time. Errors: CloudError."""
        with ThreadPoolExecutor(PARALLEL) as pool:
            running = [pool.submit(self._run_one, id_) for id_ in ids]
            try:
                return tuple(future.result() for future in running)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _run_one(self, id_: str) -> Outcome:
        started = time.monotonic()
        details: Sequence[str] = ()
        offences = 0
        failure = ""
        try:
            details, offences = self._offences(id_)
        except UNREACHABLE as error:
            raise _no_access(self._where, error) from error
        except Forbidden as error:
            if _reason(error) == "accessDenied":
                raise _no_access(self._where, error) from error
            failure = _text(error)
        except GoogleAPICallError as error:
            failure = _text(error)
        except TimeoutError:
            failure = f"did not end in {CHECK_SECONDS:.0f} s"
        seconds = round(time.monotonic() - started, 3)
        described = self._describe(id_)
        return Outcome(id_, *described, seconds, tuple(details[:KEPT]), offences, failure)

    def _offences(self, id_: str) -> tuple[list[str], int]:
        if id_ == OBJECTS:
            return self._objects()
        if id_ == TIMETABLE:
            found = self._timetable()
            return found, len(found)
        if id_ == ARGUMENTS:
            return self._arguments()
        return self._query(self._checks[id_])

    def _describe(self, id_: str) -> tuple[str, str, str]:
        """Title, purpose and advice."""
        check = self._checks.get(id_)
        return (check.title, check.purpose, check.advice) if check else BUILT_IN[id_]

    def _arguments(self) -> tuple[list[str], int]:
        """Offences of d3, by one query."""
        rows = self._rows(ARGUMENTS, signatures.query(self._place))
        wrong = signatures.offences(rows, self._routines, self._place)
        return wrong, len(wrong)

    def _rows(self, id_: str, query: str, most: int | None = None) -> Any:
        config = bigquery.QueryJobConfig(
            use_query_cache=False,
            maximum_bytes_billed=MAX_BYTES_BILLED,
            job_timeout_ms=int(CHECK_SECONDS * 1000),
            labels={"eros_operation": "verify", "eros_check": id_.replace(".", "_")},
        )
        job = self._client.query(query, config, retry=RETRY, job_retry=None, timeout=CHECK_SECONDS)
        return job.result(max_results=most, retry=RETRY, job_retry=None, timeout=CHECK_SECONDS)

    def _query(self, check: Check) -> tuple[list[str], int]:
        """Offences, KEPT at most, and how many there are."""
        rows = self._rows(check.id, check.query(self._place), KEPT)
        details = [str(row["detail"]) for row in rows]
        return details, max(rows.total_rows or 0, len(details))

    def _objects(self) -> tuple[list[str], int]:
        """What is declared and not there, or is there as another kind of thing."""
        outputs = self._outputs
        declared = dict.fromkeys((*outputs.tables, *outputs.sources), "table")
        declared |= dict.fromkeys(outputs.views, "view") | dict.fromkeys(outputs.routines, "routine")
        present: dict[str, str] = {}
        for dataset in self._place.datasets:
            names = self._place.by_name(dataset, declared)
            present |= {names[name]: kind for name, kind in self._listed(dataset).items() if name in names}
        wrong = [
            f"{kind} {name} " + (f"is a {present[name]}" if name in present else "does not exist")
            for name, kind in sorted(declared.items())
            if present.get(name) != kind
        ]
        return wrong, len(wrong)

    def _listed(self, dataset: str) -> dict[str, str]:
        """What kind of thing is there, by physical name."""
        where = f"{self._place.project}.{dataset}"
        tables = self._client.list_tables(where, retry=RETRY, timeout=CHECK_SECONDS)
        listed = {table.table_id: "table" if table.table_type == "TABLE" else "view" for table in tables}
        routines = self._client.list_routines(where, retry=RETRY, timeout=CHECK_SECONDS)
        return listed | {routine.routine_id: "routine" for routine in routines}


def _reason(error: GoogleAPICallError) -> str:
    return str(error.errors[0].get("reason", "")) if error.errors else ""


def _text(error: GoogleAPICallError) -> str:
    """The service's own words, on one line: its client repeats them and adds the job."""
    said = error.errors[0].get("message") if error.errors else ""
    return " ".join(str(said or error.message or error).split())


def _no_access(where: str, error: Exception) -> CloudError:
    said = _text(error) if isinstance(error, GoogleAPICallError) else " ".join(str(error).split())
    return CloudError(
        f"{where} cannot be verified: {said}", fix="is the cloud up, and may this account run queries there?"
    )
