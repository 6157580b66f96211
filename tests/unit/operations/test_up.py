"""`eros up` of a stack that nobody has made yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from operations import cli
from operations.commands import deployment


@dataclass
class Fake:
    """A stack that writes down what was asked of it."""

    is_local: bool
    there: bool
    asked: list[str] = field(default_factory=list)
    engine: str = "an engine"

    @property
    def settings(self) -> SimpleNamespace:
        return SimpleNamespace(is_local=self.is_local)

    def exists(self) -> bool:
        return self.there

    def init(self) -> None:
        self.asked.append("init")

    def run(self, verb: str, arguments: list[str]) -> int:
        self.asked.append(" ".join([verb, *arguments]))
        return 0


@pytest.mark.parametrize(
    ("is_local", "there", "asked"),
    [(True, False, ["init", "up --yes"]), (True, True, ["up --yes"]), (False, False, ["up --yes"])],
)
def test_a_local_stack_is_made_by_its_first_update_and_one_of_google_cloud_never_is(
    monkeypatch: pytest.MonkeyPatch, is_local: bool, there: bool, asked: list[str]
) -> None:
    fake = Fake(is_local, there)
    monkeypatch.setattr("operations.stack.Stack.open", lambda *_: fake)
    monkeypatch.setattr(deployment, "_analyze", lambda _: None)
    monkeypatch.setattr("sys.argv", ["eros", "up", "-s", "some", "--yes"])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert (caught.value.code, fake.asked) == (0, asked)
