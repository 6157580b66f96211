"""A file of a command that may die at any moment: the old one or the new one, and nothing beside it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from operations.durable import write_json


def test_it_is_on_the_disk_before_it_takes_the_others_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "new" / "it.json", list[bool]()
    fsync = os.fsync

    def noting(handle: int) -> None:
        seen.append(path.exists())
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noting)
    write_json(path, {"a": "é"})
    assert (json.loads(path.read_text()), seen) == ({"a": "é"}, [False])


def test_where_the_disk_is_full_the_old_one_stays_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "it.json"
    write_json(path, {"n": 1})

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space.*it\.json"):
        write_json(path, {"n": 2})
    assert json.loads(path.read_text()) == {"n": 1}
    assert list(tmp_path.iterdir()) == [path]
