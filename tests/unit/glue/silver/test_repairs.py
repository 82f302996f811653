"""Repaired rows and other kinds of files on their way through the step silver."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import silver
from pipeline.contract.loader import load_contract
from pipeline.delta import DeltaTable
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts, Storage
from tests.support.fake_s3 import MODIFIED, FakeS3
from tests.support.file_bodies import FileBody

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CONTRACT = """
title: Orders
source: {encoding: utf-8, repair: [cp932_bytes, wrapped_records]}
columns:
  - {name: id, type: string, required: true}
  - {name: amount, type: "decimal(8,2)"}
  - {name: note, type: string}
record_key: [id]
"""
TABLE = (
    b"id,amount,note\n1,5,fine\n2,6,"
    + "表示".encode("cp932")
    + '\n"3,7,""a, b""";;;;\n4,x,no number\n５,8,full width\n5,9,the same key\n'.encode()
)
OBJECTS = b'{"id": 6, "amount": 1.5, "note": "json"}\n{"id": 7,\n{"id": 8, "more": 1}\n'


def test_a_repaired_row_says_so_in_silver_and_no_row_is_lost(
    spark: SparkSession, tmp_path: Path, write_csv: Callable[..., FileBody]
) -> None:
    """Of a table with dirt of several kinds, then of packed JSON lines: read = Silver + quarantine."""
    report = run(spark, tmp_path, write_csv(TABLE, name="a.csv"), "v1")
    assert report["rows"] == {"read": 6, "silver": 4, "quarantined": 2}
    assert report["quarantine_reasons"] == {"invalid_number": 1, "duplicate_key": 1}
    report = run(spark, tmp_path, write_csv(gzip.compress(OBJECTS), name="b.jsonl.gz"), "v2")
    assert report["rows"] == {"read": 3, "silver": 1, "quarantined": 2}
    assert report["quarantine_reasons"] == {"invalid_json": 1, "extra_cells": 1}
    rows = DeltaTable(spark, f"{tmp_path}/silver/orders").read().orderBy("id").collect()
    assert [(row["id"], row["note"], row["_repairs"]) for row in rows] == [
        ("1", "fine", None),
        ("2", "表示", "cp932_bytes"),
        ("3", "a, b", "wrapped_records"),
        ("5", "full width", None),
        ("6", "json", None),
    ]


def run(spark: SparkSession, lake: Path, body: FileBody, version: str) -> dict[str, Any]:
    name = Path(body.path).name
    job = silver.SilverJob(
        contract=load_contract(CONTRACT, "datasets/orders.yaml"),
        source=SourceObject("bronze", f"bronze/orders/{name}", version),
        facts=SourceFacts(Path(body.path).stat().st_size, MODIFIED),
        body=body,
        bucket="silver",
        lake=str(lake),
        job_run_id=f"jr_{version}",
        started_at=datetime.now(timezone.utc),
    )
    content: dict[str, Any] = silver.run(spark, job, Storage(FakeS3())).as_dict()
    return content
