"""The SQL analyzer, where a package offers one (entry-point group `sql_gates`): what the catalog's rules cannot see.

A missing column or a wrong type passes the lint and a preview, and fails the apply. The analyzer takes seconds, so a
clean result is remembered by everything that it depends on.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path

from catalog import exports, reference_data
from catalog.cache import load_cached
from catalog.errors import CatalogErrors, finding
from plain_command.caches import Kept, cache_folder

MOST = 100
"""States of a tree that are known to be clean."""
RULE = "analyzer"
FIX = "mend the statement: BigQuery would refuse it"


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a clean run looked at."""

    statements: int
    files: int


def analyze(root: Path) -> Analysis | None:
    """Has every statement of `root`/sql and those made of config/ analyzed; None where no analyzer is installed.

    Errors: CatalogErrors.
    """
    gate = _gate()
    if gate is None:
        return None
    report = gate.load()(root, generated=generated(root))
    if report.findings:
        raise CatalogErrors(
            finding(found.path, found.position.line, found.message, fix=FIX, rule=RULE) for found in report.findings
        )
    return Analysis(report.statements, report.files)


def analyze_changed(root: Path, say: Callable[[str], None]) -> None:
    """The same, unless nothing that counts has changed since a run that found nothing. Errors: CatalogErrors."""
    gate = _gate()
    if gate is None:
        return
    load_cached(root)  # says what it refuses in better words, and leaves files that can be read
    fingerprint = _fingerprint(root, gate)
    clean = Kept(cache_folder("eros") / "analyzed", MOST)
    if clean.read(fingerprint) is not None:
        return
    say("analyzer: this SQL has not been analyzed yet; it takes some seconds, once")
    analyze(root)
    if _fingerprint(root, gate) != fingerprint:
        return  # a file was saved in the meantime: nobody knows which state of it was analyzed
    clean.write(fingerprint, b"")
    clean.forget()


def generated(root: Path) -> dict[Path, str]:
    """The statements that no file holds, by the file that each is made from. Raises CatalogError."""
    return reference_data.generated(root) | exports.generated(load_cached(root).objects)


def is_installed() -> bool:
    """Whether there is an analyzer here."""
    return _gate() is not None


def _gate() -> EntryPoint | None:
    return next(iter(entry_points(group="sql_gates")), None)


def _fingerprint(root: Path, gate: EntryPoint) -> str:
    """Changes with the files, with what is made of config/, and with the analyzer."""
    digest = hashlib.sha256(f"{sys.version} {gate.value} {_versions(gate)}".encode())
    files = [path for path in sorted((root / "sql").rglob("*.sql")) if not path.name.startswith(".")]
    texts = {path.relative_to(root): path.read_bytes() for path in files}
    made = {path: text.encode() for path, text in generated(root).items()}
    code = {path: path.read_bytes() for path in _code(gate)}
    for path, text in (texts | made | code).items():
        digest.update(f"\0{path}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()


def _versions(gate: EntryPoint) -> list[str]:
    """Of what the analyzer's package says that it needs, as far as it is installed."""
    needed = [re.split(r"[^\w.-]", need, maxsplit=1)[0] for need in (gate.dist.requires or () if gate.dist else ())]
    found = []
    for name in needed:
        with contextlib.suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return found


def _code(gate: EntryPoint) -> list[Path]:
    """The analyzer's own modules: in a checkout they change without a new version."""
    package = find_spec(gate.module.partition(".")[0])
    folders = (package.submodule_search_locations if package else None) or ()
    return [path for folder in folders for path in sorted(Path(folder).rglob("*.py"))]
