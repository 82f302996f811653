"""Whose answers stand in a row: the model's id and the digest of the prompt it was asked with.

Both are columns of Silver and stand in the marker of a source version: after a change of either, a redelivery
asks again, and until then the rows say by whom they were answered.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from pipeline.contract.model import Contract
from pipeline.enrichment.prompt import Prompt
from pipeline.enrichment.task import EnrichmentTask

MODEL_ID = "_model_id"
PROMPT_DIGEST = "_prompt_digest"
COLUMNS = (MODEL_ID, PROMPT_DIGEST)


@dataclass(frozen=True)
class Provenance:
    """One model and one prompt."""

    model_id: str
    prompt_digest: str

    @classmethod
    def of(cls, contract: Contract, model_id: str) -> Provenance | None:
        """Return who would answer now; None when the contract asks nothing."""
        task = EnrichmentTask.of(contract)
        return None if task is None else cls(model_id, Prompt(task, model_id).digest)

    def to_dict(self) -> dict[str, str]:
        return asdict(self)


def answered_by(silver: DataFrame) -> list[dict[str, Any]]:
    """Return the models and prompts whose answers Silver holds, and how many rows of each, most rows first.

    Rows without text have no answer; rows of before these columns do not say whose theirs is.
    """
    if not set(COLUMNS) <= set(silver.columns):
        return []
    counted = silver.groupBy(*COLUMNS).agg(f.count(f.lit(1)).alias("rows")).orderBy(f.desc("rows"), *COLUMNS)
    return [
        {"model_id": row[MODEL_ID], "prompt_digest": row[PROMPT_DIGEST], "rows": int(row["rows"])}
        for row in counted.collect()
        if row[MODEL_ID] is not None
    ]
