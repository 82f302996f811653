"""A thread that does one thing again and again until the service ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

LOG = logging.getLogger(__name__)


class Repeated:
    """Calls `look` every `period_s` seconds; one that fails is logged, and the next is made all the same.

    name: of the thread, and in the log.
    """

    def __init__(self, name: str, look: Callable[[], object], period_s: float) -> None:
        self._name, self._look, self._period_s = name, look, period_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def stopped(self) -> bool:
        """Was its end asked for? A look that takes long asks."""
        return self._stop.is_set()

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float | None = None) -> None:
        """Begin no look any more, and wait for the one that is made. timeout_s: no longer than that."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.wait(self._period_s):
            try:
                self._look()
            except Exception:
                LOG.exception("%s", self._name)
