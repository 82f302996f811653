"""Says what is being done: a line when a step starts and ends, and signs of life in between."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_HEARTBEAT_S = 10.0


class Console:
    """Prints whole lines to stderr, or hands them to `to`, from several threads."""

    def __init__(self, quiet: bool = False, to: Callable[[str], None] | None = None) -> None:
        self.quiet = quiet
        self._to = to or _to_stderr
        self._lock = threading.Lock()
        self._running: dict[str, float] = {}
        self._last_words: dict[str, str] = {}
        self._timer: threading.Timer | None = None

    def line(self, text: str) -> None:
        """One line, at once."""
        if not self.quiet:
            with self._lock:
                self._to(text)

    def say(self, title: str, text: str) -> None:
        """Print a line of a step: its title in the left column."""
        self.line(f"  {title:<26} {text}")

    def progress(self, title: str, text: str) -> None:
        """Keep what a step printed last; it is shown with the next heartbeat."""
        self._last_words[title] = text.strip()[:70]

    @contextmanager
    def step(self, title: str, doing: str) -> Iterator[None]:
        """Announce a step, and every ten seconds that it still runs and what it said last."""
        started = time.monotonic()
        self.say(title, f"{doing} …")
        self._running[title] = started
        self._beat_later()
        try:
            yield
        finally:
            self._running.pop(title, None)
            self._last_words.pop(title, None)

    def _beat_later(self) -> None:
        if self._timer is None and not self.quiet:
            self._timer = threading.Timer(_HEARTBEAT_S, self._beat)
            self._timer.daemon = True
            self._timer.start()

    def _beat(self) -> None:
        self._timer = None
        for title, started in list(self._running.items()):
            if time.monotonic() - started < _HEARTBEAT_S / 2:
                continue
            words = self._last_words.get(title, "")
            self.say(title, f"… {time.monotonic() - started:.0f} s" + (f", {words}" if words else ""))
        if self._running:
            self._beat_later()


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
