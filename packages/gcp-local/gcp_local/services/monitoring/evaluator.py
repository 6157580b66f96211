"""The thread that evaluates the policies and delivers what they say, in the background or when it is asked to."""

from __future__ import annotations

import logging
import threading

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.monitoring import delivery, evaluation
from gcp_local.services.scalars import timestamp

LOG = logging.getLogger(__name__)
TICK_SECONDS = 5.0
TICKS_BETWEEN_CLEANINGS = 720


class Evaluator:
    """Evaluates at every tick while started; `now` evaluates at once, one evaluation at a time."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="alerts", daemon=True)

    def start(self) -> None:
        """Evaluate from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Evaluate no more; what is pending is sent by the next process."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def now(self) -> Json:
        """Evaluate all policies, deliver, and say what happened."""
        with self._lock:
            problems = evaluation.evaluate(self._cloud)
            count = delivery.deliver(self._cloud)
        return {"time": timestamp(self._cloud.now()), "notifications": count, "notEvaluated": problems}

    def _loop(self) -> None:
        ticks = 0
        while not self._stopping.wait(TICK_SECONDS):
            try:
                if evaluation.is_due(self._cloud):
                    self.now()
                if ticks % TICKS_BETWEEN_CLEANINGS == 0:
                    evaluation.delete_old(self._cloud)
            except Exception:
                # One broken policy must not end all alerts: said in the log, tried again at the next tick.
                LOG.exception("evaluation of alert policies")
            ticks += 1
