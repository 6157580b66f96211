"""Effects that are tried again when the cloud did not do them: after 2, 4 and 8 seconds, then the error stands."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from operations.errors import CloudError

Result = TypeVar("Result")
# Source: the orchestrator's rule.
PAUSES = (2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before each further try. What is tried must do no harm when it is done twice."""

    pauses: tuple[float, ...] = PAUSES
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, effect: Callable[[], Result]) -> Result:
        """The result of the effect. Errors: those of its last try."""
        for pause in self.pauses:
            try:
                return effect()
            except CloudError:
                self.sleep(pause)
        return effect()
