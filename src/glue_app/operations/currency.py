"""What the job would say of a marker: whether it was written under the contract, model and prompt of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glue_app.operations.deployment import Deployment
from pipeline.contract.model import Contract
from pipeline.enrichment.prompt import Prompt
from pipeline.enrichment.task import EnrichmentTask


@dataclass(frozen=True)
class Currency:
    """``asked``: model and prompt as a marker has them, None where the contract asks nothing."""

    silver_digest: str
    asked: dict[str, str] | None

    @classmethod
    def of(cls, contract: Contract, deployment: Deployment) -> Currency:
        task = EnrichmentTask.of(contract)
        if task is None:
            return cls(contract.silver_digest, None)
        model = deployment.model_id()
        asked = {"model_id": model, "prompt_digest": Prompt(task, model).digest}
        return cls(contract.silver_digest, asked)

    def is_of_now(self, marker: Mapping[str, Any]) -> bool:
        """As pipeline.silver.marker.is_done, which needs Spark's packages."""
        return marker.get("contract_digest") == self.silver_digest and not self.asks_otherwise(marker)

    def asks_otherwise(self, marker: Mapping[str, Any]) -> bool:
        """Whether another model or prompt answered than would now."""
        return bool(marker.get("asked") != self.asked)
