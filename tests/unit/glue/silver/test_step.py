"""The step silver on local Delta tables: validation, quarantine, merge, repetition, kills and accounting."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import (
    EmptyFileError,
    HeaderError,
    IncompatibleSchemaError,
    QualityError,
    RowAccountingError,
)
from pipeline.report import RunReport
from pipeline.silver import quarantine, table
from tests.unit.glue.silver.lake import CONTRACT, HEADER, Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, tmp_path)


def rows(report: RunReport) -> dict[str, int]:
    counted: dict[str, int] = report.as_dict()["rows"]
    return counted


DIRTY = (
    HEADER
    + "O1,2024-01-02,10.50,open,Ann,fine\n"
    + 'O2,2024/1/3,"1,234.5",done,Bob,"two\nlines"\n'
    + "\n"
    + "O3,2024年1月4日,,open,,\n"
    + "O4,soon,1,open,,\n"
    + "O5,2024-01-02,ten,open,,\n"
    + "O6,2024-01-02,-1,open,,\n"
    + ",2024-01-02,1,open,,\n"
    + "O7,2024-01-02,1,lost,,\n"
    + "O1,2024-01-02,1,open,,again\n"
    + "X8,2024-01-02,1,open,,\n"
    + "O9,2024-01-02,1,open,Bartholomew Longname,\n"
    + "O10,2024-01-02,,done,,\n"
    + "O11,2024-01-02\n"
    + "O12,2024-01-02,1,open,,,extra\n"
    + 'O13,2024-01-02,1,open,,"open quote\n'
    + "O14,2024-01-02,1,open,,a\0b\n"
    + "O15,2024-01-02,123456789,open,,\n"
)


def test_every_row_ends_in_silver_or_in_quarantine_with_its_reason(lake: Lake) -> None:
    """Typed rows in Silver; reason, detail, raw text and line of the others; personal data in no detail."""
    report = lake.run(DIRTY.encode() + b"O16,2024-01-02,1,open,,\xff\n")
    assert rows(report) == {"read": 18, "silver": 3, "quarantined": 15}
    first, second, third = lake.silver()
    assert (first["id"], str(first["day"]), str(first["amount"]), first["buyer"]) == (
        "O1",
        "2024-01-02",
        "10.50",
        "Ann",
    )
    assert (second["note"], str(second["amount"]), str(second["day"])) == (
        "two\nlines",
        "1234.50",
        "2024-01-03",
    )
    assert (third["amount"], third["note"], third["buyer"]) == (None, None, None)
    assert first["_source"] == "s3://bronze/bronze/orders/a.csv"
    assert (first["_source_version_id"], first["_source_line"], first["_job_run_id"]) == ("v1", 2, "jr_1")
    found = [(row["_source_line"], row["_reason"], row["_detail"]) for row in lake.quarantine()]
    assert found == [
        (7, "invalid_date", "day 'soon' is no date in any of the formats %Y-%m-%d, %Y/%m/%d, %Y年%m月%d日"),
        (8, "invalid_number", "amount 'ten' is no number"),
        (9, "out_of_range", "amount '-1' is below 0"),
        (10, "required_missing", "id is empty"),
        (11, "not_in_enum", "status 'lost' is none of open, done"),
        (12, "duplicate_key", "id is the same as in line 2"),
        (13, "pattern_mismatch", "id 'X8' does not match O\\d+"),
        (14, "too_long", "buyer has 20 characters, at most 10 are allowed"),
        (15, "done_has_amount", "a done order has an amount"),
        (16, "missing_cells", "2 cells, the header has 6"),
        (17, "extra_cells", "7 cells, the header has 6"),
        (18, "unclosed_quote", "a quote is opened and never closed; reading went on with the next line"),
        (19, "nul_character", "line 19, column note: a NUL character stands in the record"),
        (20, "out_of_range", "amount '123456789' has more than 6 digits before the point"),
        (
            21,
            "invalid_bytes",
            "line 21, column note: bytes that are no characters in the file's encoding stand as \\xNN:"
            " correct them, set source.encoding, or allow what they are in source.repair (e.g. cp932_bytes,"
            " cp1252_bytes)",
        ),
    ]
    assert lake.quarantine()[8]["_raw"] == "O10,2024-01-02,,done,,"
    assert lake.quarantine()[-1]["_raw"] == "O16,2024-01-02,1,open,,\\xff"
    assert lake.quarantine()[7]["_raw"] == "O9,2024-01-02,1,open,***,"
    assert not any("Longname" in str(row) for row in lake.quarantine())
    written = json.loads(lake.s3.objects["silver", report.key])
    assert written["rows"] == rows(report)
    assert written["quarantine_reasons"]["out_of_range"] == 2
    assert written["silver"]["changed"] is True
    assert written["bedrock"]["calls"] == 0


def test_a_second_delivery_changes_nothing(lake: Lake) -> None:
    """Skipped by the marker; and without the marker the same rows make no new version of either table."""
    first = lake.run(DIRTY)
    versions = lake.versions()
    again = lake.run(DIRTY)
    assert again.as_dict()["skipped"] is True
    assert rows(again) == rows(first)
    assert lake.versions() == versions
    forced = lake.run(DIRTY, force=True).as_dict()
    assert (forced["skipped"], forced["silver"]["changed"]) == (False, False)
    assert lake.versions() == versions


@pytest.mark.slow
def test_a_later_version_wins_and_an_earlier_one_that_comes_late_does_not(lake: Lake) -> None:
    """By the time S3 wrote the source, whatever the order of the events."""
    lake.run(HEADER + "O1,,1,open,,old\nO2,,1,open,,old\n", version="v1")
    lake.run(HEADER + "O1,,1,done,,new\nO3,,1,open,,new\n", version="v3", minutes=20)
    assert [(row["id"], row["note"]) for row in lake.silver()] == [
        ("O1", "new"),
        ("O2", "old"),
        ("O3", "new"),
    ]
    late = lake.run(HEADER + "O1,,1,open,,late\nO2,,1,open,,late\n", version="v2", minutes=10)
    assert [(row["id"], row["note"]) for row in lake.silver()] == [
        ("O1", "new"),
        ("O2", "late"),
        ("O3", "new"),
    ]
    assert rows(late) == {"read": 2, "silver": 1, "quarantined": 1}
    assert lake.quarantine()[0]["_reason"] == "superseded"


@pytest.mark.slow
def test_a_changed_contract_processes_the_source_again(lake: Lake) -> None:
    """Rows that are now refused leave Silver, new columns are added; titles and Gold tables change
    nothing.
    """
    csv = HEADER + "O1,,1,open,,a\nO2,,500,open,,b\n"
    lake.run(csv)
    assert lake.run(csv, contract=CONTRACT.replace("title: Orders", "title: Renamed")).as_dict()["skipped"]
    stricter = CONTRACT.replace("min: 0", "min: 0, max: 100").replace(
        "record_key", "  - {name: place, type: string}\nrecord_key"
    )
    report = lake.run(csv, contract=stricter).as_dict()
    assert report["rows"] == {"read": 2, "silver": 1, "quarantined": 1}
    assert report["silver"]["deleted"] == 1
    assert [(row["id"], row["place"]) for row in lake.silver()] == [("O1", None)]
    back = lake.run(csv)
    assert rows(back) == {"read": 2, "silver": 2, "quarantined": 0}
    assert lake.quarantine() == []


def test_another_type_for_a_column_is_refused(lake: Lake) -> None:
    """With both types named, and Silver as it was."""
    lake.run(HEADER + "O1,,1,open,,\n")
    with pytest.raises(IncompatibleSchemaError, match=r"amount is decimal\(8,2\), not double"):
        lake.run(
            HEADER + "O2,,1,open,,\n", version="v2", contract=CONTRACT.replace('"decimal(8,2)"', "double")
        )
    assert len(lake.silver()) == 1


def test_too_many_refused_rows_fail_the_job_and_leave_silver(lake: Lake) -> None:
    """The refused rows can be looked at; there is no marker, and a run with a better contract goes
    through.
    """
    strict = CONTRACT.replace("quality:", "quality:\n  max_quarantined_ratio: 0.4")
    csv = HEADER + "O1,,1,open,,\nO2,,1,lost,,\n"
    with pytest.raises(
        QualityError, match=r"1 of 2 rows .* \(not_in_enum 1\), more than max_quarantined_ratio 0.4"
    ):
        lake.run(csv, contract=strict)
    assert [row["_reason"] for row in lake.quarantine()] == ["not_in_enum"]
    assert not lake.table("silver").exists()
    assert not any("sources/" in key for _, key in lake.s3.objects)
    assert rows(lake.run(csv)) == {"read": 2, "silver": 1, "quarantined": 1}


def test_a_run_killed_at_any_point_is_put_right_by_the_next(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after each write in turn; the last run ends with the very rows, each once, and no needless
    commit.
    """
    lake.run(HEADER + "O1,,1,open,,old\n", key="bronze/orders/b.csv", version="v0")
    csv = HEADER + "O1,,2,open,,new\nO2,,2,open,,new\nO3,,x,open,,\n"

    class Killed(BaseException):
        pass

    def die_after(module: Any, name: str) -> Callable[..., Any]:
        real = getattr(module, name)

        def dying(*args: Any, **kwargs: Any) -> None:
            real(*args, **kwargs)
            raise Killed

        return dying

    writes: list[tuple[Any, str]] = [(quarantine, "replace"), (table, "merge"), (RunReport, "write")]
    for module, name in writes:
        with monkeypatch.context() as patch:
            patch.setattr(module, name, die_after(module, name))
            with pytest.raises(Killed):
                lake.run(csv, minutes=5)
    report = lake.run(csv, minutes=5).as_dict()
    assert report["skipped"] is False
    assert report["rows"] == {"read": 3, "silver": 2, "quarantined": 1}
    assert [(row["id"], row["note"]) for row in lake.silver()] == [("O1", "new"), ("O2", "new")]
    assert [row["_source_line"] for row in lake.quarantine()] == [4]
    assert lake.versions() == (1, 1)


def test_rows_that_vanish_fail_the_accounting(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables are counted, not the plan: a merge that loses rows is found out and leaves no marker."""
    real = table.merge
    monkeypatch.setattr(table, "merge", lambda t, accepted, job: real(t, accepted.where("id <> 'O2'"), job))
    with pytest.raises(RowAccountingError, match="2 rows read, but 1 in Silver and 0 in quarantine"):
        lake.run(HEADER + "O1,,1,open,,\nO2,,1,open,,\n")
    assert not any("sources/" in key for _, key in lake.s3.objects)


def test_header_only_is_no_rows_and_success(lake: Lake) -> None:
    """The tables exist afterwards, so that readers find them."""
    assert rows(lake.run(HEADER)) == {"read": 0, "silver": 0, "quarantined": 0}
    assert lake.silver() == []
    assert lake.quarantine() == []


@pytest.mark.parametrize("csv", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_one_clear_error(lake: Lake, csv: str) -> None:
    """0 bytes, blank lines, or a byte order mark alone."""
    with pytest.raises(EmptyFileError, match="is empty: it needs at least a header line"):
        lake.run(csv)


def test_a_header_that_does_not_fit_names_every_column(lake: Lake) -> None:
    """Missing, unknown (with what may be meant) and repeated ones."""
    with pytest.raises(HeaderError) as caught:
        lake.run("day,day,amuont,status\n")
    assert caught.value.problems == [
        "it lacks id",
        "column day stands twice (cells 1 and 2)",
        "unknown column 'amuont' (did you mean 'amount'?)",
    ]
    with pytest.raises(HeaderError, match="is the delimiter ','"):
        lake.run("id;day;amount\n")


def test_without_key_columns_the_object_is_the_identity(lake: Lake) -> None:
    """A new version of the object replaces the old one's rows; equal rows are one record."""
    keyless = CONTRACT.replace("record_key: [id]", "record_key: content")
    report = lake.run(HEADER + "O1,,1,open,,\nO1,,1,open,,\nO2,,1,open,,\n", contract=keyless)
    assert report.as_dict()["quarantine_reasons"] == {"duplicate_key": 1}
    lake.run(HEADER + "O2,,1,open,,\nO3,,1,open,,\n", contract=keyless, version="v2", minutes=1)
    assert [row["id"] for row in lake.silver()] == ["O2", "O3"]
    late = lake.run(HEADER + "O9,,1,open,,\n", contract=keyless, version="v0", minutes=-1)
    assert late.as_dict()["quarantine_reasons"] == {"superseded": 1}
    assert [row["id"] for row in lake.silver()] == ["O2", "O3"]
    lake.run(HEADER + "O4,,1,open,,\n", contract=keyless, key="bronze/orders/other.csv", version="w1")
    assert [row["id"] for row in lake.silver()] == ["O2", "O3", "O4"]


def test_lines_as_keys_keep_equal_rows(lake: Lake) -> None:
    """record_key: line is for files whose rows have no identity at all."""
    by_line = CONTRACT.replace("record_key: [id]", "record_key: line")
    csv = HEADER + "O1,,1,open,,\nO1,,1,open,,\n"
    assert rows(lake.run(csv, contract=by_line)) == {"read": 2, "silver": 2, "quarantined": 0}
    lake.run(HEADER + "O1,,1,open,,\n", contract=by_line, version="v2", minutes=1)
    assert len(lake.silver()) == 1


def test_any_object_key_is_fine(lake: Lake) -> None:
    """Spaces, Japanese, quotes and backslashes in the key, also where it is part of a condition."""
    key = 'bronze/orders/1月 売上\'s \\ "最終".csv'
    csv = HEADER + "O1,,1,open,,\nO2,,x,open,,\n"
    assert rows(lake.run(csv, key=key)) == {"read": 2, "silver": 1, "quarantined": 1}
    assert lake.quarantine()[0]["_source"] == f"s3://bronze/{key}"
    versions = lake.versions()
    lake.run(csv, key=key, force=True)
    assert lake.versions() == versions
