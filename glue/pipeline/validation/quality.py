"""The contract's quality rules, as Spark SQL."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql.utils import AnalysisException, ParseException

from pipeline.contract.model import Contract
from pipeline.errors import QualityRuleError
from pipeline.validation.deletions import is_deletion
from pipeline.validation.frame import DETAIL, REASON


def reject_by_rules(rows: DataFrame, contract: Contract) -> DataFrame:
    """Give rows for which a rule is false its name as reason; the first such rule counts, NULL passes.

    A deletion has no values to judge.

    Raises QualityRuleError when Spark does not understand a rule.
    """
    for rule in contract.quality.rules:
        detail = rule.description or f"not true: {' '.join(rule.sql.split())}"
        try:
            judged = f.col(REASON).isNull() & ~is_deletion(contract)
            broken = judged & ~f.coalesce(f.expr(rule.sql), f.lit(True))
            rows = (
                rows.withColumn("_broken", broken)
                .withColumn(DETAIL, f.when(f.col("_broken"), f.lit(detail)).otherwise(f.col(DETAIL)))
                .withColumn(REASON, f.when(f.col("_broken"), f.lit(rule.name)).otherwise(f.col(REASON)))
                .drop("_broken")
            )
        except (AnalysisException, ParseException) as error:
            raise QualityRuleError(rule.name, str(error)) from error
    return rows
