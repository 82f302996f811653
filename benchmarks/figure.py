"""A line of the table that `make bench` prints."""

from __future__ import annotations

from dataclasses import dataclass

_MARK = "figure\t"


@dataclass(frozen=True)
class Figure:
    """`goal` is what the project promised, empty where it promised nothing."""

    name: str
    value: str
    goal: str = ""

    def line(self) -> str:
        """Return what a benchmark of its own process prints, for `read` to find among its output."""
        return f"{_MARK}{self.name}\t{self.value}\t{self.goal}"


def read(output: str) -> list[Figure]:
    """Return the figures among the lines of a benchmark's output."""
    found = (line.removeprefix(_MARK).split("\t") for line in output.splitlines() if line.startswith(_MARK))
    return [Figure(*fields) for fields in found]
