"""The upkeep of Silver, quarantine and what lies aside: files, order, layout, versions; twice and killed."""

from __future__ import annotations

import json
import os
import re
import time
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.contract.loader import load_contract
from pipeline.delta import DeltaTable
from pipeline.errors import ForeignFilesError
from pipeline.silver import maintenance
from pipeline.storage import Storage
from tests.unit.glue.silver.lake import CONTRACT, HEADER, Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DAYS_AGO = 40
PARTITIONED = CONTRACT.replace("{name: day, type: date,", "{name: day, type: date, required: true,")
PARTITIONED += "silver: {partition_by: [day]}\n"
CLUSTERED = CONTRACT + "silver: {cluster_by: [id], retention_days: 10}\n"


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, tmp_path)


def maintain(lake: Lake, contract: str = CONTRACT, rebuild: bool = False) -> dict[str, Any]:
    job = maintenance.MaintenanceJob(
        load_contract(contract, "datasets/orders.yaml"), "silver", str(lake.root), "jr_m", rebuild
    )
    return maintenance.run(lake.spark, job, Storage(lake.s3)).as_dict()


def upload(lake: Lake, number: int, contract: str = CONTRACT) -> None:
    rows = f"O{number},2024-01-0{number},1,open,,\nX{number},,,,,\n"
    key = f"bronze/orders/{number}.csv"
    lake.run(HEADER + rows, key=key, version=f"v{number}", minutes=number, contract=contract)


def files(lake: Lake) -> set[str]:
    return {
        path.name for path in (lake.root / "silver").rglob("part-*.parquet") if "_delta_log" not in str(path)
    }


def age(lake: Lake) -> None:
    """Let what is there be old: files by their time, and the log's entries of removed files."""
    then = time.time() - DAYS_AGO * 86400
    for path in (lake.root / "silver").rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r'"deletionTimestamp":\d+', f'"deletionTimestamp":{int(then * 1000)}', text))
        (path.parent / f".{path.name}.crc").unlink(missing_ok=True)  # Hadoop's, of what the file was
    for path in (lake.root / "silver").rglob("*"):
        os.utime(path, (then, then))
    lake.spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()


def test_small_files_become_one_and_old_versions_stay_readable(lake: Lake) -> None:
    """Of Silver and the quarantine; rows are the same; a second time there is nothing to do."""
    for number in (1, 2, 3):
        upload(lake, number)
    rows, before = lake.silver(), lake.table("silver").version()
    done = maintain(lake)["tables"]
    assert done["silver"]["files"] == {"before": 3, "after": 1}
    assert done["quarantine"]["files"]["after"] == 1
    assert "aside" not in done
    assert lake.silver() == rows
    old = lake.spark.read.format("delta").option("versionAsOf", before)
    assert old.load(lake.table("silver").path).count() == 3
    properties = lake.table("silver").detail()["properties"]
    assert properties["delta.deletedFileRetentionDuration"] == "interval 30 days"
    short = lake.table("quarantine").detail()["properties"]["delta.deletedFileRetentionDuration"]
    assert short == "interval 7 days"
    versions = lake.versions()
    again = maintain(lake)
    assert lake.versions() == versions
    assert again["tables"]["silver"]["files"] == {"before": 1, "after": 1}
    report = json.loads(lake.s3.objects["silver", "runs/orders/jr_m/maintain.json"])
    assert report["tables"]["silver"]["version"] == versions[0]


def test_files_beyond_the_retention_go_and_no_others(lake: Lake) -> None:
    """What stays: the present version's, those that left it within the retention however old they are, and
    what is being written; a reader reads on. Killed half way, the next run goes on; then there is nothing to
    do.
    """
    for number in (1, 2):
        upload(lake, number)
    first = files(lake)
    maintain(lake)
    compacted = files(lake) - first
    age(lake)
    reader = lake.table("silver").read()
    upload(lake, 3)
    (lake.root / "silver" / "orders" / "part-being-written.parquet").write_bytes(b"PAR1")
    present = files(lake) - first
    next((lake.root / "silver").rglob(first.pop())).unlink()  # as a run that was killed would leave it
    assert maintain(lake)["tables"]["silver"]["removed"] == 1
    assert files(lake) > present > compacted
    assert len(files(lake)) == 4
    assert {row["id"] for row in reader.collect()} == {"O1", "O2"}
    assert {row["id"] for row in lake.silver()} == {"O1", "O2", "O3"}
    there, versions = files(lake), lake.versions()
    assert maintain(lake)["tables"]["silver"]["removed"] == 0
    assert (files(lake), lake.versions()) == (there, versions)


def test_a_file_that_is_none_of_the_tables_is_never_removed(lake: Lake) -> None:
    """Delta would take it for one of a version that is gone: the run says where it lies, and removes none."""
    upload(lake, 1)
    other = lake.root / "silver" / "orders-old" / "part-0.parquet"
    other.parent.mkdir()
    other.write_bytes(b"another dataset's")
    (lake.root / "silver" / "orders" / "part-left-behind.parquet").write_bytes(b"PAR1")
    age(lake)
    note = lake.root / "silver" / "orders" / "notes.txt"
    note.write_text("do not delete", encoding="utf-8")
    os.utime(note, (0, 0))
    with pytest.raises(ForeignFilesError, match=r"notes\.txt; move them out of the table"):
        maintain(lake)
    assert note.exists()
    assert "part-left-behind.parquet" in files(lake)
    note.unlink()
    assert maintain(lake)["tables"]["silver"]["removed"] == 1
    assert other.exists()


@pytest.mark.slow
def test_files_of_a_layout_that_is_no_more_go_too(lake: Lake) -> None:
    """Those in folders of a timestamp's days, which are no column of the contract's."""
    contract = PARTITIONED.replace(
        "  - {name: amount", "  - {name: at, type: timestamp, required: true}\n  - {name: amount"
    )
    contract = contract.replace("[day]", '["date(at)"]')
    rows = "id,day,at,amount,status,buyer,note\nO1,2024-01-01,2024-01-01T08:00:00Z,1,open,,\n"
    lake.run(rows, contract=contract)
    first = files(lake)
    maintain(lake, contract.replace("silver: {partition", "#"))
    age(lake)
    maintain(lake, contract.replace("silver: {partition", "#"))
    assert files(lake).isdisjoint(first)
    assert len(files(lake)) == 1


@pytest.mark.slow
def test_another_partitioning_rewrites_the_table_once(lake: Lake) -> None:
    """In one commit; uploads before it go on in the old layout, and an older version is read as it was."""
    upload(lake, 1, PARTITIONED.replace("[day]", "[id]"))
    upload(lake, 2, PARTITIONED)
    assert lake.table("silver").detail()["partitionColumns"] == ["id"]
    rows = lake.silver()
    assert maintain(lake, PARTITIONED)["tables"]["silver"]["laid_out"] is True
    assert lake.table("silver").detail()["partitionColumns"] == ["day"]
    assert lake.silver() == rows
    assert maintain(lake, PARTITIONED)["tables"]["silver"]["laid_out"] is False
    plain = PARTITIONED.replace("silver: {partition_by: [day]}\n", "")
    maintain(lake, plain)
    assert lake.table("silver").detail()["partitionColumns"] == []
    assert lake.silver() == rows


@pytest.mark.slow
def test_rows_are_put_in_order_when_enough_of_them_are_new(lake: Lake) -> None:
    """OPTIMIZE with ZORDER writes the whole table: not for nothing new."""
    for number in (1, 2):
        upload(lake, number, CLUSTERED)
    assert maintain(lake, CLUSTERED)["tables"]["silver"]["ordered"] is True
    assert maintain(lake, CLUSTERED)["tables"]["silver"]["ordered"] is False
    upload(lake, 3, CLUSTERED)
    assert maintain(lake, CLUSTERED)["tables"]["silver"]["ordered"] is True
    assert len(lake.silver()) == 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_no_change_of_layouts_changes_a_row(lake: Lake, seed: int) -> None:
    """In whatever order they come, with rows written in between, none at all and NULLs among them."""
    random = Random(seed)
    layouts = [
        "{}",
        "{partition_by: [day]}",
        "{cluster_by: [day, id]}",
        "{partition_by: [day], cluster_by: [id]}",
    ]
    plain = PARTITIONED.partition("silver:")[0]
    table = lake.table("silver")
    wanted: list[tuple[Any, ...]] = []
    for said in random.sample(layouts, len(layouts)):
        numbers = [random.randrange(1000) for _ in range(random.choice((0, 1, 20)))]
        new = [(f"O{n}", date(2024, 1, 1 + n % 3), None if n % 5 == 0 else f"{n}\\'") for n in numbers]
        table.append(lake.spark.createDataFrame(new, "id string, day date, note string"))
        wanted += new
        maintain(lake, f"{plain}silver: {said}\n")
        rows = table.read().select("id", "day", "note").collect()
        assert Counter(map(tuple, rows)) == Counter(wanted)


@pytest.mark.slow
def test_a_rebuild_lets_every_upload_come_again_under_another_contract(lake: Lake) -> None:
    """Another key and another type, which Silver refuses else; the version before stays readable."""
    changed = PARTITIONED.replace("record_key: [id]", "record_key: [id, day]")
    changed = changed.replace('"decimal(8,2)"', "double")
    upload(lake, 1)
    before = lake.table("silver").version()
    assert maintain(lake, changed, rebuild=True)["rebuilt"] is True
    maintain(lake, changed, rebuild=True)
    upload(lake, 1, changed)
    upload(lake, 2, changed)
    assert [(row["id"], row["amount"]) for row in lake.silver()] == [("O1", 1.0), ("O2", 1.0)]
    assert lake.table("silver").detail()["partitionColumns"] == ["day"]
    old = lake.spark.read.format("delta").option("versionAsOf", before).load(lake.table("silver").path)
    assert [row["id"] for row in old.collect()] == ["O1"]


def test_a_rebuild_lets_uploads_come_again_that_were_done_under_the_contract_as_it_is(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a second rebuild, say, after a reprocess that got half way. Killed before it has emptied a table, it
    lets them come again, too: that they are there is no harm.
    """
    upload(lake, 1)
    with monkeypatch.context() as patch:
        patch.setattr(maintenance, "_empty", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            maintain(lake, rebuild=True)
    upload(lake, 1)
    assert [row["id"] for row in lake.silver()] == ["O1"]
    maintain(lake, rebuild=True)
    upload(lake, 1)
    upload(lake, 2)
    assert [row["id"] for row in lake.silver()] == ["O1", "O2"]


@pytest.mark.slow
def test_a_maintenance_killed_anywhere_is_put_right_by_the_next(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the properties, after OPTIMIZE: rows are there, and the next run ends what was begun."""
    for number in (1, 2):
        upload(lake, number)
    rows = lake.silver()

    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    for name in ("optimize", "vacuum"):
        with monkeypatch.context() as patch:
            patch.setattr(DeltaTable, name, die)
            with pytest.raises(Killed):
                maintain(lake)
        assert lake.silver() == rows
    assert maintain(lake)["tables"]["silver"]["files"]["after"] == 1
    assert lake.silver() == rows


def test_how_large_a_file_is_to_be() -> None:
    """A 128th of the table, so that a part of it lies in few files; 8 to 256 MB."""
    assert maintenance.target_bytes(0) == 8 << 20
    assert maintenance.target_bytes(4 << 30) == 32 << 20
    assert maintenance.target_bytes(1 << 40) == 256 << 20
