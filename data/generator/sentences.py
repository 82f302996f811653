"""The hand-written sentences in ``data/texts``: one a line, ``category mood language subject | text``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

_TEXTS = Path(__file__).resolve().parent.parent / "texts"


class Sentence(NamedTuple):
    """``subject`` is ``*`` for any; ``text`` may hold ``{p}``, which stands for its name."""

    category: str
    mood: str
    language: str
    subject: str
    text: str


def sentences(name: str) -> list[Sentence]:
    """All sentences of ``data/texts/<name>.txt``; ValueError names a line that is none."""
    found = []
    for number, line in enumerate((_TEXTS / f"{name}.txt").read_text("utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        tags, separator, text = line.partition(" | ")
        parts = tags.split()
        if not separator or len(parts) != 4:
            raise ValueError(f"{name}.txt:{number}: must be 'category mood language subject | text'")
        found.append(Sentence(parts[0], parts[1], parts[2], parts[3], text))
    return found
