"""Sequences of uploads through the step itself, on Delta tables: Silver and Gold are what a model says.

``tests/unit/test_uploads.py`` tries the same rules by the hundred without Spark. DRILL_SEED and
DRILL_SEQUENCES choose others, and more.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.delta import DeltaTable
from tests.support import upload_model
from tests.support.fake_s3 import MODIFIED
from tests.support.upload_sequences import DELETE, RULES, Delivery, Rules, Upload, seeded, sequence
from tests.unit.glue.silver.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SEED = int(os.environ.get("DRILL_SEED", "1"))
SEQUENCES = int(os.environ.get("DRILL_SEQUENCES", "30"))
CONTRACT = """
title: Orders
columns:
  - {name: id, type: integer, required: true}
  - {name: at, type: integer, required: true}
  - {name: op, type: string, required: true}
  - {name: value, type: string, required: true}
"""
GOLD = "SELECT value, COUNT(*) AS n FROM silver GROUP BY value"


def contract(rules: Rules) -> str:
    lines = [f"record_key: {'[id]' if rules.kind == 'columns' else rules.kind}", f"mode: {rules.mode}"]
    if rules.mode == "snapshot":
        lines.append(f"snapshot_of: {rules.scope}")
    if rules.mode == "cdc":
        lines.append("operation: {column: op, insert: [I], update: [U], delete: [D]}")
    if rules.sequenced:
        lines.append("sequence_by: at")
    if rules.kind == "columns":
        lines.append(f"keep: {rules.keep}")
    return CONTRACT + "\n".join(lines) + "\n"


def csv(upload: Upload) -> str:
    rows = [f"{row.id},{row.at},{row.op},{row.value or ''}\n" for row in upload.rows]
    return "id,at,op,value\n" + "".join(rows)


class Killed(BaseException):
    pass


def dying(monkeypatch: pytest.MonkeyPatch, commits: int) -> None:
    """Let so many commits to Delta tables through; the process dies at the next one."""
    left = [commits]

    def last(real: Callable[..., None]) -> Callable[..., None]:
        def write(*arguments: Any) -> None:
            if not left[0]:
                raise Killed
            left[0] -= 1
            real(*arguments)

        return write

    for name in ("append", "merge", "replace_where"):
        monkeypatch.setattr(DeltaTable, name, last(getattr(DeltaTable, name)))


def deliver(lake: Lake, rules: Rules, delivery: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = delivery.upload
    with monkeypatch.context() as patch:
        if delivery.dies_after is not None:
            dying(patch, delivery.dies_after)
        try:
            lake.run(
                csv(upload),
                key=upload.key,
                version=upload.version,
                minutes=(upload.modified_at - MODIFIED).total_seconds() / 60,
                sequencer=upload.sequencer,
                contract=contract(rules),
            )
        except Killed:
            assert delivery.dies_after is not None


@pytest.mark.slow
@pytest.mark.parametrize("number", range(SEQUENCES))
def test_silver_and_gold_are_what_the_uploads_say_however_they_come(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Each kind of record key and mode in turn."""
    rules = RULES[number % len(RULES)]
    drawn = sequence(seeded(Random(f"{SEED} {number}")), rules, uploads=4, least=3)
    lake = Lake(spark, tmp_path)
    for delivery in drawn.deliveries:
        deliver(lake, rules, delivery, monkeypatch)
    expected = upload_model.silver(rules, drawn.uploads)
    rows = lake.table("silver").read()
    seen = Counter((row["id"], row["value"], row["at"], row["op"]) for row in rows.collect())
    assert seen == expected, drawn
    rows.createOrReplaceTempView("silver")
    gold = {row["value"]: row["n"] for row in spark.sql(GOLD).collect()}
    assert gold == upload_model.gold(expected)
    assert DELETE not in {op for _, _, _, op in seen}
