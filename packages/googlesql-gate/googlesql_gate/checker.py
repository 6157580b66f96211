"""Checks a tree of SQL files: reads them, puts them in order, has each one analyzed.

Tables come first, then everything after what it refers to. Objects that refer to each other in a circle are analyzed
in the order of their names, so the first of them is told that the other does not exist: as BigQuery would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from googlesql_gate import bigquery, remembered
from googlesql_gate.analyzer import Analyzer
from googlesql_gate.catalog_builder import Catalog, table_entry
from googlesql_gate.protos import Node
from googlesql_gate.remembered import Outline
from googlesql_gate.report import Finding, Report
from googlesql_gate.source import Position, Source, position, reported_position
from googlesql_gate.statements import ScriptChecker
from googlesql_gate.wasm import AnalyzerCrash, AnalyzerError

_CREATES = re.compile(r"ASTCreate(External)?(Table|View|MaterializedView|Function|TableFunction|Procedure)Statement")
_LABEL = re.compile(r"\b([A-Za-z_]\w*)\s*:\s*(?=(?:LOOP|WHILE|REPEAT|FOR|BEGIN)\b)", re.IGNORECASE)
_START = Position(1, 1)


class Checked:
    """A file to check: its outline is known at once, its parse tree only when it is analyzed."""

    def __init__(self, path: Path, text: str, source: Callable[[], Source]) -> None:
        self.path = path
        self.text = text
        self._source = source
        self._parsed: Source | None = None
        key = remembered.outline_key(text)
        known = remembered.outline(key)
        self.outline = known or outlined(self.source.tree)
        if known is None:
            remembered.keep_outline(key, self.outline)

    @property
    def source(self) -> Source:
        """The parsed text. Errors: AnalyzerError, AnalyzerCrash; never once the outline is known."""
        if self._parsed is None:
            self._parsed = self._source()
        return self._parsed


def check(root: Path, analyzer: Analyzer | None = None, generated: Mapping[Path, str] | None = None) -> Report:
    """Analyzes every statement of every file below `root`/sql; paths in the findings are relative to `root`.

    `generated` are further statements, by the file that each was made from. Files that were clean before, and mention
    nothing that has changed since, are not analyzed again.
    """
    analyzer = analyzer or Analyzer()
    findings: list[Finding] = []
    files = []
    paths = sql_files(root)
    for path in paths:
        loaded = _load(path, path.relative_to(root), analyzer)
        if isinstance(loaded, Checked):
            files.append(loaded)
        else:
            findings.append(loaded)
    for path, text in (generated or {}).items():
        files.append(Checked(path, text, partial(Source, path, text, analyzer.parse)))
    _add_information_schema(files, analyzer.catalog)
    statements = 0
    for file in in_order(files):
        found, number = _checked(file, analyzer)
        findings += found
        statements += number
    remembered.forget_old()
    return Report(tuple(sorted(findings, key=_place)), statements, len(paths) + len(generated or {}))


def _checked(file: Checked, analyzer: Analyzer) -> tuple[list[Finding], int]:
    """What is wrong with a file, and how many statements it has. What it defines is in the catalog then."""
    catalog = analyzer.catalog
    key = remembered.verdict_key(file.text, catalog.entries())
    if clean := remembered.verdict(key):
        for entry in clean.entries:
            catalog.add(entry)
        return [], clean.statements
    catalog.added()
    checker = ScriptChecker(analyzer, file.source)
    checker.check()
    if not checker.findings:
        remembered.keep_verdict(key, remembered.Verdict(checker.statements, catalog.added()))
    return checker.findings, checker.statements


def sql_files(root: Path) -> list[Path]:
    """The files to check, by name; hidden ones are an editor's own. None at all is a mistake, not a clean tree."""
    paths = sorted(path for path in (root / "sql").rglob("*.sql") if not path.name.startswith("."))
    if not paths:
        raise FileNotFoundError(f"no .sql file below {root / 'sql'}")
    return paths


def in_order(files: Iterable[Checked]) -> list[Checked]:
    """Tables first, then each file after those that define what it refers to."""
    ranked = sorted(files, key=lambda file: (file.path.parent.name != "tables", file.path))
    owners = {name: file for file in ranked for name in file.outline.defines}
    uses = {file.path: [owners[name] for name in _uses(file.outline, owners)] for file in ranked}
    ordered: dict[Path, Checked] = {}
    entered: set[Path] = set()
    waiting = [(file, False) for file in reversed(ranked)]
    while waiting:
        file, done = waiting.pop()
        if done:
            ordered.setdefault(file.path, file)
        elif file.path not in entered:
            entered.add(file.path)
            waiting.append((file, True))
            waiting += [(used, False) for used in reversed(uses[file.path])]
    return list(ordered.values())


def outlined(tree: Node) -> Outline:
    """The names in a parse tree."""
    paths = dict.fromkeys(node.path for node in tree.walk() if node.kind == "ASTPathExpression")
    return Outline(tuple(_defines(tree)), tuple(paths))


def _load(path: Path, shown: Path, analyzer: Analyzer) -> Checked | Finding:
    """The parsed file, or the reason why it cannot be parsed."""
    try:
        # Line ends are kept: a translated one would move everything behind it.
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        readable = error.object[: error.start].decode()
        return Finding(shown, position(readable, len(readable)), "not UTF-8 text")
    try:
        return Checked(shown, text, partial(_source, shown, text, analyzer))
    except AnalyzerError as error:
        return Finding(shown, reported_position(text, *error.at) if error.at else _START, error.message)
    except AnalyzerCrash as error:
        return Finding(shown, _START, f"cannot be parsed: {error}")


def _source(shown: Path, text: str, analyzer: Analyzer) -> Source:
    """The parsed text; labels, which the parser knows only outside CREATE PROCEDURE, are blanked where it stumbles."""
    try:
        return Source(shown, text, analyzer.parse)
    except AnalyzerError:
        blanked = _without_labels(text)
        if blanked == text:
            raise
        return Source(shown, blanked, analyzer.parse)


def _without_labels(text: str) -> str:
    """The same text, character for character, with blanks for labels and their uses."""
    for name in {match[1] for match in _LABEL.finditer(text)}:
        uses = re.compile(
            rf"(?<=\bEND )(?:(LOOP|WHILE|REPEAT|FOR) )?{name}\b|(?<=\bBREAK ){name}\b|(?<=\bLEAVE ){name}\b"
            rf"|(?<=\bCONTINUE ){name}\b|(?<=\bITERATE ){name}\b",
            re.IGNORECASE,
        )
        text = uses.sub(lambda match: (match[1] or "").ljust(len(match[0])), text)
    return _LABEL.sub(lambda match: " " * len(match[0]), text)


def _defines(tree: Node) -> list[str]:
    names = []
    for statement in tree.require("statement_list_node").nodes("statement_list"):
        if _CREATES.fullmatch(statement.kind):
            name = statement.node("name") or statement.require("function_declaration").require("name")
            names.append(_key(name.path))
    return names


def _uses(outline: Outline, known: Mapping[str, Checked]) -> list[str]:
    """Names of `known` that a file mentions, alone or with fields of theirs behind them; each once."""
    found: dict[str, None] = {}
    for path in outline.paths:
        for length in range(len(path), 0, -1):
            if (name := _key(path[:length])) in known:
                found[name] = None
                break
    return list(found)


def _key(path: tuple[str, ...]) -> str:
    return ".".join(path).lower()


def _add_information_schema(files: Iterable[Checked], catalog: Catalog) -> None:
    """INFORMATION_SCHEMA of every dataset and region that a file names with it."""
    prefixes = {
        path[:index]
        for file in files
        for path in file.outline.paths
        for index, part in enumerate(path)
        if part.upper() == "INFORMATION_SCHEMA"
    }
    for prefix in sorted(prefixes):
        for name, columns in bigquery.INFORMATION_SCHEMA.items():
            catalog.add(table_entry((*prefix, "INFORMATION_SCHEMA", name), list(columns.items())))


def _place(finding: Finding) -> tuple[Path, Position]:
    return finding.path, finding.position
