"""What `make e2e` prints, and the same as JSON in `.state/e2e.json`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from glue_app.e2e.execution import Execution
from glue_app.e2e.gold import PREVIEW_ROWS, GoldRows
from glue_app.e2e.upload import UploadedObject

CELL_WIDTH = 28


@dataclass
class E2eReport:
    """The fields of `.state/e2e.json`; seconds are wall clock, tokens as Bedrock counts them."""

    ok: bool = False
    engine: str = ""
    glue_version: str = ""
    dataset: str = ""
    source: str = ""
    execution_arn: str = ""
    status: str = ""
    error: str | None = None
    hops: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    quarantine_reasons: dict[str, int] = field(default_factory=dict)
    bedrock: dict[str, int] = field(default_factory=dict)
    bedrock_calls_per_1000_rows: float | None = None
    redelivery: dict[str, Any] | None = None
    gold: dict[str, int] = field(default_factory=dict)
    gold_against_silver: dict[str, str] = field(default_factory=dict)
    views: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def write(self, path: Path) -> None:
        """Beside and renamed: a reader never sees half a report."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".tmp")
        beside.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        beside.replace(path)


def hops(uploaded: UploadedObject, execution: Execution) -> list[dict[str, Any]]:
    """Return the way of one object: upload → execution started → each state that took its time."""
    found: list[dict[str, Any]] = []
    if execution.started is not None:
        waited = max(0.0, (execution.started - uploaded.at).total_seconds())
        found.append({"name": "S3 → EventBridge → execution started", "seconds": round(waited, 3)})
    found += [
        {"name": hop.name, "seconds": round(hop.seconds, 3)} | ({"error": hop.error} if hop.error else {})
        for hop in execution.hops
    ]
    return found


def show(report: E2eReport, preview: list[GoldRows], out: Callable[[str], None]) -> None:
    """Print the closing table of a run."""
    out("")
    for hop in report.hops:
        if hop["seconds"] >= 0.1 or "error" in hop or "→" in hop["name"]:
            out(f"  {hop['name']:<42} {hop['seconds']:>7.2f} s")
    rows = report.rows
    out("")
    aside = f" + {rows['aside']} aside" if rows.get("aside") else ""
    parts = f"{rows['silver']} Silver{aside} + {rows['quarantined']} quarantined"
    out(f"  rows      {rows['read']} read = {parts}")
    for reason, number in sorted(report.quarantine_reasons.items(), key=lambda item: -item[1]):
        out(f"            {number:>6} {reason}")
    bedrock = report.bedrock
    rate = report.bedrock_calls_per_1000_rows
    out(
        f"  Bedrock   {bedrock['calls']} calls for {bedrock['texts']} texts"
        f" ({bedrock['distinct']} distinct, {bedrock['cached']} cached)"
        + (f" = {rate:.1f} calls per 1,000 rows" if rate is not None else "")
    )
    for table, outcome in report.gold_against_silver.items():
        out(f"  Gold      {table}: {outcome}")
    for view, number in report.views.items():
        out(f"  view      {view}: {number} rows, as bi_reader sees them")
    if report.redelivery is not None:
        out(
            f"  delivered twice: {report.redelivery['bedrock_calls']} Bedrock calls,"
            f" Silver changed: {_yes(report.redelivery['silver_changed'])},"
            f" Gold changed: {_yes(report.redelivery['gold_changed'])}"
        )
    for table_rows in preview:
        out("")
        for line in table_lines(table_rows, report.gold[table_rows.table]):
            out("  " + line)


def table_lines(rows: GoldRows, total: int) -> list[str]:
    """Return the first rows of `total` as an aligned text table."""
    shown = [[_cell(value) for value in row] for row in rows.rows[:PREVIEW_ROWS]]
    widths = [max([_width(name)] + [_width(row[i]) for row in shown]) for i, name in enumerate(rows.columns)]
    lines = [f"{rows.table} (first {len(shown)} of {total:,} rows)"]
    for cells in [rows.columns, ["─" * width for width in widths], *shown]:
        lines.append("  ".join(_pad(cell, width) for cell, width in zip(cells, widths, strict=True)).rstrip())
    return lines


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = "" if value is None else " ".join(str(value).split())
    return text if _width(text) <= CELL_WIDTH else text[: CELL_WIDTH // 2] + "…"


def _width(text: str) -> int:
    """Columns on a terminal: East Asian wide characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
