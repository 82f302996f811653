"""Spark in a run: s3:// is the stack's S3, Delta is there when asked for, workers live in the same world."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.integration.local_stack import GLUE_VERSION

MakeJob = Callable[..., Any]
SPARK_AND_PYTHON = {"4.0": "3.3.0 (3, 10)", "5.0": "3.5.4 (3, 11)"}
DELTA = {
    "--datalake-formats": "delta",
    "--conf": "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension "
    "--conf spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog "
    "--conf spark.delta.logStore.class=org.apache.spark.sql.delta.storage.S3SingleDriverLogStore "
    "--conf spark.sql.shuffle.partitions=3",
}


def test_a_job_writes_delta_and_parquet_through_s3(make_job: MakeJob) -> None:
    job = make_job(
        """
        import sys
        from awsglue.utils import getResolvedOptions
        from awsglue.context import GlueContext
        from awsglue.job import Job
        from pyspark.context import SparkContext

        args = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket"])
        context = GlueContext(SparkContext.getOrCreate())
        spark = context.spark_session
        job = Job(context)
        job.init(args["JOB_NAME"], args)
        context.get_logger().warn("hello from the job")

        def shout(rows):  # in Spark's Python workers: same redirection, same guard
            import boto3
            arn = boto3.client("sts").get_caller_identity()["Arn"]
            try:
                boto3.client("s3", endpoint_url="https://s3.amazonaws.com").list_buckets()
                refused = False
            except Exception as error:
                refused = "egress refused" in str(error)
            for row in rows:
                yield (row.id, arn.rpartition("/")[2], refused)

        target = "s3://{}/delta/{}".format(args["bucket"], args["JOB_NAME"])
        df = spark.range(10).rdd.mapPartitions(shout).toDF("id long, who string, refused boolean")
        df.write.format("delta").mode("overwrite").save(target)
        df = spark.read.format("delta").load(target)
        print("rows", df.count(), [tuple(r) for r in df.select("who", "refused").distinct().collect()])
        df.write.mode("overwrite").parquet(target.replace("/delta/", "/parquet/"))
        partitions = spark.conf.get("spark.sql.shuffle.partitions")
        print("partitions", partitions, spark.version, sys.version_info[:2])
        print("committer", spark.read.parquet(target.replace("/delta/", "/parquet/")).count())
        job.commit()
        """,
        DefaultArguments=DELTA,
    )
    run = job.wait(job.start(Arguments={"--bucket": job.bucket}), timeout=120)
    errors = job.log(run["Id"], "error")
    assert run["JobRunState"] == "SUCCEEDED", errors
    output = job.log(run["Id"])
    assert "rows 10 [('GlueJobRunnerSession', True)]" in output
    assert f"partitions 3 {SPARK_AND_PYTHON[GLUE_VERSION]}" in output
    assert "committer 10" in output
    assert "WARN GlueLogger: hello from the job" in errors
    success = f"parquet/{job.name}/_SUCCESS"
    body = job.client("s3").get_object(Bucket=job.bucket, Key=success)["Body"].read()
    assert b'"committer" : "magic"' in body


def test_without_datalake_formats_there_is_no_delta_and_the_jvms_error_is_the_runs(make_job: MakeJob) -> None:
    job = make_job(
        """
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.getOrCreate()
        spark.range(1).write.format("delta").save("s3://%s/never")
        """,
    )
    run = job.wait(job.start(), timeout=120)
    assert run["JobRunState"] == "FAILED"
    assert re.search(r"Failed to find (the )?data source: delta", run["ErrorMessage"])


def test_the_jvm_has_no_way_out(make_job: MakeJob) -> None:
    job = make_job(
        """
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.getOrCreate()
        jvm = spark.sparkContext._jvm
        jvm.java.net.Socket("203.0.113.7", 443)
        """,
    )
    run = job.wait(job.start(), timeout=120)
    assert run["JobRunState"] == "FAILED"
    assert "SOCKS" in run["ErrorMessage"]
