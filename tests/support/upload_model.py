"""What Silver has to hold after a set of uploads, said as plainly as can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

from tests.support.upload_sequences import DELETE, Row, Rules, Upload

Seen = tuple[int, str, int, str]
"""id, value, at and op of a row in Silver."""


def later(one: Upload, other: Upload) -> bool:
    """S3's order: time, then the key, then the sequencer, the shorter one padded with zeros on the right."""
    width = max(len(one.sequencer), len(other.sequencer))

    def place(upload: Upload) -> tuple[int, str, str, str]:
        return upload.seconds, upload.key, upload.sequencer.ljust(width, "0"), upload.version

    return place(one) > place(other)


def accepted(rules: Rules, upload: Upload) -> dict[Hashable, Row]:
    """The rows that count, by record."""
    chosen: dict[Hashable, tuple[tuple[int, int], Row]] = {}
    for line, row in enumerate(upload.rows):
        if row.value is None and row.op != DELETE:
            continue  # refused
        key: Hashable = {"columns": row.id, "content": (row.id, row.value), "line": (upload.object, line)}[
            rules.kind
        ]
        rank = (row.at, line)
        best = chosen.get(key)
        if best is None or (rank > best[0] if rules.keep == "last" else rank < best[0]):
            chosen[key] = (rank, row)
    return {key: row for key, (_, row) in chosen.items()}


def silver(rules: Rules, uploads: Iterable[Upload]) -> Counter[Seen]:
    """Every row of Silver, however the uploads were delivered."""
    if rules.mode == "snapshot":
        newest: dict[str, Upload] = {}
        for upload in uploads:
            scope = upload.object if rules.scope == "object" else ""
            if scope not in newest or later(upload, newest[scope]):
                newest[scope] = upload
        uploads = newest.values()
    said: dict[Hashable, tuple[Upload, Row]] = {}
    for upload in uploads:
        for key, row in accepted(rules, upload).items():
            before = said.get(key)
            if (
                before is None
                or row.at > before[1].at
                or (row.at == before[1].at and later(upload, before[0]))
            ):
                said[key] = (upload, row)
    return Counter((row.id, str(row.value), row.at, row.op) for _, row in said.values() if row.op != DELETE)


def gold(rows: Counter[Seen]) -> dict[str, int]:
    """Rows a value: a Gold table."""
    counted: Counter[str] = Counter()
    for (_, value, _, _), count in rows.items():
        counted[value] += count
    return dict(counted)
