"""The table of docs/datasets.md that says what each change of a contract does. `make docs` writes it."""

from __future__ import annotations

from glue_app.bootstrap.layout import ROOT
from scripts.evolution_cases import CASES, UNTRIED
from scripts.generated_parts import with_parts

GUIDE = ROOT / "docs" / "datasets.md"
PART = "changes of a contract"


def table() -> str:
    """Return a row for each change."""
    told = [(case.what, case.silver, case.gold) for case in CASES]
    rows = (f"| {what} | {silver} | {gold} |" for what, silver, gold in (*told, *UNTRIED))
    return "\n".join(("| change | Silver | Gold |", "|---|---|---|", *rows))


def written(guide: str) -> str:
    """Return the guide with its table. Raises ValueError when its markers are missing."""
    return with_parts(guide, {PART: f"\n{table()}\n"}, GUIDE.name)
