"""What a Delta table's calls cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.delta import DeltaTable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_vacuum_takes_as_many_tasks_as_there_are_slots_for(spark: SparkSession, tmp_path: Path) -> None:
    """And not the 10,000 that Spark would list any folder by."""
    table = DeltaTable(spark, f"{tmp_path}/table")
    table.append(spark.range(1))
    spark.sparkContext.setJobGroup("vacuum", "the test's")
    try:
        assert table.vacuum() == 0
    finally:
        spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)
    tracker = spark.sparkContext.statusTracker()
    jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup("vacuum")]
    stages = [tracker.getStageInfo(stage) for job in jobs if job for stage in job.stageIds]
    assert stages
    assert max(stage.numTasks for stage in stages if stage) <= 4 * spark.sparkContext.defaultParallelism
