"""What is asked of the model for one dataset: the part of a contract that travels to the executors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.contract.model import Contract, Inference


@dataclass(frozen=True)
class EnrichmentTask:
    """Plain values only, so that it pickles whatever the contract classes become."""

    dataset: str
    description: str
    instructions: str
    columns: tuple[str, ...]
    """The free-text columns, in the order in which they are shown to the model."""
    answer: Mapping[str, Any]
    """JSON Schema of what the model answers for a record: an object with ``properties`` and ``required``."""
    inference: Inference | None = None
    """What the contract wants otherwise than the model's family has it."""

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """Property name → its schema, in the contract's order."""
        properties: Mapping[str, Mapping[str, Any]] = self.answer["properties"]
        return properties

    @classmethod
    def of(cls, contract: Contract) -> EnrichmentTask | None:
        """Return what ``contract`` asks for; None when it asks for nothing."""
        if contract.enrich is None:
            return None
        return cls(
            contract.name,
            contract.description or contract.title.en,
            contract.enrich.instructions,
            contract.free_text,
            contract.enrich.answer,
            contract.enrich.inference,
        )
