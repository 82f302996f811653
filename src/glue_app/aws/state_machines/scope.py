"""What a check needs to know about where it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .diagnostics import Report

JSONPATH, JSONATA = "JSONPath", "JSONata"
NOTHING: frozenset[str] = frozenset()
RESULT = frozenset({"result"})
CAUGHT = frozenset({"errorOutput"})


@dataclass(frozen=True)
class Scope:
    """One object of a definition and how to read it.

    machine_language: what states use that name no language of their own. express: whether what runs here is
    an Express workflow. readable: which of `result` and `errorOutput` an expression here may read.
    """

    report: Report
    location: str
    machine_language: str
    language: str
    express: bool = False
    readable: frozenset[str] = NOTHING

    def at(self, field: str) -> Scope:
        return replace(self, location=f"{self.location}/{field}")

    def item(self, index: int) -> Scope:
        return replace(self, location=f"{self.location}[{index}]")

    def reading(self, readable: frozenset[str]) -> Scope:
        return replace(self, readable=readable)

    @property
    def jsonata(self) -> bool:
        return self.language == JSONATA

    def schema(self, message: str) -> None:
        self.report.schema(message, self.location)


def entries(scope: Scope, listed: Any, may_be_empty: bool = False) -> list[tuple[Scope, Any]]:
    """Return the entries of a list, each with its scope; report what is no list, and return none."""
    if not isinstance(listed, list):
        scope.schema("Expected value of type [ARRAY]")
        return []
    if not listed and not may_be_empty:
        scope.schema("Value cannot be empty")
    return [(scope.item(index), entry) for index, entry in enumerate(listed)]


def required(scope: Scope, body: dict[str, Any], *names: str) -> None:
    if missing := [name for name in names if name not in body]:
        scope.schema(f"These fields are required: [{', '.join(missing)}]")


def at_most_one(scope: Scope, body: dict[str, Any], *names: str) -> None:
    if sum(name in body for name in names) > 1:
        scope.schema(f"There should only be one of the following fields: [{', '.join(names)}]")


def exactly_one(scope: Scope, body: dict[str, Any], *names: str) -> None:
    if not any(name in body for name in names):
        scope.schema(f"This object should have only one of the following fields: [{', '.join(names)}]")
    at_most_one(scope, body, *names)


def known(scope: Scope, body: dict[str, Any], names: frozenset[str] | set[str]) -> None:
    for name in body:
        if name not in names:
            scope.schema(f"Field '{name}' is not supported")
