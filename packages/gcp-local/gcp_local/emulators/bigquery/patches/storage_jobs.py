"""Load and extract jobs take any file for an object.

Fault: `file:///etc/passwd` and a bare path are sources of a load job and destinations of an export, `gs://b/../x`
leaves the folder of objects, and `gs://` is read by an extension that reaches any server.
Why it matters: BigQuery takes `gs://` URIs only, and a path is a way around what DuckDB is refused.
Here the objects of a load job are fetched first, by the API that every client uses, into a folder that goes with it.
Drop it when upstream refuses what is no `gs://` and reads objects by their API.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from local_bigquery.engine import database
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import extract, load, runner, storage
from local_bigquery.settings import settings

STAGED = "staged"
SECONDS = 300
LEAVING = frozenset({".", ".."})

_folder: ContextVar[Path | None] = ContextVar("folder", default=None)
"""Where the load job at hand keeps what it fetched."""


def apply() -> None:
    """Stage what load and extract jobs exchange in the emulator's own folder."""
    connect, run, written = database._connect, load.run, extract.written

    @functools.cache
    def connect_and_stage() -> Any:
        staged = settings.data_dir / STAGED
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        tempfile.tempdir = str(staged)  # upstream writes an export to a temporary file first
        return connect()

    def run_staged(*args: Any) -> Any:
        with staging():
            return run(*args)

    @contextlib.contextmanager
    def written_to_bucket(uri: str) -> Iterator[str]:
        split(uri)
        with written(uri) as target:
            yield target

    database._connect = connect_and_stage
    load.paths, extract.written = local_copies, written_to_bucket
    runner.HANDLERS["load"] = run_staged


@contextlib.contextmanager
def staging() -> Iterator[None]:
    """Whatever is fetched inside goes with it."""
    folder = settings.data_dir / STAGED / uuid.uuid4().hex
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)
        shutil.rmtree(folder, ignore_errors=True)


def split(uri: str) -> tuple[str, str]:
    """Bucket and object of a URI. Raises when it is no `gs://`, or leaves its bucket."""
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    if not uri.startswith("gs://") or not bucket or not name:
        raise BigQueryError("invalid", f"Source URI must be a Google Cloud Storage location: [{uri}].")
    if LEAVING & {bucket, *name.split("/")}:
        raise BigQueryError("invalid", f"Invalid object name in {uri}: a part of it is `.` or `..`.")
    return bucket, name


def local_copies(_: Any, uri: str) -> list[str]:
    """The objects that a URI names, as files; `*` stands for any text."""
    bucket, name = split(uri)
    endpoint, folder = storage._emulator(uri), _folder.get()
    if endpoint is None or folder is None:
        matched: list[str] = storage._matches(uri)
        return matched
    objects = f"{endpoint.rstrip('/')}/storage/v1/b/{urllib.parse.quote(bucket)}/o"
    with _explaining(uri):
        names = _matching(objects, name) if "*" in name else [name]
        if not names:
            raise BigQueryError("notFound", f"Not found: Files {uri}")
        return [str(_fetch(objects, one, folder / bucket / one)) for one in names]


def existing(uri: str) -> list[str]:
    """Names of the objects that a URI with a wildcard stands for."""
    bucket, name = split(uri)
    endpoint = storage._emulator(uri)
    if endpoint is None:
        return [path for path in storage._matches(uri) if Path(path).is_file()]
    with _explaining(uri):
        return _matching(f"{endpoint.rstrip('/')}/storage/v1/b/{urllib.parse.quote(bucket)}/o", name)


def _matching(objects: str, pattern: str) -> list[str]:
    wanted = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    query = {"prefix": pattern.partition("*")[0]}
    found: list[str] = []
    while True:
        with urllib.request.urlopen(f"{objects}?{urllib.parse.urlencode(query)}", timeout=SECONDS) as answer:
            page = json.load(answer)
        found += [item["name"] for item in page.get("items", []) if wanted.fullmatch(item["name"])]
        if not page.get("nextPageToken"):
            return sorted(found)
        query["pageToken"] = page["nextPageToken"]


def _fetch(objects: str, name: str, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    url = f"{objects}/{urllib.parse.quote(name, safe='')}?alt=media"
    with urllib.request.urlopen(url, timeout=SECONDS) as answer, target.open("wb") as file:
        shutil.copyfileobj(answer, file)
    return target


@contextlib.contextmanager
def _explaining(uri: str) -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise BigQueryError("notFound", f"Not found: URI {uri}") from None
        raise BigQueryError("backendError", f"{uri}: Cloud Storage answered {error.code}") from None
    except OSError as error:
        raise BigQueryError("backendError", f"{uri}: Cloud Storage does not answer: {error}") from None
