"""The run that Spark's class archive is made of: what a job does, once, on a few rows.

A Glue script of its own: it runs in the Glue environment, from S3, and sees nothing of this repository.
"""

import sys

from awsglue.utils import getResolvedOptions
from delta.tables import DeltaTable
from pyspark.sql import SparkSession, functions


def main() -> None:
    """CSV, Python workers, Delta write and MERGE; then let the JVM end by itself: it writes the archive."""
    root = f"s3://{getResolvedOptions(sys.argv, ['bucket'])['bucket']}"
    spark = (
        SparkSession.builder.config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.delta.logStore.class", "org.apache.spark.sql.delta.storage.S3SingleDriverLogStore")
        .getOrCreate()
    )
    rows = spark.range(20).select("id", functions.concat(functions.lit("text "), "id").alias("text"))
    rows.write.option("header", True).csv(f"{root}/csv")
    read = spark.read.option("header", True).csv(f"{root}/csv")
    mapped = read.mapInPandas(lambda frames: frames, read.schema)
    mapped.write.format("delta").save(f"{root}/delta")
    table = DeltaTable.forPath(spark, f"{root}/delta")
    merge = table.alias("t").merge(read.alias("s"), "t.id = s.id")
    merge.whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()
    spark.read.format("delta").load(f"{root}/delta").groupBy("text").count().collect()
    gateway = spark.sparkContext._gateway
    spark.stop()
    gateway.proc.stdin.close()
    gateway.proc.wait(timeout=90)


if __name__ == "__main__":
    main()
