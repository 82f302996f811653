"""Which operations moto answers. Ours are the `@handler` methods of provider.py; all others are refused.

Checked against moto-ext 5.1.24. Not listed although moto has them: crawlers, triggers, workflows, sessions,
the schema registry, development endpoints (nothing runs behind them).
A known difference of moto's catalog: names are not folded to lower case. Its lists get their pages, and
CreateTable and UpdateTable a check, in catalog.py.
"""

from __future__ import annotations

MOTO_OPERATIONS = frozenset(
    {
        "BatchCreatePartition",
        "BatchDeletePartition",
        "BatchDeleteTable",
        "BatchGetPartition",
        "BatchUpdatePartition",
        "CreateDatabase",
        "CreatePartition",
        "CreateTable",
        "DeleteDatabase",
        "DeletePartition",
        "DeleteTable",
        "DeleteTableVersion",
        "GetDataCatalogEncryptionSettings",
        "GetDatabase",
        "GetDatabases",
        "GetPartition",
        "GetPartitionIndexes",  # none can be made (CreatePartitionIndex is refused), so none is right
        "GetPartitions",
        "GetTable",
        "GetTableVersion",
        "GetTableVersions",
        "GetTables",
        "PutDataCatalogEncryptionSettings",
        "UpdateDatabase",
        "UpdatePartition",
        "UpdateTable",
    }
)
