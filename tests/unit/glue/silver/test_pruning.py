"""Which files a merge reads and rewrites, where the contract says how Silver lies; it misses no row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.session import SETTINGS
from pipeline.silver import pruning
from tests.unit.glue.silver.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CONTRACT = """
title: Orders
columns:
  - {name: id, type: string, required: true}
  - {name: day, type: date, required: true}
  - {name: at, type: timestamp, required: true}
  - {name: note, type: string}
record_key: [id]
silver: {partition_by: [day]}
"""
BY_DAY_OF_TIME = CONTRACT.replace("[day]", '["date(at)"]')
CLUSTERED = CONTRACT.replace("partition_by: [day]", "cluster_by: [day]")
PLAIN = CONTRACT.replace("silver: {partition_by: [day]}\n", "")
HEADER = "id,day,at,note\n"
PROPERTY = "delta.dataSkippingNumIndexedCols"
DAYS = ("2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04")


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Iterator[Lake]:
    """Delta leaves files unread, as in the job, and a day's rows have a file: else the session saves that."""
    settings = {"spark.databricks.delta.stats.skipping": "true", "spark.sql.shuffle.partitions": "4"}
    before = {name: spark.conf.get(name) for name in settings}
    for name, value in settings.items():
        spark.conf.set(name, value)
    yield Lake(spark, tmp_path)
    for name, old in before.items():
        spark.conf.set(name, str(old))


def csv(*rows: tuple[int, str, str]) -> str:
    return HEADER + "".join(f"O{number},{day},{day}T08:00:00Z,{note}\n" for number, day, note in rows)


def days(lake: Lake, contract: str) -> None:
    """Two rows a day."""
    rows = [(number, DAYS[number // 2], "old") for number in range(2 * len(DAYS))]
    lake.run(csv(*rows), contract=contract)


def notes(lake: Lake) -> dict[str, tuple[str, str]]:
    return {row["id"]: (str(row["day"]), row["note"]) for row in lake.silver()}


def rewritten(lake: Lake) -> tuple[int, int]:
    """Of the last commit, a MERGE: files rewritten, and files there were."""
    last = lake.table("silver").history(1)[0]
    assert last["operation"] == "MERGE"
    before = lake.spark.read.format("delta").option("versionAsOf", last["version"] - 1)
    files = len(before.load(lake.table("silver").path).inputFiles())
    return int(last["operationMetrics"]["numTargetFilesRemoved"]), files


@pytest.mark.parametrize("contract", [CONTRACT, BY_DAY_OF_TIME, CLUSTERED])
def test_a_days_change_rewrites_the_files_of_the_day(lake: Lake, contract: str) -> None:
    """One of them all: partitioned by a date or by the day of a timestamp, or in a cluster's order."""
    days(lake, contract)
    lake.run(csv((2, DAYS[1], "new")), version="late", minutes=60, contract=contract)
    assert rewritten(lake) == (1, 4)
    assert notes(lake)["O2"] == (DAYS[1], "new")
    assert notes(lake)["O3"] == (DAYS[1], "old")
    assert len(notes(lake)) == 8


@pytest.mark.parametrize("contract", [CONTRACT, BY_DAY_OF_TIME, CLUSTERED, PLAIN])
def test_a_record_that_moves_to_another_part_is_there_once(lake: Lake, contract: str) -> None:
    """Its old row is found by its key wherever it lies: the columns of the layout need not be in the key."""
    days(lake, contract)
    lake.run(csv((2, DAYS[3], "moved"), (9, DAYS[0], "new")), version="late", minutes=60, contract=contract)
    assert notes(lake)["O2"] == (DAYS[3], "moved")
    assert notes(lake)["O9"] == (DAYS[0], "new")
    assert len(notes(lake)) == 9


def read_columns(lake: Lake, csv: str, version: str) -> set[str]:
    """Upload, and return the columns of Silver's files that the run's scans asked for."""
    settings = {"spark.sql.maxMetadataStringLength": "100000", "spark.sql.debug.maxToStringFields": "1000"}
    for name, value in settings.items():
        lake.spark.conf.set(name, value)
    store = lake.spark._jsparkSession.sharedState().statusStore()
    before = {store.executionsList().apply(at).executionId() for at in range(store.executionsList().size())}
    try:
        lake.run(csv, version=version, minutes=60, contract=PLAIN)
    finally:
        for name in settings:
            lake.spark.conf.unset(name)
    lake.spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty(60_000)
    ran = store.executionsList()
    plans = [ran.apply(at) for at in range(ran.size()) if ran.apply(at).executionId() not in before]
    found: set[str] = set()
    for plan in plans:
        for scan in re.findall(
            r"Location: .*?/silver/orders[^a-z].*?ReadSchema: struct<(.*?)>\n",
            plan.physicalPlanDescription(),
            re.S,
        ):
            found |= {field.partition(":")[0] for field in scan.split(",")}
    return found


def test_new_records_are_found_to_be_new_by_their_keys(lake: Lake) -> None:
    """Without a layout, too: of all columns of all rows none is read but keys and the order of uploads."""
    days(lake, PLAIN)
    read = read_columns(lake, csv((20, DAYS[0], "new")), "v2")
    assert {"_record_key", "_source_order"} <= read
    assert read.isdisjoint({"note", "at", "day"})
    assert "note" in read_columns(lake, csv((2, DAYS[1], "changed")), "v3")


def test_a_correction_of_a_part_of_a_file_moves_the_rest_to_a_label_of_its_own(lake: Lake) -> None:
    """Rows that are not said again lie in other partitions than those that are: they are found as well."""
    first = [(number, DAYS[number % 4], "old") for number in range(12)]
    lake.run(csv(*first), version="v1", contract=CONTRACT)
    said = [row for row in first if row[1] != DAYS[3]]
    lake.run(csv(*said), version="v2", minutes=1, contract=CONTRACT)
    labels = {row["_source_order"] for row in lake.silver() if str(row["day"]) == DAYS[3]}
    others = {row["_source_order"] for row in lake.silver() if str(row["day"]) != DAYS[3]}
    assert labels.isdisjoint(others)
    late = csv(*((number, day, "late") for number, day, _ in first))
    lake.run(late, version="v1b", minutes=0.5, contract=CONTRACT)
    assert {note for day, note in notes(lake).values() if day == DAYS[3]} == {"late"}
    assert {note for day, note in notes(lake).values() if day != DAYS[3]} == {"old"}


def test_what_is_known_of_rows_as_literals(spark: SparkSession) -> None:
    """Few values one by one, many as a range, none as false; a type that has no literal says nothing."""
    few = spark.sql("SELECT DATE '2024-05-01' AS day, 'it\\'s' AS name, 1.5D AS share")
    assert pruning.condition(few, ["day", "share"]) == "(t.`day` = DATE '2024-05-01')"
    assert pruning.condition(few, ["name"]) == "(t.`name` = 'it\\'s')"
    assert pruning.condition(few, ["share"]) == "true"
    assert pruning.condition(few.limit(0), ["day"]) == "false"
    assert pruning.condition(few.limit(0), ["share"]) == "false"
    many = spark.range(100).selectExpr("IF(id = 50, NULL, id) AS id", "timestamp_seconds(id) AS at")
    assert pruning.condition(many, ["id", "at"]) == (
        "((t.`id` >= 0L AND t.`id` <= 99L) OR t.`id` IS NULL)"
        " AND (t.`at` >= TIMESTAMP '1970-01-01 00:00:00 UTC'"
        " AND t.`at` <= TIMESTAMP '1970-01-01 00:01:39 UTC')"
    )
    assert many.alias("t").where(pruning.condition(many, ["id", "at"])).count() == 100


ENDS = {
    "at timestamp": [
        "0001-01-01 00:00:00",
        "1899-12-30 00:00:00.000001",
        "1582-10-12 00:00:00.123456",
        "2024-03-10 02:30:00.999999",
        "9999-12-31 23:59:59.999999",
    ],
    "day date": ["0001-01-01", "1582-10-10", "1582-10-15", "2024-02-29", "9999-12-31"],
    "large decimal(38,0)": [
        "9" * 38,
        "-" + "9" * 37 + "8",
        "0",
        "12345678901234567890123456789012345678",
        "-1",
    ],
    "small decimal(38,38)": ["0." + "0" * 37 + "1", "-0." + "9" * 38, "0", "0.5", "-0.5"],
    "count bigint": ["-9223372036854775808", "9223372036854775807", "0", "-1", "1"],
    "flag boolean": ["true", "false", "true", "false", "true"],
    "part string": ["a/b=c%2F d'\\\\", "${env:HOME}", "x" * 31 + "\U00020bb7yy", "l\u3000r", "x" * 32],
}
"""Values at the ends of each type, and such as a path, SQL or Delta's cut would change."""


@pytest.mark.parametrize("partition_by", [(), ("day", "flag", "part")])
def test_each_value_is_found_by_its_literal(lake: Lake, partition_by: tuple[str, ...]) -> None:
    """By statistics of a file of its own, and as the value of a partition."""
    names = [column.split()[0] for column in ENDS]
    texts = list(zip(*ENDS.values(), strict=True))
    casts = [
        f"CAST({name} AS {column.split()[1]}) AS {name}" for name, column in zip(names, ENDS, strict=True)
    ]
    rows = lake.spark.createDataFrame(texts, names).selectExpr(*casts)
    corrected = [name for name in SETTINGS if "RebaseMode" in name]
    for name in corrected:
        lake.spark.conf.set(name, SETTINGS[name])
    try:
        table = lake.table("silver")
        table.append(rows.repartitionByRange(len(texts), "count"), partition_by, {PROPERTY: "-1"})
        for text in texts:
            row = lake.spark.createDataFrame([text], names).selectExpr(*casts)
            said = pruning.condition(row, names)
            assert said.count("t.`") >= len(names) - 1  # a day between the calendars is not asked for
            assert table.read().alias("t").where(said).count() == 1, said
    finally:
        for name in corrected:
            lake.spark.conf.unset(name)
