"""The Glue and Spark session, logging, and errors in one line."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.context import SparkContext
from pyspark.sql import SparkSession
from pyspark.sql.utils import CapturedException

from pipeline.arguments import JobArguments
from pipeline.errors import JobFailedError, one_line

log = logging.getLogger(__name__)

SETTINGS = {
    # a timestamp means the same wherever the job runs
    "spark.sql.session.timeZone": "UTC",
    # SQL is what it says: ${env:NAME} in a cell, an object's key or a rule is no value to be put there
    "spark.sql.variable.substitute": "false",
    # the state of a table's log is small: no need for the 50 tasks that are the default
    "spark.databricks.delta.snapshotPartitions": "4",
    # records may be large: fewer of them a batch between the JVM and Python
    "spark.sql.execution.arrow.maxRecordsPerBatch": "2000",
    # times before 1900 and dates before 1582 are written as they are, and read so: by default Spark refuses
    # the whole file for one of them (Excel's zero date is 1899-12-30), as Spark 2 meant other days by them
    # https://spark.apache.org/docs/3.3.0/sql-data-sources-parquet.html#configuration
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
}


@contextmanager
def glue_job(arguments: JobArguments) -> Iterator[SparkSession]:
    """Yield a Spark session for the run; the job is committed at the end, and only when nothing was raised.

    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-glue-context.html
    The job's security configuration takes effect only with the resolved options in ``Job.init``:
    https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html
    """
    from awsglue.context import GlueContext
    from awsglue.job import Job

    context: Any = GlueContext(SparkContext.getOrCreate())
    spark: SparkSession = context.spark_session
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    job = Job(context)
    job.init(arguments.job_name, dict(arguments.options))
    yield spark
    job.commit()


def log_to_stdout() -> None:
    """Plain lines to the output log stream. The lines name counts, columns and objects, never cells."""
    layout = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format=layout, force=True)
    for chatty in ("py4j", "botocore", "boto3", "urllib3", "s3transfer"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Log the error that ends the run; Spark's pages of stack become a JobFailedError of one line.

    Glue shows the exception's first line as the run's ErrorMessage.
    """
    try:
        yield
    except (Py4JJavaError, CapturedException) as error:
        line = one_line(error)
        log.error("%s", line)
        raise JobFailedError(line) from error
    except Exception as error:
        log.error("%s: %s", type(error).__name__, error)
        raise
