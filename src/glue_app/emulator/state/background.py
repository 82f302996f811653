"""Saves by itself: soon after something changed and things are quiet, and at the latest seconds later."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Hashable

from glue_app.disk.space import DiskFullError
from glue_app.emulator.state.saver import Saver, TerraformAtWorkError

LOG = logging.getLogger(__name__)

PAUSE_S = 5.0  # at least, from one save to the next
QUIET_S = 1.0  # nothing changed for so long: a good moment
FORCED_S = 12.0  # after the first change it is saved, quiet or not: 20 s with the wait for the gate
GATE_TIMEOUT_S = 5.0
RETRY_S = 2.0  # after a failure, and twice as long after each further one
LONGEST_RETRY_S = 60.0
TOO_MANY_FAILURES = 3
_LOOK_S = 0.5


class Schedule:
    """When to save; knows no clock of its own."""

    def __init__(self, now: float) -> None:
        self._not_before = now
        self._changed_at: float | None = None  # the first change that no save has
        self._last: tuple[float, Hashable] | None = None  # when the mark was last seen to change, and it
        self._pause = RETRY_S

    def due(self, now: float, saved: Hashable, mark: Hashable) -> bool:
        """Look at the mark of now; is it time to save? Call it every second or oftener."""
        if mark == saved:
            self._changed_at = self._last = None
            return False
        if self._changed_at is None:
            self._changed_at = now
        if self._last is None or self._last[1] != mark:
            self._last = (now, mark)
        quiet = now - self._last[0] >= QUIET_S
        return now >= self._not_before and (quiet or now - self._changed_at >= FORCED_S)

    def was_saved(self, now: float) -> None:
        self._not_before, self._changed_at, self._last = now + PAUSE_S, None, None
        self._pause = RETRY_S

    def failed(self, now: float) -> None:
        """While a save waits for the gate all others wait with it: leave them longer alone each time."""
        self._not_before = now + self._pause
        self._pause = min(2 * self._pause, LONGEST_RETRY_S)


class BackgroundSaver:
    """A thread that saves until it is stopped."""

    def __init__(self, saver: Saver) -> None:
        self._saver = saver
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="state-saver", daemon=True)
        self._schedule = Schedule(time.monotonic())
        self._failures = 0
        self._problem = ""
        self._told: type[Exception] | None = None  # the kind of failure that the log tells of already
        self._full = False

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop saving; return when no save is at work any more."""
        self._stop.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def check(self) -> None:
        """For health. Raises ConnectionError when saving has failed again and again, or the disk is full."""
        if self._full:
            raise ConnectionError(f"the state could not be saved: {self._problem}")
        if self._failures >= TOO_MANY_FAILURES:
            raise ConnectionError(
                f"the state could not be saved {self._failures} times in a row: {self._problem}"
            )

    def look(self, now: float) -> None:
        """Save if it is time to."""
        if self._saver.held_for_good or not self._schedule.due(now, self._saver.saved, self._saver.mark()):
            return
        if self._saver.terraform_at_work():
            return
        try:
            self._saver.save("automatic", automatic=True, timeout_s=GATE_TIMEOUT_S)
        except TerraformAtWorkError:
            return
        except Exception as error:
            self._failed(error)
        else:
            if self._told is not None:
                LOG.info("the state is saved again, after %d failures", self._failures)
            self._failures, self._told, self._full = 0, None, False
            self._schedule.was_saved(time.monotonic())

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        self._problem = f"{error}" or type(error).__name__
        self._schedule.failed(time.monotonic())
        self._full = isinstance(error, DiskFullError)
        if isinstance(error, self._saver.gate_timeout):
            LOG.info("not saved, requests are at work (%s): trying again", error)
        elif self._told is type(error):  # once is enough: it is tried again and again
            LOG.debug("the state could still not be saved: %s", error)
        elif self._full:
            LOG.error("the state could not be saved: %s", error)
        else:
            LOG.error("the state could not be saved", exc_info=error)
        if not isinstance(error, self._saver.gate_timeout):
            self._told = type(error)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_S):  # on after a save for the end: it may yet fail
            self.look(time.monotonic())
