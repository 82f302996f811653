"""Spark on this machine, for tests: whatever is local about it stands here, never in ``glue/``."""

from __future__ import annotations

from pathlib import Path

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.glue_versions import asked_for

REPOSITORY = Path(__file__).resolve().parents[2]
JARS = Toolchain.load(glue_version=asked_for().name).jars
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


def spark_settings(warehouse: Path) -> dict[str, str]:
    """Spark on this machine: what Glue's ``--datalake-formats delta`` gives, with as little else as
    possible.
    """
    return {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.databricks.delta.snapshotPartitions": "1",
        # tables of a few rows: what Spark spends is planning, so it plans less
        "spark.databricks.delta.stats.skipping": "false",
        "spark.sql.ui.explainMode": "simple",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.warehouse.dir": str(warehouse),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.variable.substitute": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.driver.extraClassPath": f"{JARS}/*",
        "spark.executor.extraClassPath": f"{JARS}/*",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss4m"
        f" -Dderby.system.home={warehouse}",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    }
