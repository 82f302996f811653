"""Writes the CSVs of this folder anew, always the same bytes: ``python data/generate.py``."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from generator import dirty, feedback, tickets  # noqa: E402 - the folder is no installed package


def files() -> dict[str, bytes]:
    """Path under ``data/`` → content."""
    return {
        "customer_feedback.csv": _csv(feedback.HEADER, feedback.rows()),
        "support_tickets.csv": _csv(tickets.HEADER, tickets.rows()),
        **{f"dirty/{name}": content for name, content in dirty.files().items()},
    }


def _csv(header: list[str], rows: Iterable[list[str]]) -> bytes:
    """UTF-8 without a mark, rows end with LF; quotes only where they are needed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def main() -> None:
    for name, content in files().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(f"{name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
