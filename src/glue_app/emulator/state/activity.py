"""What changes without a request: job runs, executions and databases that go on and end by themselves."""

from __future__ import annotations

from collections.abc import Callable, Hashable

#: a value that differs when something has changed
Fingerprint = Callable[[], Hashable]

_fingerprints: dict[str, Fingerprint] = {}


def register(name: str, fingerprint: Fingerprint) -> None:
    """Add one; the last registration of a name counts."""
    _fingerprints[name] = fingerprint


def activity() -> Hashable:
    """All of them. A store that changes meanwhile counts as changed: the next look shows how."""
    found: list[Hashable] = []
    for name, fingerprint in list(_fingerprints.items()):
        try:
            found.append((name, fingerprint()))
        except RuntimeError:  # dictionary changed size during iteration
            found.append((name, object()))
    return tuple(found)
