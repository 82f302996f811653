"""What must hold after a run: accounting, Silver against Gold, and a harmless second delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import psycopg

from glue_app.e2e import gold
from glue_app.e2e.errors import CheckFailedError
from glue_app.e2e.gold import GoldRows
from glue_app.e2e.silver import LakeReader
from pipeline.contract.model import Contract, GoldTable

Report = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """What a second delivery must not change."""

    silver_version: int | None
    quarantine_version: int | None
    gold: dict[str, str]
    bedrock_calls: int


@dataclass(frozen=True)
class ComparedTable:
    """A Gold table beside the same recomputed from Silver."""

    outcome: str
    """What was compared, or why nothing could be."""
    rows: int
    preview: GoldRows


def row_accounting(report: Report, lake: LakeReader, version_id: str) -> None:
    """Rows read = rows Silver + rows aside + rows quarantined, in the report and in the tables themselves.

    Rows that Silver had already as they are (``kept``) say which earlier upload they are from.
    """
    rows = report["rows"]
    if rows["read"] != rows["silver"] + rows.get("aside", 0) + rows["quarantined"]:
        raise CheckFailedError(f"row accounting: {rows['read']} read, but {rows}")
    kept = {"silver": report.get("silver", {}).get("kept", 0)}
    for name, table in (("silver", "silver"), ("quarantined", "quarantine")):
        found = lake.rows_of(f"{table}/{report['dataset']}", version_id)
        if found != rows[name] - kept.get(name, 0):
            raise CheckFailedError(
                f"the {table} table holds {found} rows of this source, the job said {rows[name]}"
            )


def silver_against_gold(
    contract: Contract, lake: LakeReader, connection: psycopg.Connection[Any]
) -> dict[str, ComparedTable]:
    """Recompute each Gold table from Silver in DuckDB and compare; by the table's name."""
    silver = lake.stream(f"silver/{contract.name}")
    if silver is None:
        raise CheckFailedError(f"there is no Delta table silver/{contract.name}")
    with gold.duckdb_over(silver) as db:
        return {table.name: _compared(table, db, connection) for table in contract.gold}


def _compared(
    table: GoldTable, db: duckdb.DuckDBPyConnection, connection: psycopg.Connection[Any]
) -> ComparedTable:
    try:
        expected = gold.recompute(db, table)
    except gold.NotComparableError as error:
        preview = gold.read(connection, table, gold.PREVIEW_ROWS)
        return ComparedTable(f"not compared: {error}", gold.count(connection, table.name), preview)
    loaded = gold.read(connection, table)
    gold.compare(loaded, expected, table.key)
    number = len(loaded.rows)
    return ComparedTable(f"{number} rows equal those recomputed from Silver", number, loaded.preview)


def views(contract: Contract, connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows of each view of the contract, by the bare name that a BI tool uses; by the view's name."""
    found = {}
    for view in contract.views:
        try:
            found[view.name] = gold.count(connection, view.name)
        except psycopg.Error as error:
            role = connection.info.user
            raise CheckFailedError(f"{role} can't read the view {view.name}: {error}") from error
    return found


def snapshot(
    contract: Contract, lake: LakeReader, connection: psycopg.Connection[Any], bedrock_calls: int
) -> Snapshot:
    return Snapshot(
        silver_version=lake.version(f"silver/{contract.name}"),
        quarantine_version=lake.version(f"quarantine/{contract.name}"),
        gold={table.name: gold.fingerprint(connection, table) for table in contract.gold},
        bedrock_calls=bedrock_calls,
    )


def redelivery(before: Snapshot, after: Snapshot) -> Report:
    """Return the second delivery's effect, all of which must be nothing."""
    result = {
        "bedrock_calls": after.bedrock_calls - before.bedrock_calls,
        "silver_changed": (before.silver_version, before.quarantine_version)
        != (after.silver_version, after.quarantine_version),
        "gold_changed": before.gold != after.gold,
    }
    if any(result.values()):
        raise CheckFailedError(f"a second delivery of the same event changed something: {result}")
    return result
