"""The lists of views in docs/bi.md, from the contracts.

`make docs` writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from glue_app.bootstrap.layout import ROOT
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract, GoldView, Text
from scripts.generated_parts import with_parts

GUIDE = ROOT / "docs" / "bi.md"
DATASETS = ROOT / "glue" / "datasets"
_LANGUAGES: dict[str, tuple[str, str, Callable[[Text], str]]] = {
    "English": ("column", "what it says", lambda text: text.en),
    "Japanese": ("列", "意味", lambda text: text.ja),
}


def contracts() -> list[Contract]:
    """Load the bundled ones that have views, by name."""
    paths = sorted(DATASETS.glob("*.yaml"))
    loaded = [load_contract(path.read_text(encoding="utf-8"), str(path)) for path in paths]
    return [contract for contract in loaded if contract.views]


def table(language: str) -> str:
    """All views of all contracts, a heading each."""
    column, meaning, words = _LANGUAGES[language]
    lines: list[str] = []
    for contract in contracts():
        for view in contract.views:
            lines += [f"#### {view.name}", "", f"{words(contract.title)}: {words(view.comment)}.", ""]
            lines += [f"| {column} | {meaning} |", "|---|---|", *_rows(view, words), ""]
    return "\n".join(lines).rstrip()


def _rows(view: GoldView, words: Callable[[Text], str]) -> Iterator[str]:
    for name, text in view.columns.items():
        meaning = words(text).replace("|", "\\|")
        yield f"| `{name}` | {meaning} |"


def written(guide: str) -> str:
    """Fill in the guide's lists as the contracts say. Raises ValueError when a list's markers are missing."""
    parts = {f"views in {language}": f"\n{table(language)}\n" for language in _LANGUAGES}
    return with_parts(guide, parts, GUIDE.name)
