"""Dataset contracts: what ``glue/datasets/<name>.yaml`` says, as frozen dataclasses.

Needs PyYAML and fastjsonschema only, never Spark. ``docs/datasets.md`` explains every field to its author.
"""

from pipeline.contract.errors import ContractError, Problem
from pipeline.contract.loader import load_contract
from pipeline.contract.model import (
    Column,
    ColumnType,
    Contract,
    Enrichment,
    GoldTable,
    GoldView,
    Quality,
    QualityRule,
    RecordKey,
    SourceFormat,
    Text,
)

__all__ = [
    "Column",
    "ColumnType",
    "Contract",
    "ContractError",
    "Enrichment",
    "GoldTable",
    "GoldView",
    "Problem",
    "Quality",
    "QualityRule",
    "RecordKey",
    "SourceFormat",
    "Text",
    "load_contract",
]
