"""What voids the marker of a source version: here another model or prompt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as f

from pipeline.enrichment import ERROR_COLUMN, EnrichmentResult, EnrichmentStats, Provenance
from pipeline.enrichment.provenance import MODEL_ID, PROMPT_DIGEST
from pipeline.report import RunReport
from pipeline.silver import marker
from pipeline.storage import Storage
from tests.support.fake_s3 import FakeS3
from tests.unit.glue.silver.test_step import HEADER, Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from pipeline.contract.model import Contract

OLD, NEW = Provenance("nova", "aa"), Provenance("claude", "bb")


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, tmp_path)


def run(lake: Lake, csv: str, by: Provenance, **changes: Any) -> RunReport:
    """The step with a model that answers with its own name about every note."""

    def ask(_: SparkSession, rows: DataFrame, __: Contract) -> EnrichmentResult:
        answered = f.col("note").isNotNull()
        enriched = (
            rows.withColumn("answer", f.when(answered, f.lit(by.model_id)))
            .withColumn(MODEL_ID, f.when(answered, f.lit(by.model_id)))
            .withColumn(PROMPT_DIGEST, f.when(answered, f.lit(by.prompt_digest)))
            .withColumn(ERROR_COLUMN, f.lit(None).cast("string"))
        )
        return EnrichmentResult(enriched, EnrichmentStats())

    return lake.run(HEADER + csv, enrich=ask, answered_by=by, **changes)


def test_another_model_or_prompt_asks_again_about_what_is_delivered_again(lake: Lake) -> None:
    """Only rows with text are updated; the rest of Silver says whose its answers are, as does the report."""
    run(lake, "O1,,1,open,,text\nO2,,1,open,,\n", OLD)
    run(lake, "O3,,1,open,,text\n", OLD, key="bronze/orders/b.csv", version="w1")
    again = run(lake, "O1,,1,open,,text\nO2,,1,open,,\n", OLD).as_dict()
    assert again["skipped"] is True
    assert "answered_by" not in again
    report = run(lake, "O1,,1,open,,text\nO2,,1,open,,\n", NEW).as_dict()
    assert report["skipped"] is False
    assert report["silver"]["updated"] == 1
    assert [(row["id"], row["answer"], row[MODEL_ID], row[PROMPT_DIGEST]) for row in lake.silver()] == [
        ("O1", "claude", "claude", "bb"),
        ("O2", None, None, None),
        ("O3", "nova", "nova", "aa"),
    ]
    assert report["answered_by"] == [
        {"model_id": "claude", "prompt_digest": "bb", "rows": 1},
        {"model_id": "nova", "prompt_digest": "aa", "rows": 1},
    ]
    other_prompt = run(lake, "O1,,1,open,,text\n", Provenance("claude", "cc")).as_dict()
    assert other_prompt["skipped"] is False


def test_a_voided_marker_keeps_the_order_of_the_uploads() -> None:
    """Only that the upload is done goes: with it the sequencer, the position and the counts would be lost.

    Another dataset's markers are left alone, and those that say nothing are not written again.
    """
    done = {"contract_digest": "c", "sequencer": "0A", "position": "17.1", "rows": {"read": 3}}
    begun = {"sequencer": "0B"}
    s3 = FakeS3()
    storage = Storage(s3)
    for name, content in (("orders/a", done), ("orders/b", begun), ("orders2/c", done)):
        storage.put_json("silver", f"sources/{name}.json", content)
    marker.void(storage, "silver", "orders")
    kept = {name: value for name, value in done.items() if name != "contract_digest"}
    assert storage.json("silver", "sources/orders/a.json") == kept
    assert storage.json("silver", "sources/orders/b.json") == begun
    assert storage.json("silver", "sources/orders2/c.json") == done
    s3.log.clear()
    marker.void(storage, "silver", "orders")
    assert not [line for line in s3.log if line.startswith("PutObject")]
