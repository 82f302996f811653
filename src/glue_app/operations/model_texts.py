"""Under which names the model's answers to a person's texts are kept: pipeline.enrichment.cache."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

from glue_app.operations.deployment import Deployment
from pipeline.contract.model import Contract
from pipeline.enrichment.options import EnrichmentOptions
from pipeline.reading.header import Header
from pipeline.validation.column_check import ColumnCheck
from pipeline.values import Rejected

_LINE_END = re.compile(r"\r\n?")


def digest(contract: Contract, values: Mapping[str, str | None]) -> str | None:
    """Return the SHA-256 of what is sent for a row, as pipeline.enrichment.plan.text_of has it in Spark.

    None where nothing is. values: of the columns ``free_text``.
    """
    parts = []
    for name in contract.free_text:
        text = _LINE_END.sub("\n", values.get(name) or "").strip()
        if text:
            parts.append(text if len(contract.free_text) == 1 else f"{name}: {text}")
    return hashlib.sha256("\n\n".join(parts).encode()).hexdigest() if parts else None


def of_cells(contract: Contract, header: Header, cells: Sequence[str]) -> set[str]:
    """Return the digest of a record's text."""
    if contract.enrich is None:
        return set()
    values: dict[str, str | None] = {}
    for name in contract.free_text:
        column = contract.column(name)
        position = header.positions[contract.columns.index(column)]
        try:
            cell = cells[position] if 0 <= position < len(cells) else ""
            values[name] = ColumnCheck(column, contract.source.max_cell_characters).value(cell)
        except Rejected:
            return set()  # the model is asked nothing about a row that is refused
    found = digest(contract, values)
    return {found} if found else set()


def kept(deployment: Deployment, texts: Sequence[str]) -> Iterator[str]:
    """Yield the keys of the answers, of whatever model and prompt."""
    prefix = EnrichmentOptions.cache_prefix
    for model in _folders(deployment, prefix):
        for prompt in _folders(deployment, model):
            yield from (f"{prompt}{text[:2]}/{text}.json" for text in texts)


def _folders(deployment: Deployment, prefix: str) -> list[str]:
    pages = deployment.s3.get_paginator("list_objects_v2").paginate(
        Bucket=deployment.silver, Prefix=prefix, Delimiter="/"
    )
    return [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])]
