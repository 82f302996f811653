"""awsglue.context.GlueContext: the Spark session and the logger.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-glue-context.html
"""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession, SQLContext

from . import NotEmulatedError


class GlueContext(SQLContext):  # type: ignore[misc]
    """Wraps a SparkContext; `spark_session` is what a job works with."""

    def __init__(self, sparkContext: Any, **options: Any) -> None:  # noqa: N803  (AWS's name)
        self.spark_session = SparkSession.builder.getOrCreate()
        super().__init__(sparkContext, self.spark_session)

    def get_logger(self) -> Any:
        """Return a logger with info, warn and error; its lines go to the run's error log."""
        return self._sc._jvm.org.apache.log4j.LogManager.getLogger("GlueLogger")

    getLogger = get_logger  # noqa: N815

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotEmulatedError(f"GlueContext.{name}")
