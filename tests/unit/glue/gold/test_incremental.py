"""Incremental tables: the same rows as a full computation, whatever happened to Silver, from less of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.delta import DeltaTable
from pipeline.gold import DeltaHistory, GoldOptions, GoldReport, load
from pipeline.gold.errors import GoldKeyError, GoldSqlError
from tests.unit.glue.gold.gold_loads import contract_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Query = Callable[[str], list[Any]]
Options = Callable[..., GoldOptions]

COLUMNS = (
    "order_id long, note string, day date, amount decimal(10,2), _source string, _source_version_id string"
)
GROUPED = (
    "SELECT coalesce(note, 'none') AS note, month(day) AS m, count(*) AS n, sum(amount) AS total, "
    "count(DISTINCT order_id % 3) AS d, max(amount) AS top FROM silver WHERE day IS NOT NULL "
    "GROUP BY coalesce(note, 'none'), month(day)"
)
ROWS = "SELECT order_id, upper(note) AS note, amount FROM silver WHERE amount < 50"
SHUFFLED = (3, 11)


class Gold:
    """A Silver table in a folder, and its Gold tables ``grouped`` and ``rows``."""

    def __init__(self, spark: SparkSession, folder: Path, options: Options, query: Query) -> None:
        self.spark, self.path, self._options, self._query = spark, str(folder / "silver"), options, query
        self.day_type = "date"
        self.sql = {"grouped": (GROUPED, "note, m"), "rows": (ROWS, "order_id")}

    def write(self, rows: list[str]) -> None:
        """Rows as the text of SQL values: key, note, day, amount."""
        values = ", ".join(rows)
        lines = self.spark.sql(
            f"SELECT CAST(a AS long) order_id, b note, CAST(c AS {self.day_type}) day, "
            f"CAST(d AS decimal(10,2)) amount, "
            f"'s3://bronze/a.csv' _source, 'v1' _source_version_id FROM VALUES {values} AS t(a, b, c, d)"
        )
        lines.coalesce(1).write.format("delta").mode("append").save(self.path)

    def run(self, statement: str) -> None:
        self.spark.sql(statement.replace("silver", f"delta.`{self.path}`"))

    def load(self) -> GoldReport:
        lines = "".join(
            f'  - {{name: {name}, key: [{key}], incremental: true, sql: "{sql}"}}\n'
            for name, (sql, key) in self.sql.items()
        )
        table = DeltaTable(self.spark, self.path)
        return load(self.spark, contract_of(lines), table.read(), self._options(), DeltaHistory(table))

    def check(self) -> None:
        """Gold is what the SQL says of all of Silver."""
        self.spark.read.format("delta").load(self.path).createOrReplaceTempView("silver")
        for name, (sql, _) in self.sql.items():
            expected = [tuple(row) for row in self.spark.sql(sql).collect()]
            found = self._query(f"SELECT * FROM {name}")
            assert sorted(map(str, found)) == sorted(map(str, expected)), name
        self.spark.catalog.dropTempView("silver")


@pytest.fixture
def gold(spark: SparkSession, tmp_path: Path, options: Options, query: Query) -> Gold:
    made = Gold(spark, tmp_path, options, query)
    made.write(["(1, 'a', '2024-01-01', 10)", "(2, 'b', '2024-02-01', 20)", "(3, NULL, '2024-02-02', 30)"])
    return made


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """What the last load logged."""
    caplog.set_level("INFO", "pipeline.gold")

    def read() -> str:
        text = caplog.text
        caplog.clear()
        return text

    return read


def _change(chance: random.Random) -> str:
    some = f"order_id % {chance.randint(2, 4)} = {chance.randint(0, 1)}"
    return chance.choice(
        [
            f"DELETE FROM silver WHERE {some}",
            f"UPDATE silver SET note = {chance.choice(['NULL', chr(39) + 'b' + chr(39)])} WHERE {some}",
            f"UPDATE silver SET amount = amount + {chance.randint(1, 40)} WHERE {some}",
            f"UPDATE silver SET day = {chance.choice(['NULL', 'add_months(day, 1)'])} WHERE {some}",
            "UPDATE silver SET _source_version_id = 'v2'",
            "OPTIMIZE silver",
        ]
    )


@pytest.mark.parametrize("seed", SHUFFLED)
def test_any_changes_lead_to_the_full_result(gold: Gold, told: Callable[[], str], seed: int) -> None:
    """Rows that come, go, change their group or its values, become null or pass a condition; files that are
    written anew for none of that; several commits between two loads, and none.
    """
    chance = random.Random(seed)
    gold.load()
    gold.check()
    for step in range(4):
        told()
        for _ in range(chance.randint(0, 3)):
            if chance.random() < 0.4:
                keys = [step * 10 + 10 + number for number in range(chance.randint(1, 4))]
                gold.write(
                    [f"({k}, 'a', '2024-0{chance.randint(1, 4)}-01', {chance.randint(1, 90)})" for k in keys]
                )
            else:
                gold.run(_change(chance))
        report = gold.load()
        gold.check()
        assert "in full" not in told()
        assert report.tables["rows"].rows == len(gold._query("SELECT 1 FROM rows"))
    assert not gold.load().changed


def test_only_touched_keys_are_computed_and_sent(
    gold: Gold, told: Callable[[], str], query: Query, server: Any
) -> None:
    """One row of three: one key of each table; rows of the others keep their very version."""
    gold.load()
    told()
    gold.run("UPDATE silver SET amount = 11 WHERE order_id = 1")
    report = gold.load()
    assert told().count("1 keys of Gold table") == 2
    assert (report.tables["rows"].rows, report.tables["rows"].updated) == (3, 1)
    assert query("SELECT count(DISTINCT xmin::text) FROM rows") == [(2,)]
    gold.run("DELETE FROM silver WHERE order_id = 2")
    assert gold.load().tables["grouped"].deleted == 1
    gold.check()


def test_a_null_key_is_an_error_as_in_a_full_load(gold: Gold) -> None:
    """Not left out: the group would be missing."""
    gold.sql = {"grouped": ("SELECT note, count(*) AS n FROM silver WHERE amount < 25 GROUP BY note", "note")}
    gold.load()
    gold.run("UPDATE silver SET amount = 1")
    with pytest.raises(GoldKeyError, match="column note is null"):
        gold.load()


def _lose_ledger(gold: Gold) -> None:
    gold._query("DELETE FROM gold_meta.computed")


def _change_sql(gold: Gold) -> None:
    gold.sql = {"rows": (ROWS.replace("upper", "lower"), "order_id")}


def _vacuum(gold: Gold) -> None:
    gold.run("UPDATE silver SET amount = 12 WHERE order_id = 1")
    conf = gold.spark.conf
    conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    gold.run("VACUUM silver RETAIN 0 HOURS")
    conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")


def _make_anew(gold: Gold) -> None:
    gold.path += "-anew"
    gold.write(["(9, 'z', '2024-01-01', 1)"])


def _rewrite(gold: Gold, rows: DataFrame, *partition_by: str) -> None:
    DeltaTable(gold.spark, gold.path).rewrite(rows, partition_by)


def _lay_out(gold: Gold) -> None:
    _rewrite(gold, DeltaTable(gold.spark, gold.path).read().where("order_id <> 2"), "day")
    gold.run("UPDATE silver SET amount = 12 WHERE order_id = 1")


def _retype(gold: Gold) -> None:
    rows = DeltaTable(gold.spark, gold.path).read()
    gold.day_type = "string"
    _rewrite(gold, rows.where("order_id <> 2").withColumn("day", rows.day.cast("string")))


def _empty(gold: Gold) -> None:
    _rewrite(gold, DeltaTable(gold.spark, gold.path).read().limit(0))
    gold.run("ALTER TABLE silver ADD COLUMNS (other string)")
    gold.run("ALTER TABLE silver SET TBLPROPERTIES ('delta.logRetentionDuration' = 'interval 1 days')")


def _spoil(gold: Gold) -> None:
    files = set(Path(gold.path).glob("*.parquet"))
    gold.run("UPDATE silver SET amount = 12 WHERE order_id = 1")
    for file in files:
        file.write_bytes(b"PAR1 no more PAR1")


@pytest.mark.parametrize(
    "what",
    [_lose_ledger, _change_sql, _vacuum, _make_anew, _lay_out, _retype, _empty, _spoil],
    ids=lambda what: what.__name__[1:],
)
def test_without_a_trustworthy_past_all_is_computed(
    gold: Gold, told: Callable[[], str], what: Callable[[Gold], None]
) -> None:
    """And from then on only what changes again."""
    gold.load()
    told()
    what(gold)
    gold.load()
    assert "Gold table rows is computed in full" in told()
    gold.check()
    gold.write(["(20, 'c', '2024-01-01', 10)"])
    gold.load()
    assert "in full" not in told()
    gold.check()


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT note, count(*) AS n FROM silver GROUP BY note HAVING count(*) > 1", "HAVING"),
        ("SELECT note FROM silver LIMIT 3", "Limit"),
        ("SELECT DISTINCT note FROM silver", "Distinct"),
        ("SELECT note, row_number() OVER (ORDER BY order_id) AS n FROM silver", "Window"),
        ("SELECT a.note FROM silver a JOIN silver b ON a.order_id = b.order_id + 1", "Join"),
        ("SELECT note FROM silver UNION ALL SELECT note FROM silver", "Union"),
        ("SELECT max(note) AS note FROM silver", "no GROUP BY"),
        ("SELECT max(note) AS note FROM silver GROUP BY order_id", "computes its key note"),
        ("SELECT max(n) AS note FROM (SELECT note, max(note) AS n FROM silver GROUP BY note) GROUP BY n", ""),
        (
            "SELECT note, n FROM (SELECT note, count(*) AS n FROM silver GROUP BY note)",
            "result of a GROUP BY",
        ),
        ("SELECT note, current_date() AS d FROM silver", "asks for the time"),
        ("SELECT note, order_id FROM silver WHERE day < DATE 'today'", "'today', another time in each load"),
        ("SELECT note, TIMESTAMP' Today UTC' AS at FROM silver", "' Today UTC', another time"),
        ("SELECT note, CAST('tomorrow+09:00' AS date) AS at FROM silver", "another time"),
        ("SELECT note FROM silver WHERE day = 'yesterday'", "another time"),
        ("SELECT note, rand() AS d FROM silver", "not the same each time"),
        ("SELECT note, first(day) AS d FROM silver GROUP BY note", "order of the rows"),
        ("SELECT note, last(day, true) AS d FROM silver GROUP BY note", "order of the rows"),
        ("SELECT note, size(collect_set(day)) AS d FROM silver GROUP BY note", "order of the rows"),
        ("SELECT note, array_agg(order_id) AS d FROM silver GROUP BY note", "order of the rows"),
        ("SELECT note FROM silver WHERE amount = (SELECT max(amount) FROM silver)", "subquery"),
        ("SELECT note, count(*) AS n FROM silver GROUP BY ROLLUP (note)", "Expand"),
        ("SELECT 'x' AS note FROM silver", "reads no column"),
    ],
)
def test_a_select_of_which_it_is_not_plain_is_refused(gold: Gold, sql: str, why: str) -> None:
    """With what it has, and what it may be; not computed in full without a word."""
    gold.sql = {"grouped": (sql, "note")}
    with pytest.raises(GoldSqlError, match=f"Gold table grouped: the SELECT .*{why}.*incremental"):
        gold.load()


def test_words_that_ask_for_no_time_are_let_in(gold: Gold) -> None:
    """One in a longer text, one that is a name, and the one that is the same day each time."""
    sql = "SELECT note, 'todays' AS today, DATE 'epoch' AS d, 'not now' AS now FROM silver"
    gold.sql = {"grouped": (f"{sql} WHERE note IS NOT NULL", "note")}
    gold.load()
