"""Names of columns as files write them: headers and keys."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from pipeline.contract.model import Contract


def plain_name(name: str) -> str:
    """Return what is compared: NFKC, without outer blanks, in lower case."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def known_names(contract: Contract) -> Mapping[str, int]:
    """Plain name → index of the contract's column."""
    return {
        plain_name(header): index
        for index, column in enumerate(contract.columns)
        for header in column.headers
    }
