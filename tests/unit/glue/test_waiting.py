"""The step silver over what waits of a dataset, with Spark and Delta: from the queue to the tables."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import lock, silver, steps
from pipeline.arguments import JobArguments
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.source import SourceObject
from pipeline.storage import Storage
from pipeline.waiting import Upload, Waiting
from tests.support.fake_s3 import FakeS3
from tests.support.file_bodies import FileBody
from tests.unit.glue.silver.lake import CONTRACT, HEADER, Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ME = "arn:aws:states:us-east-1:000000000000:execution:glue-app-pipeline:me"
GOLD = "pending/orders/gold.json"
FILES = {
    "a.csv": HEADER + "O1,,1,open,,first\nO2,,2,open,,\nO3,,x,open,,\n",
    "b.csv": "day,amount\n,1\n",
    "c.csv": HEADER + "O1,,1,done,,second\nX5,,1,open,,\n",
}


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Pipeline:
    """The queue and the lock in a dictionary, the files and the tables in a folder."""

    spark: SparkSession
    root: Path
    s3: FakeS3 = field(default_factory=FakeS3)
    runs: int = 0

    def put(self, name: str, sequencer: str) -> None:
        """Queue the upload as the state machine does."""
        key = f"bronze/orders/{name}"
        (self.root / name).write_text(FILES[name], encoding="utf-8")
        self.s3.objects["bronze", key] = FILES[name].encode()
        source = {"bucket": "bronze", "key": key, "version_id": "v1", "sequencer": sequencer, "size": 1}
        told = {"source": source, "execution_arn": f"arn:{name}", "started_at": "2026-01-01T00:00:00Z"}
        self.s3.objects["silver", f"pending/orders/uploads/{name}.json"] = json.dumps(told).encode()

    def run(self) -> bool:
        """Run the step silver of the lock's holder; whether Spark was needed."""
        self.s3.objects["silver", "locks/orders.json"] = json.dumps({"holder": ME}).encode()
        self.runs += 1
        arguments = JobArguments(
            job_name="job", job_run_id=f"jr_{self.runs}", step="silver", dataset="orders", source=None,
            silver_bucket="silver", assets_bucket="assets", datasets_prefix="datasets/",
            gold_secret_arn="arn:aws:secretsmanager:us-east-1:000000000000:secret:gold", gold_host="",
            gold_port=0, gold_database="", gold_ca_bundle_key="", bedrock_model_id="m", execution_arn=ME,
        )  # fmt: skip
        work = steps.silver_work(load_contract(CONTRACT, "datasets/orders.yaml"), arguments, Storage(self.s3))
        if work is not None:
            work(self.spark)
        return work is not None

    @property
    def lake(self) -> Lake:
        return Lake(self.spark, self.root)

    def waiting(self) -> list[str]:
        return sorted(key for _, key in self.s3.objects if key.startswith("pending/"))

    def rows(self, name: str) -> dict[str, int]:
        """What the marker of a file says of its rows."""
        source = SourceObject("bronze", f"bronze/orders/{name}", "v1")
        found = json.loads(self.s3.objects["silver", f"sources/orders/{source.digest}.json"])
        rows: dict[str, int] = found["rows"]
        return rows


@pytest.fixture
def pipeline(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    real = steps.silver_job

    def local(contract: Contract, arguments: JobArguments, *rest: Any) -> silver.SilverJob:
        job = real(contract, arguments, *rest)
        body = FileBody(str(tmp_path / Path(job.source.key).name))
        return replace(job, lake=str(tmp_path), body=body)

    monkeypatch.setattr(steps, "silver_job", local)
    monkeypatch.setattr(lock, "aws_client", lambda *_, **__: None)
    monkeypatch.setattr(lock.OtherRuns, "wait_for_end", lambda *_: None)
    return Pipeline(spark, tmp_path)


def test_what_waits_is_in_silver_after_one_run_also_where_one_was_killed(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three uploads, the second a bad one; the first run is killed between the second and the third.

    The next one takes the third alone; a record that two files have is the later one's, whatever came first
    into the queue; each row that was read is in Silver or in quarantine; Gold is due once; then all is done.
    """
    for name, sequencer in (("c.csv", "03"), ("a.csv", "01"), ("b.csv", "02")):
        pipeline.put(name, sequencer)
    begin = Waiting.begin

    def killed_at_c(self: Waiting, upload: Upload) -> None:
        if upload.name == "c.csv.json":
            raise Killed
        begin(self, upload)

    with monkeypatch.context() as patch:
        patch.setattr(Waiting, "begin", killed_at_c)
        with pytest.raises(Killed):
            pipeline.run()
    failure, third = "pending/orders/failures/b.csv.json", "pending/orders/uploads/c.csv.json"
    assert pipeline.waiting() == [failure, GOLD, third]
    assert [row["note"] for row in pipeline.lake.silver()] == ["first", None]

    assert pipeline.run()
    assert pipeline.waiting() == [failure, GOLD]
    assert "HeaderError" in json.loads(pipeline.s3.objects["silver", failure])["cause"]
    assert [(row["id"], row["note"]) for row in pipeline.lake.silver()] == [("O1", "second"), ("O2", None)]
    assert {row["_reason"] for row in pipeline.lake.quarantine()} == {"invalid_number", "pattern_mismatch"}
    for name, read, silvered in (("a.csv", 3, 2), ("c.csv", 2, 1)):
        assert pipeline.rows(name) == {"read": read, "silver": silvered, "quarantined": 1}

    versions = pipeline.lake.versions()
    assert not pipeline.run()
    assert pipeline.lake.versions() == versions
    assert pipeline.waiting() == [failure, GOLD]
