"""Whatever stands in a YAML file that people edit is read as it was meant, or refused with its line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from plain_command import plainyaml
from plain_command.plainyaml import Unreadable

LAUGHS = "a: &a [x, x, x]\n" + "".join(f"{name}: &{name} [{f'*{chr(ord(name) - 1)}, ' * 9}]\n" for name in "bcdefghij")


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"a: 'x", 1, "unexpected end of stream"),
        (b"a:\n\tb: 1", 2, "cannot start any token"),
        (b"- a\n", 1, "no mapping"),
        (b"text", 1, "no mapping"),
        (b"a: 1\nb: \x01", 2, "a character that YAML does not allow"),
        (b"\x7fELF\x02\x01\x00", 1, "a character that YAML does not allow"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8 text"),
        ("a: ä".encode("latin-1"), 1, "not UTF-8 text"),
        ("a: 1".encode("utf-16"), 1, "not UTF-8 text"),
        (b"a: 1\n---\nb: 2\n", 2, "a second document"),
        (b"a: 1\nb: !!python/object:os.system x\n", 2, "the tag"),
        (b"a: !secret x\n", 1, "the tag !secret"),
        (b"a: !!binary aGk=\n", 1, "the tag"),
        (LAUGHS.encode(), 1, "an anchor or alias"),
        (b"a: &a [*a]\n", 1, "an anchor or alias"),
        (b"a: 1\n<<: {b: 2}\n", 2, "a key that is no text"),
        (b"? [x]\n: 1\n", 1, "a key that is no text"),
        (b"config:\n  a: 1\n  b: 2\n  a: 3\n", 4, "a is given twice, first in line 2"),
        (b"list:\n- {a: 1, a: 2}\n", 2, "a is given twice"),
        (b"a: " + b"[" * 5000, 1, "more than 50 levels"),
        (b"a: " + b"{a: " * 5000, 1, "more than 50 levels"),
        (b"a: x\n" * 300_000, 0, "larger than 1 MiB"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line_and_a_fix(content: Any, line: int, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        plainyaml.parse(content)
    assert (caught.value.line, message in caught.value.message) == (line, True), caught.value.message
    assert caught.value.fix


def test_scalars_are_typed_only_where_nobody_can_mean_something_else() -> None:
    text = "a: yes\nb: 007\nc: 1.5\nd:\ne: 2025-01-01\nf: '1'\ng: [1, {h: x}]\ni: 0x\nj: " + "9" * 5000
    root = plainyaml.parse(text.encode())
    assert root is not None
    assert plainyaml.value(root) == {
        "a": True, "b": 7, "c": 1.5, "d": None, "e": "2025-01-01", "f": "1", "g": [1, {"h": "x"}], "i": "0x",
        "j": "9" * 5000,
    }  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_no_mapping_and_no_error(content: bytes) -> None:
    assert plainyaml.parse(content) is None


def test_a_file_that_begins_with_a_byte_order_mark_is_read() -> None:
    root = plainyaml.parse(b"\xef\xbb\xbfa: 1\n")
    assert root is not None
    assert plainyaml.value(root) == {"a": 1}


@pytest.mark.timeout(20)
def test_a_folder_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(Unreadable, match="no file"):
            plainyaml.read(tmp_path / name)
