"""Ask before something is done that costs or removes."""

from __future__ import annotations

import sys
from collections.abc import Callable


def agreed(yes: bool, question: str, say: Callable[[str], None]) -> bool:
    """Return whether to go on: ``yes`` says so, or a person at a terminal does."""
    if yes:
        return True
    if not sys.stdin.isatty():
        say("nothing was done: YES=1 does it")
        return False
    print(f"{question} [y/N] ", end="", flush=True)
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    say("nothing was done")
    return False
