"""YAML files of `config/` as plain text values that know their line, so that every refusal says `file:line`.

Scalars stay the text that was written: what `2025-01-01` or `yes` means is for the reader of the file to say.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import yaml

from catalog.errors import CatalogError, finding
from catalog.textfile import read_text

# Names and descriptions become descriptions, rows and labels: BigQuery takes no description above 1,024 characters.
MAX_LENGTH = 1024
Value = TypeVar("Value")


class Section:
    """A mapping of a file: its entries are asked for by name and kind; what is wrong raises CatalogError."""

    def __init__(self, path: Path, node: yaml.Node, where: str) -> None:
        self.path, self.where = path, where
        self.line = node.start_mark.line + 1
        self._entries: dict[str, yaml.Node] = {}
        if not isinstance(node, yaml.MappingNode):
            raise self.error(f"{where} is no mapping", fix="write name: value lines")
        for key, value in node.value:
            self._entries[self._name(key)] = value

    def _name(self, key: yaml.Node) -> str:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or not key.value.strip():
            raise finding(self.path, line, f"{self.where}: an entry without a name", fix="write name: and its value")
        if key.value in self._entries:
            raise finding(self.path, line, f"{key.value} is given twice", fix="keep one")
        if problem := _unfit(key.value):
            raise finding(self.path, line, f"{self.where}: a name {problem}", fix="write a short name of plain text")
        return str(key.value)

    @property
    def names(self) -> tuple[str, ...]:
        """The entries' names in the order of the file."""
        return tuple(self._entries)

    def error(self, message: str, *, fix: str, key: str = "") -> CatalogError:
        """A finding at the entry `key`, or at the section."""
        return finding(self.path, self.line_of(key), message, fix=fix, rule="configuration")

    def line_of(self, key: str) -> int:
        """The line of the entry `key`, or of the section where there is none."""
        node = self._entries.get(key)
        return node.start_mark.line + 1 if node else self.line

    def only(self, *names: str) -> None:
        """Refuse every entry that has another name."""
        for name in self._entries:
            if name not in names:
                message = f"{self.where}: unknown entry {name}"
                raise self.error(message, fix=f"use {', '.join(names)}", key=name)

    def text(self, name: str, default: str | None = None) -> str:
        """A scalar as written; without `default` it must be there and not be empty."""
        node = self._entries.get(name)
        if node is None and default is not None:
            return default
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value.strip()):
            raise self.error(f"{self.where}: {name} is missing", fix=f"write {name}: and its value", key=name)
        if not isinstance(node, yaml.ScalarNode):
            kind = "list" if isinstance(node, yaml.SequenceNode) else "mapping"
            message = f"{self.where}: {name} is a {kind}, and one value is wanted"
            raise self.error(message, fix=f"write {name}: and its value, without brackets", key=name)
        if problem := _unfit(node.value.strip()):
            raise self.error(f"{self.where}: {name} {problem}", fix="write plain text on one line", key=name)
        return str(node.value).strip()

    def parsed(self, name: str, parse: Callable[[str], Value], what: str, default: str | None = None) -> Value:
        """A scalar turned into a value; `parse` raises ValueError or KeyError for what is no `what`."""
        text = self.text(name, default)
        try:
            return parse(text)
        except (ValueError, KeyError, OverflowError):
            message = f"{self.where}: {name}: {text!r} is no {what}"
            raise self.error(message, fix=f"write {name}: {what}", key=name) from None

    def sections(self) -> Iterator[tuple[str, Section]]:
        """Each entry as a section of its own."""
        for name, node in self._entries.items():
            yield name, Section(self.path, node, name)

    def section(self, name: str) -> Section:
        """The entry `name`, which must be a mapping."""
        node = self._entries.get(name)
        if node is None:
            raise self.error(f"{self.where}: {name} is missing", fix=f"write {name}: and its entries")
        return Section(self.path, node, name)

    def texts(self, name: str) -> tuple[str, ...]:
        """The entry `name` as a list of scalars, at least one and none twice."""
        node = self._entries.get(name)
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        texts = tuple(item.value for item in items if isinstance(item, yaml.ScalarNode) and item.value.strip())
        if not texts or len(texts) != len(items) or len(set(texts)) != len(texts):
            fix = f"write {name}: [one, another], each once"
            raise self.error(f"{self.where}: {name} is no list of words", fix=fix, key=name)
        return texts

    def list(self, name: str) -> list[Section]:
        """The entry `name` as a list of mappings."""
        node = self._entries.get(name)
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(f"{self.where}: {name} is no list", fix=f"write {name}: and items with - before each")
        return [Section(self.path, item, f"{name}[{number}]") for number, item in enumerate(node.value, 1)]


def _unfit(text: str) -> str:
    """Why BigQuery and a reader cannot take this text, '' when they can."""
    if len(text) > MAX_LENGTH:
        return f"has {len(text):,} characters, of at most {MAX_LENGTH:,}"
    for character in text:
        # Control, format (they turn text around or hide in it) and half characters.
        if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
            return f"holds the character U+{ord(character):04X}, which nobody can see"
    return ""


def truth(text: str) -> bool:
    """`true` or `false`; KeyError for anything else."""
    return {"true": True, "false": False}[text]


def year(text: str) -> int:
    """Four digits, as everybody reads them: `int` takes more (2_024, other scripts). ValueError for anything else."""
    if not (len(text) == 4 and text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def read(root: Path, name: str) -> Section | None:
    """The mapping in `root`/config/`name`; None when there is no such file. Raises CatalogError."""
    path = Path("config") / name
    try:
        text = read_text(root, path)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except FileNotFoundError:
        return None
    except RecursionError:
        raise finding(path, 0, "brackets are nested too deeply", fix="write its entries as name: value lines") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise finding(path, line, f"no valid YAML: {error.problem}", fix="mend the line or its indentation") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"a character that YAML does not allow: U+{ord(text[error.position]):04X}"
        raise finding(path, line, message, fix="take the character out, or save the file as UTF-8 text") from None
    if node is None:
        raise finding(path, 0, "the file is empty", fix="write its entries, or delete the file")
    return Section(path, node, name)
