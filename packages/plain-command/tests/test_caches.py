"""The cache folder follows the XDG specification; what is kept there is whole or absent."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Any

import pytest

from plain_command import caches


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_CACHE_HOME": "/var/c", "HOME": "/h/ann"}, "/var/c/x"),
        ({"XDG_CACHE_HOME": "", "HOME": "/h/ann"}, "/h/ann/.cache/x"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h/ann"}, "/h/ann/.cache/x"),
        ({"HOME": ""}, pwd.getpwuid(os.getuid()).pw_dir + "/.cache/x"),
        ({}, pwd.getpwuid(os.getuid()).pw_dir + "/.cache/x"),
    ],
)
def test_the_folder_follows_the_environment_and_does_not_need_it(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, Any], folder: str
) -> None:
    for name in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert caches.cache_folder("x") == Path(folder)


def test_a_file_is_its_owners_alone_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    caches.write(path, b"first")
    caches.write(path, b"second")
    assert path.read_bytes() == b"second"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_an_error_for_the_caller(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError):
        caches.write(tmp_path / "file" / "x", b"")


def test_what_is_kept_is_there_until_others_were_used_more_lately(tmp_path: Path) -> None:
    kept = caches.Kept(tmp_path / "kept", 2)
    for age, key in enumerate(("a", "b", "c")):
        kept.write(key, key.encode())
        os.utime(kept.folder / key, (age, age))
    assert kept.read("a") == b"a"
    kept.forget()
    assert {path.name for path in kept.folder.iterdir()} == {"a", "c"}
    assert kept.read("b") is None


def test_what_others_could_have_written_is_not_there(tmp_path: Path) -> None:
    kept = caches.Kept(tmp_path, 2)
    kept.write("a", b"a")
    (tmp_path / "a").chmod(0o666)
    assert kept.read("a") is None


def test_what_cannot_be_kept_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = caches.Kept(tmp_path / "file", 2)
    kept.write("a", b"a")
    kept.forget()
    assert kept.read("a") is None
