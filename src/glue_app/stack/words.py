"""Words that several commands say of a stack."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PARTS = {"embedded": "processes", "docker": "containers"}
"""What a stack of each engine is made of."""


def short(path: Path) -> str:
    """Return the path as it is from the current folder, where it lies below that."""
    with suppress(ValueError):
        return str(path.relative_to(os.getcwd()))
    return str(path)
