"""Where states lead: every target exists in its own scope, every state is reached, some state ends.

AWS's wording says 'Next' for every kind of transition, and leaves unreachable states out where no state
ends (measured by others: https://github.com/floci-io/floci/pull/2786).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .diagnostics import Report

_MISSING = "MISSING_TRANSITION_TARGET"


def check(report: Report, location: str, machine: dict[str, Any], whole: bool) -> None:
    """Check one scope: the machine, a branch or an item processor; nested ones are checked on their own.

    whole: whether it is the machine itself; AWS takes a branch or item processor in which no state ends.
    """
    states = {name: state for name, state in machine["States"].items() if isinstance(state, dict)}
    start = machine.get("StartAt")
    if isinstance(start, str) and start not in states:
        report.error(_MISSING, f"Missing 'Next' target: {start}", f"{location}/StartAt")
    for name, state in states.items():
        for field, target in targets(state):
            if target not in states:
                report.error(
                    _MISSING, f"Missing 'Next' target: {target}", f"{location}/States/{name}/{field}"
                )
    if whole and not any(_ends(state) for state in states.values()):
        report.error("MISSING_END_STATE", "Workflow has no terminal state", None)
        return
    reached = _reached(states, start)
    for name in states:
        if name not in reached:
            report.error(_MISSING, f'State "{name}" is not reachable.', f"{location}/States/{name}")


def targets(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the field and the name of each state that may follow."""
    for field in ("Next", "Default"):
        if isinstance(state.get(field), str):
            yield field, state[field]
    for field in ("Choices", "Catch"):
        entries = state.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict) and isinstance(entry.get("Next"), str):
                yield f"{field}[{index}]/Next", entry["Next"]


def _ends(state: dict[str, Any]) -> bool:
    return state.get("End") is True or state.get("Type") in ("Succeed", "Fail")


def _reached(states: dict[str, Any], start: Any) -> set[str]:
    reached: set[str] = set()
    waiting = [start] if isinstance(start, str) else []
    while waiting:
        name = waiting.pop()
        if name in states and name not in reached:
            reached.add(name)
            waiting += [target for _, target in targets(states[name])]
    return reached
