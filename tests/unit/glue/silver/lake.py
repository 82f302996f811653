"""A dataset's tables in a folder, and the step silver over CSVs that tests write."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import silver
from pipeline.contract.loader import load_contract
from pipeline.delta import DeltaTable
from pipeline.report import RunReport
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts, Storage
from tests.support.fake_s3 import MODIFIED, FakeS3
from tests.support.file_bodies import FileBody

if TYPE_CHECKING:
    from pyspark.sql import Row, SparkSession

CONTRACT = """
title: Orders
columns:
  - {name: id, type: string, required: true, pattern: 'O\\d+'}
  - {name: day, type: date, formats: ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"]}
  - {name: amount, type: "decimal(8,2)", min: 0}
  - {name: status, type: string, enum: [open, done]}
  - {name: buyer, type: string, max_length: 10, pii: true}
  - {name: note, type: string}
record_key: [id]
quality:
  rules:
    - {name: done_has_amount, sql: "status <> 'done' OR amount IS NOT NULL", description: a done order has an
      amount}
"""
HEADER = "id,day,amount,status,buyer,note\n"


@dataclass
class Lake:
    """One dataset's tables, and a way to run the step over a CSV."""

    spark: SparkSession
    root: Path
    s3: FakeS3 = field(default_factory=FakeS3)
    runs: int = 0

    def run(
        self,
        csv: str | bytes,
        key: str = "bronze/orders/a.csv",
        version: str = "v1",
        minutes: float = 0,
        contract: str = CONTRACT,
        **changes: Any,
    ) -> RunReport:
        content = csv.encode() if isinstance(csv, str) else csv
        path = self.root / f"{version}.csv"
        path.write_bytes(content)
        self.runs += 1
        job = silver.SilverJob(
            contract=load_contract(contract, "datasets/orders.yaml"),
            source=SourceObject("bronze", key, version),
            facts=SourceFacts(len(content), MODIFIED + timedelta(minutes=minutes)),
            body=FileBody(str(path)),
            bucket="silver",
            lake=str(self.root),
            job_run_id=f"jr_{self.runs}",
            started_at=datetime.now(timezone.utc),
        )
        job, storage = replace(job, **changes), Storage(self.s3)
        return silver.skip(job, storage, silver.marker.read(storage, job)) or silver.run(
            self.spark, job, storage
        )

    def table(self, kind: str) -> DeltaTable:
        return DeltaTable(self.spark, f"{self.root}/{kind}/orders")

    def silver(self) -> list[Row]:
        found: list[Row] = self.table("silver").read().orderBy("id").collect()
        return found

    def quarantine(self) -> list[Row]:
        rows = self.table("quarantine").read().orderBy("_source_version_id", "_source_line")
        found: list[Row] = rows.collect()
        return found

    def versions(self) -> tuple[int, int]:
        return self.table("silver").version(), self.table("quarantine").version()
