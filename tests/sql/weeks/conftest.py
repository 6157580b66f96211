"""What tests of weeks share beside the emulator: selections, which take most of their time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from operations.weeks.selecting import Selection, Wish
from scheduling.model import SelectedCaption

Selected = dict[str, tuple[SelectedCaption, ...]]
# Of the bank that `ready` holds, for the whole session.
REMEMBERED: dict[str, Selected] = {}


@pytest.fixture
def selected_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same wishes get the captions that they got before: for tests of what comes after the selection."""
    select = Selection.select

    def remembered(selection: Selection, wishes: Sequence[Wish], now: datetime) -> Selected:
        key = repr(wishes)
        if key not in REMEMBERED:
            REMEMBERED[key] = select(selection, wishes, now)
        return REMEMBERED[key]

    monkeypatch.setattr(Selection, "select", remembered)
