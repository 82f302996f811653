"""What must hold after a run: accounting, Silver against Gold, and a harmless second delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from pipeline.contract import Contract

from scripts.e2e import gold
from scripts.e2e.errors import CheckFailedError
from scripts.e2e.silver import LakeReader

Report = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """What a second delivery must not change."""

    silver_version: int | None
    quarantine_version: int | None
    gold: dict[str, str]
    bedrock_calls: int


def row_accounting(report: Report, lake: LakeReader, version_id: str) -> None:
    """Rows read = rows Silver + rows quarantined, in the report and in the tables themselves."""
    rows = report["rows"]
    if rows["read"] != rows["silver"] + rows["quarantined"]:
        raise CheckFailedError(f"row accounting: {rows['read']} read, but {rows}")
    for name, table in (("silver", "silver"), ("quarantined", "quarantine")):
        found = lake.rows_of(f"{table}/{report['dataset']}", version_id)
        if found != rows[name]:
            raise CheckFailedError(
                f"the {table} table holds {found} rows of this source, the job said {rows[name]}"
            )


def silver_against_gold(
    contract: Contract, lake: LakeReader, connection: psycopg.Connection[Any]
) -> dict[str, str]:
    """Recompute each Gold table from Silver in DuckDB and compare; table → what was compared."""
    silver = lake.table(f"silver/{contract.name}")
    if silver is None:
        raise CheckFailedError(f"there is no Delta table silver/{contract.name}")
    outcome = {}
    with gold.duckdb_over(silver) as db:
        for table in contract.gold:
            try:
                expected = gold.recompute(db, table)
            except gold.NotComparableError as error:
                outcome[table.name] = f"not compared: {error}"
                continue
            loaded = gold.read(connection, table)
            gold.compare(loaded, expected, table.key)
            outcome[table.name] = f"{len(loaded.rows)} rows equal those recomputed from Silver"
    return outcome


def snapshot(
    contract: Contract, lake: LakeReader, connection: psycopg.Connection[Any], bedrock_calls: int
) -> Snapshot:
    return Snapshot(
        silver_version=lake.version(f"silver/{contract.name}"),
        quarantine_version=lake.version(f"quarantine/{contract.name}"),
        gold={table.name: gold.read(connection, table).fingerprint for table in contract.gold},
        bedrock_calls=bedrock_calls,
    )


def redelivery(before: Snapshot, after: Snapshot) -> Report:
    """The second delivery's effect, all of which must be nothing."""
    result = {
        "bedrock_calls": after.bedrock_calls - before.bedrock_calls,
        "silver_changed": (before.silver_version, before.quarantine_version)
        != (after.silver_version, after.quarantine_version),
        "gold_changed": before.gold != after.gold,
    }
    if any(result.values()):
        raise CheckFailedError(f"a second delivery of the same event changed something: {result}")
    return result
