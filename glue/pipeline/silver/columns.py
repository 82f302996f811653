"""Names and types of the columns that the job adds."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql import types as spark

from pipeline.delta import equal_to
from pipeline.silver.job import SilverJob
from pipeline.source import SourceObject
from pipeline.validation.frame import DETAIL, RAW, REASON, RECORD_KEY, REPAIRS, SOURCE_LINE

SOURCE = "_source"
SOURCE_VERSION = "_source_version_id"
SOURCE_MODIFIED = "_source_modified_at"
SOURCE_ORDER = "_source_order"
"""Position of the upload that the row was last written for: pipeline.uploads.position."""
INGESTED_AT = "_ingested_at"
QUARANTINED_AT = "_quarantined_at"
JOB_RUN_ID = "_job_run_id"
DELETED = "_deleted"
"""Of the table beside Silver: the row is a deletion."""

SILVER_METADATA = (
    SOURCE,
    SOURCE_VERSION,
    SOURCE_LINE,
    SOURCE_MODIFIED,
    SOURCE_ORDER,
    INGESTED_AT,
    JOB_RUN_ID,
    RECORD_KEY,
    REPAIRS,
)
QUARANTINE = spark.StructType(
    [
        spark.StructField(SOURCE, spark.StringType()),
        spark.StructField(SOURCE_VERSION, spark.StringType()),
        spark.StructField(SOURCE_LINE, spark.LongType()),
        spark.StructField(RAW, spark.StringType()),
        spark.StructField(REASON, spark.StringType()),
        spark.StructField(DETAIL, spark.StringType()),
        spark.StructField(JOB_RUN_ID, spark.StringType()),
        spark.StructField(QUARANTINED_AT, spark.TimestampType()),
    ]
)


def with_source(rows: DataFrame, job: SilverJob, time_column: str) -> DataFrame:
    """Add source, version, run and the run's time."""
    return rows.select(
        "*",
        f.lit(job.source.object_uri).alias(SOURCE),
        f.lit(job.source.version_id).alias(SOURCE_VERSION),
        f.lit(job.facts.modified_at).cast("timestamp").alias(SOURCE_MODIFIED),
        f.lit(job.job_run_id).alias(JOB_RUN_ID),
        f.lit(job.started_at).cast("timestamp").alias(time_column),
    )


def of_version(source: SourceObject) -> str:
    """Return the SQL condition for the rows of one source version."""
    return equal_to([(SOURCE, source.object_uri), (SOURCE_VERSION, source.version_id)])
