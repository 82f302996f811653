"""What changes without a request: job runs, executions and databases that go on and end by themselves."""

from __future__ import annotations

from collections.abc import Hashable

from glue_app.emulator.service.registration import registered


def activity() -> Hashable:
    """Return a value that differs when anything has changed.

    A store that changes meanwhile counts as changed: the next look shows how.
    """
    found: list[Hashable] = []
    for each in registered():
        if each.activity is None:
            continue
        try:
            found.append((each.name, each.activity()))
        except RuntimeError:  # dictionary changed size during iteration
            found.append((each.name, object()))
    return tuple(found)
