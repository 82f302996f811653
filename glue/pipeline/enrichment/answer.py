"""Reading a Converse response: which records it answers, and what is wrong with the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastjsonschema import JsonSchemaException

from pipeline.enrichment.prompt import TOOL_NAME
from pipeline.enrichment.repair import repair

TOO_SHORT = frozenset({"max_tokens", "model_context_window_exceeded"})
"""Stop reasons that mean: fewer records a prompt."""
REFUSED = frozenset({"guardrail_intervened", "content_filtered"})
"""Stop reasons that mean: some record was refused; which one is found by asking each alone."""


@dataclass(frozen=True)
class Reading:
    """``answers`` by position of the text; ``problems`` says what else was found (for the log)."""

    stop_reason: str
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def _records(response: Mapping[str, Any]) -> list[Any] | None:
    blocks = response.get("output", {}).get("message", {}).get("content") or []
    uses = [block["toolUse"] for block in blocks if block.get("toolUse", {}).get("name") == TOOL_NAME]
    if not uses:
        return None
    # a model may split its answer over several uses of the tool
    found: list[Any] = []
    for use in uses:
        records = use["input"].get("records") if isinstance(use.get("input"), Mapping) else None
        if not isinstance(records, list):
            return None
        found.extend(records)
    return found


def read(
    response: Mapping[str, Any],
    count: int,
    properties: Mapping[str, Mapping[str, Any]],
    check: Callable[[Any], Any],
) -> Reading:
    """Return the valid answers of ``response`` to ``count`` texts.

    An id that is missing, foreign, answered twice in two ways, or against the schema has no answer here;
    nothing is raised, whatever the model says.
    """
    stop_reason = str(response.get("stopReason", ""))
    if stop_reason in TOO_SHORT or stop_reason in REFUSED:
        return Reading(stop_reason, problems=[f"stop reason {stop_reason}"])
    records = _records(response)
    if records is None:
        return Reading(stop_reason, problems=[f"no usable tool input (stop reason {stop_reason})"])
    answers: dict[int, dict[str, Any]] = {}
    problems: list[str] = []
    contradicted: set[int] = set()
    for record in records:
        identity = record.get("id") if isinstance(record, Mapping) else None
        if isinstance(identity, str) and identity.isdigit():
            identity = int(identity)
        if isinstance(identity, bool) or not isinstance(identity, int) or not 0 <= identity < count:
            problems.append(f"foreign id {str(identity)[:20]!r}")
            continue
        answer = repair(record, properties)
        try:
            check(answer)
        except JsonSchemaException as error:
            problems.append(f"id {identity}: {error.name} is against the schema ({error.rule})")
            continue
        if answers.setdefault(identity, answer) != answer:
            contradicted.add(identity)
            problems.append(f"id {identity} answered twice in two ways")
    for identity in contradicted:
        del answers[identity]
    missing = count - len(answers)
    if missing and not problems:
        problems.append(f"{missing} of {count} ids missing")
    return Reading(stop_reason, answers, problems)
