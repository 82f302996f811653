"""`make quality`: how good the uploads of a dataset were, as a table and a picture.

What the step gold keeps in ``quality/<dataset>.json`` (glue/pipeline/quality.py), and the runs that failed,
of which the state machine leaves notes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from glue_app.operations import show
from glue_app.operations.deployment import Deployment
from glue_app.operations.errors import OperationError, UsageError

_STEPS = "▁▂▃▄▅▆▇█"
_BAR = 8
_SHOWN = 30
_WIDE = 110
_AT_A_TIME = 16
_NOTES = 200
_NOTES_PREFIX = "quarantine-notes/"


@dataclass(frozen=True)
class Failure:
    """What did not get through. ``key``: the upload, or in words. ``why``: its error and cause."""

    key: str
    at: str
    why: str


def quality(deployment: Deployment, dataset: str, last: int, console: Console) -> int:
    """Show the ``last`` uploads, the trend, and what failed. Raises OperationError, UsageError."""
    deployment.contract(dataset)
    found = deployment.json(deployment.silver, f"quality/{dataset}.json") or {}
    uploads: list[dict[str, Any]] = found.get("uploads", [])
    failures = failures_of(deployment, dataset)
    if not uploads and not failures:
        raise OperationError(f"no upload of {dataset} has been through Gold yet", "make run")
    if uploads:
        console.print(uploads_table(uploads[-last:], console.width))
        console.print(trend_table(uploads[-last:]))
        console.print(freshness(uploads, datetime.now(timezone.utc)))
    for failure in failures[-last:]:
        console.print(Text(f"failed  {failure.at}  {failure.key}: {failure.why}", style="red"))
    return 0


def how_many(last: str) -> int:
    """Read LAST. Raises UsageError."""
    if last and not (last.isascii() and last.isdigit() and int(last)):
        raise UsageError(f"LAST={last}: must be a whole number above 0", "LAST=30")
    return int(last or _SHOWN)


def uploads_table(uploads: Sequence[Mapping[str, Any]], width: int) -> Table:
    """One line an upload, the newest last; a narrow terminal gets fewer columns."""
    aside = any(one["rows"].get("aside") for one in uploads)
    shown = {
        "uploaded": True,
        "file": True,
        "rows": True,
        "Silver": width >= _WIDE,
        "aside": width >= _WIDE and aside,
        "refused": True,
        "share": True,
        "": True,
        "why": width >= _WIDE,
        "took": True,
    }
    table = Table(
        title=f"The last {show.number(len(uploads), 'upload')}", title_justify="left", box=SIMPLE_HEAD
    )
    for name in (name for name, on in shown.items() if on):
        numeric = name in ("rows", "Silver", "aside", "refused", "share", "took")
        overflow: Any = "fold" if name in ("file", "why") else "ellipsis"
        table.add_column(
            name,
            justify="right" if numeric else "left",
            overflow=overflow,
            no_wrap=name not in ("file", "why"),
        )
    for one in uploads:
        rows, share = one["rows"], float(one["quarantined_share"])
        cells: dict[str, str | Text] = {
            "uploaded": _minute(one["uploaded_at"]),
            "file": Text(one["source"].rpartition("/")[2]),  # may hold what Rich takes for mark-up
            "rows": f"{rows['read']:,}",
            "Silver": f"{rows['silver']:,}",
            "aside": f"{rows.get('aside', 0):,}",
            "refused": f"{rows['quarantined']:,}",
            "share": f"{share:.1%}",
            "": Text(bar(share), style="red" if share > 0.1 else "yellow" if share else "green"),
            "why": Text(_reasons(one["reasons"])),
            "took": _took(one),
        }
        table.add_row(*(cell for name, cell in cells.items() if shown[name]))
    return table


def trend_table(uploads: Sequence[Mapping[str, Any]]) -> Table:
    """Return what became more or less, the oldest left: rows, the share refused, and each reason."""
    table = Table(title="Trend, the newest at the right", title_justify="left", box=SIMPLE_HEAD)
    for name in ("", "trend", "first", "last", "most"):
        table.add_column(name, justify="left" if name in ("", "trend") else "right")
    rows = [float(one["rows"]["read"]) for one in uploads]
    shares = [float(one["quarantined_share"]) for one in uploads]
    _line(table, "rows", rows, "{:,.0f}")
    _line(table, "share refused", shares, "{:.1%}")
    totals: Counter[str] = Counter()
    for one in uploads:
        totals.update(one["reasons"])
    for reason, _ in totals.most_common(10):
        _line(table, reason, [float(one["reasons"].get(reason, 0)) for one in uploads], "{:,.0f}")
    return table


def freshness(uploads: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """How old the newest data are."""
    times = [datetime.fromisoformat(one["uploaded_at"]) for one in uploads if one["uploaded_at"]]
    if not times:
        return "fresh   nobody knows when the uploads were made: they are older than that record"
    return f"fresh   the newest upload in Gold is {show.duration((now - max(times)).total_seconds())} old"


def failures_of(deployment: Deployment, dataset: str) -> list[Failure]:
    """Return what failed, the newest last: some of the newest of the notes, which expire."""
    pages = deployment.s3.get_paginator("list_objects_v2").paginate(
        Bucket=deployment.silver, Prefix=_NOTES_PREFIX
    )
    notes = [one for page in pages for one in page.get("Contents", [])]
    notes.sort(key=lambda one: one["LastModified"], reverse=True)
    found: list[Failure] = []
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        for begin in range(0, len(notes), _NOTES):
            some = notes[begin : begin + _NOTES]
            read = pool.map(lambda one: deployment.json(deployment.silver, one["Key"]) or {}, some)
            failures = (_failure(note, one, dataset) for note, one in zip(read, some, strict=True))
            found += [failure for failure in failures if failure is not None]
            if len(found) >= _NOTES:
                break
    return found[::-1]


def _failure(note: Mapping[str, Any], listed: Mapping[str, Any], dataset: str) -> Failure | None:
    """Read a note; None for another dataset's. One of a request that nobody could read names no source."""
    source = note.get("source") or {}
    key, cause = str(source.get("key", "")), str(note.get("cause"))
    if source.get("dataset") == dataset:
        key = "what waited"
    elif not source and f"/pending/{dataset}/" in cause:
        key = "a request"
    elif not key.startswith(f"bronze/{dataset}/"):
        return None
    why = " ".join(f"{note.get('error')}: {cause}".split())[:300]
    return Failure(key, _minute(note.get("started_at") or listed["LastModified"].isoformat()), why)


def bar(share: float) -> str:
    """Return a share of 0 to 1; what is not nothing is seen."""
    filled = max(round(share * _BAR), 1) if share else 0
    return "█" * filled + "·" * (_BAR - filled)


def sparkline(values: Sequence[float]) -> str:
    """One character a value, from 0 to the greatest."""
    top = max(values, default=0.0)
    if not top:
        return _STEPS[0] * len(values)
    return "".join(_STEPS[min(int(value / top * len(_STEPS)), len(_STEPS) - 1)] for value in values)


def _line(table: Table, name: str, values: Sequence[float], layout: str) -> None:
    numbers = (values[0], values[-1], max(values))
    table.add_row(Text(name), sparkline(values), *(layout.format(number) for number in numbers))


def _reasons(reasons: Mapping[str, int]) -> str:
    most = sorted(reasons.items(), key=lambda one: -one[1])
    return ", ".join(f"{reason} {rows}" for reason, rows in most[:3]) + (" …" if len(most) > 3 else "")


def _took(one: Mapping[str, Any]) -> str:
    if not one["uploaded_at"]:
        return ""
    took = datetime.fromisoformat(one["processed_at"]) - datetime.fromisoformat(one["uploaded_at"])
    return show.duration(max(0.0, took.total_seconds()))


def _minute(text: str | None) -> str:
    return (text or "")[:16].replace("T", " ")
