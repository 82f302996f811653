"""What is wrong with a contract, by file and line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault: its line (from 1), the field (``columns[2].type``) and what to do about it."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class ContractError(ValueError):
    """Raised by ``load_contract``; ``problems`` holds every fault found, ordered by line."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("; ".join(f"{source}:{problem.line}: {problem}" for problem in self.problems))

    def __reduce__(self) -> tuple[type[ContractError], tuple[str, tuple[Problem, ...]]]:
        return (type(self), (self.source, self.problems))
