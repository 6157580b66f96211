"""`eros bootstrap` prepares the project that the stack uses, or says that its configuration names another one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from operations import engines
from operations.bootstrap import bootstrap
from settings.errors import ErosError
from tests.unit.operations.recorder import calls, recording_stack

ROOT = Path(__file__).resolve().parents[3]
PLATFORM = "config:\n  eros-platform:project: my-project\n  eros-platform:alertEmail: a@example.com\n"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bootstrap").mkdir()
    (tmp_path / "sql").mkdir()
    for name in ("Pulumi.yaml", "bootstrap/Pulumi.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    engine = recording_stack(tmp_path / "bootstrap").engine
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "choose", lambda **_: engine)
    (tmp_path / "bootstrap/answer-stack-ls").write_text("[]")
    (tmp_path / "Pulumi.dev.yaml").write_text(PLATFORM)
    return tmp_path


def state(clone: Path, text: str) -> None:
    (clone / "bootstrap/Pulumi.dev.yaml").write_text("config:\n" + text)


def test_the_same_project_is_made_ready(clone: Path) -> None:
    state(clone, "  eros-bootstrap:project: my-project\n")
    stack = bootstrap("dev")
    asked = [" ".join(call).partition(" --")[0] for call in calls(stack)]
    assert (stack.root, asked) == (clone / "bootstrap", ["stack ls", "stack init dev"])


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (
            "  eros-bootstrap:project: my-other-project\n",
            r"(?s)eros-bootstrap:project of stack dev is 'my-other-project', but eros-platform:project is 'my-project'"
            r".*fix: pulumi -C bootstrap config set project my-project -s dev",
        ),
        ("  eros-bootstrap:project: my-project\n  eros-bootstrap:cloud: local\n", "eros-bootstrap:cloud of stack dev"),
        ("  eros-platform:project: my-project\n", "eros-bootstrap:project: no value"),
        (
            "  eros-bootstrap:project: {secure: v1:x}\n",
            r"bootstrap/Pulumi.dev.yaml:2: eros-bootstrap:project is stored",
        ),
    ],
)
def test_another_project_stops_before_the_engine_is_asked(clone: Path, stated: str, said: str) -> None:
    state(clone, stated)
    with pytest.raises(ErosError, match=said):
        bootstrap("dev")
    assert not (clone / "bootstrap/calls").exists()


def test_a_missing_configuration_of_bootstrap_is_named_with_its_folder(clone: Path) -> None:
    (clone / "bootstrap/Pulumi.dev.yaml").unlink()
    with pytest.raises(ErosError, match=r"(?s)bootstrap/Pulumi.dev.yaml does not.*fix: pulumi -C bootstrap stack init"):
        bootstrap("dev")
