"""One column's cells: blanks, type, limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline import reasons
from pipeline.contract.model import Column
from pipeline.validation.normalize import normalizer_of
from pipeline.values import Parser, Rejected, parser_of

_EXCERPT = 60


@dataclass(frozen=True)
class ColumnCheck:
    """Picklable: parsers and patterns are made where they are first used."""

    column: Column
    max_cell_characters: int

    def value(self, cell: str) -> Any:
        """Return the typed value of a cell, None for "no value". Raises Rejected."""
        column = self.column
        if len(cell) > self.max_cell_characters:
            raise Rejected(reasons.CELL_TOO_LONG, f"has {len(cell)} characters, source.max_cell_characters is"
                           f" {self.max_cell_characters}")  # fmt: skip
        text = self.text(cell)
        if not text or text in self.nulls:
            if column.required:
                raise Rejected(reasons.REQUIRED_MISSING, "is empty")
            return None
        value = self._parser(text)
        if self._is_string:
            self._check_text(text)
        elif self.minimum is not None and value < self.minimum:
            raise Rejected(reasons.OUT_OF_RANGE, f"is below {column.minimum}")
        elif self.maximum is not None and value > self.maximum:
            raise Rejected(reasons.OUT_OF_RANGE, f"is above {column.maximum}")
        return value

    def text(self, cell: str) -> str:
        """Return the cell in the column's form, without outer blanks where it is trimmed."""
        text = self._normalize(cell)
        return text.strip() if self.column.trim or self.column.type.name != "string" else text

    def detail(self, rejected: Rejected, cell: str) -> str:
        """Return one sentence for the quarantine: column, excerpt (never of personal data), why."""
        if self.column.pii or not cell:
            return f"{self.column.name} {rejected.why}"
        excerpt = cell if len(cell) <= _EXCERPT else cell[: _EXCERPT - 1] + "…"
        return f"{self.column.name} {excerpt!r} {rejected.why}"

    def _check_text(self, text: str) -> None:
        column = self.column
        if self.enum and text not in self.enum:
            raise Rejected(reasons.NOT_IN_ENUM, f"is none of {', '.join(column.enum)}")
        if column.max_length is not None and len(text) > column.max_length:
            why = f"has {len(text)} characters, at most {column.max_length} are allowed"
            raise Rejected(reasons.TOO_LONG, why)
        if column.min_length is not None and len(text) < column.min_length:
            why = f"has {len(text)} characters, at least {column.min_length} are needed"
            raise Rejected(reasons.TOO_SHORT, why)
        if self.pattern and not self.pattern.fullmatch(text):
            raise Rejected(reasons.PATTERN_MISMATCH, f"does not match {column.pattern}")

    @cached_property
    def _is_string(self) -> bool:
        return self.column.type.name == "string"

    @cached_property
    def _normalize(self) -> Callable[[str], str]:
        return normalizer_of(self.column.normalize)

    @cached_property
    def _parser(self) -> Parser:
        return parser_of(self.column)

    @cached_property
    def nulls(self) -> frozenset[str]:
        return frozenset(map(self._normalize, self.column.nulls))

    @cached_property
    def enum(self) -> frozenset[str]:
        return frozenset(map(self._normalize, self.column.enum))

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        return re.compile(self.column.pattern) if self.column.pattern else None

    @cached_property
    def minimum(self) -> Any:
        return None if self.column.minimum is None else self._parser(self.column.minimum)

    @cached_property
    def maximum(self) -> Any:
        return None if self.column.maximum is None else self._parser(self.column.maximum)
