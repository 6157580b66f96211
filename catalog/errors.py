"""Findings of the catalog: one `CatalogError` a defect, all of them together in `CatalogErrors`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from settings.errors import ErosError, FilePosition, SourceError


class CatalogError(SourceError):
    """One defect of one file. `rule` names the rule that it breaks (`syntax`, `reference`, a lint rule ...)."""

    def __init__(self, location: FilePosition, message: str, *, fix: str, rule: str = "syntax") -> None:
        super().__init__(location, f"{message} [{rule}]", fix=fix)
        self.rule = rule


class CatalogErrors(ErosError):
    """Everything that is wrong with the files, in the order of path and line."""

    def __init__(self, findings: Iterable[CatalogError]) -> None:
        self.findings = tuple(sorted(findings, key=lambda f: (str(f.location.path), f.location.line, str(f))))
        count = len(self.findings)
        summary = f"{count} {'error' if count == 1 else 'errors'} in the catalog"
        super().__init__("\n".join([f"{summary}:", *map(str, self.findings)]))


def finding(path: Path, line: int, message: str, *, fix: str, rule: str = "syntax") -> CatalogError:
    """A `CatalogError` at `path:line`."""
    return CatalogError(FilePosition(path, line), message, fix=fix, rule=rule)
