"""A disk that fills up under the engine: a message, and a state that can be read and taken on from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_cloud import ITEM, ToyCloud, ToyProvider, serve
from toy_project import ToyProject

# Files of at most this many KiB can be written; the state of three items with their ends takes about five.
FULL = 'ulimit -f "$0"; exec "$@"'
COMMAND = (sys.executable, "-B", "-m", "embedded_engine", "up", "--yes", "--skip-preview", "-s", "dev")


def items(*names: str) -> list[dict[str, object]]:
    return [{"type": ITEM, "name": name, "properties": {"name": name, "text": "x" * 700}} for name in names]


@pytest.fixture
def project(tmp_path: Path, cloud: ToyCloud) -> Iterator[ToyProject]:
    server, port = serve(ToyProvider(cloud))
    made = ToyProject(tmp_path / "project", tmp_path / "backend", port)
    made.declare(items("a"))
    first = made.embedded("up", "--yes", "--skip-preview", "-s", "dev")
    assert first.returncode == 0, first.stdout + first.stderr
    yield made
    server.stop(None)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("room", [0, 1, 3, 4])
def test_a_full_disk_ends_an_update_with_a_message_and_a_sound_state(project: ToyProject, room: int) -> None:
    project.declare(items("a", "b", "c", "d", "e"))
    done = project.run("bash", "-c", FULL, str(room), *COMMAND, COLUMNS="1", PYTHONDONTWRITEBYTECODE="1")
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert "Traceback" not in said
    assert "File too large" in said or "No usable temporary directory" in said
    assert any(state["urn"].endswith("::a") for state in project.state["resources"])

    again = project.embedded("up", "--yes", "--skip-preview", "-s", "dev")
    assert again.returncode == 0, again.stdout + again.stderr
    assert {state["urn"][-1] for state in project.state["resources"] if state["type"] == ITEM} == set("abcde")
