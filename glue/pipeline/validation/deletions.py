"""Rows that delete a record: ``operation`` of a contract in the mode ``cdc``."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as f

from pipeline.contract.model import Contract


def is_deletion(contract: Contract) -> Column:
    """Return the condition that a valid row is a deletion; false for all where the mode knows none."""
    operation = contract.changes.operation
    if operation is None:
        return f.lit(False)
    return f.coalesce(f.col(operation.column).isin(*operation.delete), f.lit(False))
