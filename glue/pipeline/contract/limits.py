"""Limits and formats of columns, tried out with the very parsers that will read the cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from pipeline.contract.document import Document, Path
from pipeline.contract.errors import Problem
from pipeline.contract.model import Column, Contract
from pipeline.values import Rejected, parser_of

_SAMPLE = datetime(2024, 11, 25, 13, 14, 15, tzinfo=timezone.utc)


def check(document: Document, contract: Contract) -> list[Problem]:
    """Return every limit that is no value of its column's type, and every format that cannot read what it
    writes.
    """
    return [
        problem
        for index, column in enumerate(contract.columns)
        for problem in (
            *_limits(document, ("columns", index), column),
            *_formats(document, ("columns", index), column),
        )
    ]


def _limits(document: Document, path: Path, column: Column) -> Iterator[Problem]:
    found = {}
    for field, text in (("min", column.minimum), ("max", column.maximum)):
        if text is None:
            continue
        try:
            found[field] = parser_of(column)(text)
        except Rejected as rejected:
            yield document.problem((*path, field), f"{text!r} {rejected.why}")
    if len(found) == 2 and found["min"] > found["max"]:
        yield document.problem((*path, "min"), "is more than max")


def _formats(document: Document, path: Path, column: Column) -> Iterator[Problem]:
    for position, format_ in enumerate(column.formats):
        try:
            datetime.strptime(_SAMPLE.strftime(format_), format_)
        except ValueError as error:
            yield document.problem((*path, "formats", position), f"{format_!r} reads no dates: {error}")
