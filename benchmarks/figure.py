"""A line of the table that `make bench` prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`goal` is what the project promised, empty where it promised nothing."""

    name: str
    value: str
    goal: str = ""
