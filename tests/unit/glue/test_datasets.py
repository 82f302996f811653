"""The committed contracts and CSVs: every file ends as ``data/README.md`` says."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.errors import PipelineError, QualityError
from pipeline.reading import Body, open_csv
from pipeline.validation.duplicates import reject_duplicates
from pipeline.validation.frame import schema
from pipeline.validation.quality import reject_by_rules
from pipeline.validation.record_check import CheckedRecord, RecordCheck
from tests.support.file_bodies import FileBody
from tests.support.local_spark import REPOSITORY, SHARED_DATA

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DATA = REPOSITORY / "data"
DATASETS = REPOSITORY / "glue" / "datasets"
_ROW = re.compile(r"\| `([^`]+\.csv)` \| [^|]* \| (\d*) ?\| (.*) ?\|")


class Ending(NamedTuple):
    """One row of the README's table; ``error`` is a class name and a part of its message."""

    file: str
    silver: int
    quarantined: dict[str, int]
    error: tuple[str, str] | None


def endings() -> list[Ending]:
    found = []
    for line in (DATA / "README.md").read_text("utf-8").splitlines():
        if match := _ROW.fullmatch(line):
            file, silver, rest = match.groups()
            error = re.match(r"error `(\w+)`: (.*?) ?$", rest)
            reasons = {name: int(rows) for name, rows in re.findall(r"`(\w+)` (\d+)", rest)}
            found.append(Ending(file, int(silver or 0), reasons, (error[1], error[2]) if error else None))
    return found


ENDINGS = {ending.file: ending for ending in endings()}


def contract(name: str) -> Contract:
    path = DATASETS / f"{name}.yaml"
    return load_contract(path.read_text("utf-8"), str(path))


def check_records(contract: Contract, body: Body) -> list[tuple[int, str, CheckedRecord]]:
    """Line, raw text and verdict of every record, without Spark."""
    file = open_csv(body, contract)
    check = RecordCheck(contract, file.header, body.uri)
    return [(record.line, record.raw, check.check(*record)) for record in file.data_records()]


def count_by_reason(spark: SparkSession, contract: Contract, body: Body) -> Counter[str | None]:
    """Rows a reason, None for the accepted ones. Raises what the step silver raises."""
    file = open_csv(body, contract)
    check = RecordCheck(contract, file.header, body.uri)
    rows = [check.row(record) for record in file.data_records()]
    frame = spark.createDataFrame(rows, schema(contract)).coalesce(1)
    judged = reject_by_rules(reject_duplicates(frame, contract), contract)
    counts = Counter(one["_reason"] for one in judged.select("_reason").collect())
    bad = sum(counts.values()) - counts[None]
    limit = contract.quality.max_quarantined_ratio
    if rows and bad / len(rows) > limit:
        raise QualityError(body.uri, bad, len(rows), limit, {str(k): n for k, n in counts.items() if k})
    return counts


@pytest.mark.parametrize("path", sorted(DATASETS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_contract_loads_and_keeps_personal_data_out_of_prompts(path: Path) -> None:
    loaded = contract(path.stem)
    assert loaded.name == path.stem
    assert len(loaded.gold) >= 1
    assert loaded.enrich is not None
    assert not {column.name for column in loaded.columns if column.pii} & set(loaded.free_text)


def test_gold_tables_and_views_have_one_dataset_each() -> None:
    contracts = [contract(path.stem) for path in DATASETS.glob("*.yaml")]
    for names in ([table.name for one in contracts for table in one.gold],
                  [view.name for one in contracts for view in one.views]):  # fmt: skip
        assert max(Counter(names).values()) == 1


def test_generator_makes_the_committed_files(tmp_path: Path) -> None:
    listed = "import generate; print(*(f'{k}\\t{v.hex()}' for k, v in generate.files().items()), sep='\\n')"
    command = [sys.executable, "-X", "utf8", "-B", "-c", listed]
    output = subprocess.run(command, cwd=DATA, check=True, capture_output=True, encoding="utf-8").stdout
    made = dict(line.split("\t") for line in output.splitlines())
    committed = {path.relative_to(DATA).as_posix(): path.read_bytes().hex() for path in DATA.rglob("*.csv")}
    assert {name: made.get(name) == content for name, content in committed.items()} == dict.fromkeys(
        made, True
    )


def test_readme_lists_every_file() -> None:
    assert set(ENDINGS) == {path.relative_to(DATA).as_posix() for path in DATA.rglob("*.csv")}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=lambda ending: ending.file)
def test_file_ends_as_the_readme_says(spark: SparkSession, ending: Ending) -> None:
    name = "customer_feedback" if ending.file.startswith("dirty/") else Path(ending.file).stem
    body = FileBody(str(DATA / ending.file))
    if ending.error:
        with pytest.raises(PipelineError, match=re.escape(ending.error[1])) as caught:
            count_by_reason(spark, contract(name), body)
        assert type(caught.value).__name__ == ending.error[0]
        return
    counts = count_by_reason(spark, contract(name), body)
    assert counts == {None: ending.silver, **ending.quarantined} or (not counts and not ending.silver)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932", "utf-16"])
def test_encoding_leaves_the_text_as_it_was(encoding: str) -> None:
    files = {"utf-8-sig": "utf8_bom", "cp932": "cp932", "utf-16": "utf16"}
    expected = check_records(contract("customer_feedback"), FileBody(str(DATA / "dirty" / "crlf.csv")))
    body = FileBody(str(DATA / "dirty" / f"{files[encoding]}.csv"))
    found = check_records(contract("customer_feedback"), body)
    assert [one.values for *_, one in found] == [one.values for *_, one in expected]
    assert found[2][2].values[2] == "髙橋 誠"


def test_a_cell_of_a_megabyte_costs_its_row_only(write_csv: Callable[[bytes | str], Any]) -> None:
    body = write_csv(
        "feedback_id,received_at,product,comment\n"
        "FB-000001,2026-03-01,Kettle,fine\n"
        f'FB-000002,2026-03-02,Kettle,"{"長い話。" * 87_500}"\n'
        "FB-000003,2026-03-03,Kettle,fine\n"
    )
    found = check_records(contract("customer_feedback"), body)
    assert [one.reason for *_, one in found] == [None, "cell_too_long", None]


def test_a_quarter_of_the_comments_was_said_before() -> None:
    found = check_records(contract("customer_feedback"), FileBody(str(DATA / "customer_feedback.csv")))
    comments = [one.values[-1] for *_, one in found if one.reason is None]
    assert 0.25 <= 1 - len(set(comments)) / len(comments) <= 0.30


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "file", "counts"),
    [
        # one question stands there twice, the second time with a line break before it
        ("banking77", "banking77/test.csv", {None: 3079, "duplicate_key": 1}),
        ("fukui_kanko_survey", "fukui-kanko-survey/202604.csv", {None: 1543}),
    ],
)
def test_real_data_set_is_accepted(
    spark: SparkSession, name: str, file: str, counts: dict[str | None, int]
) -> None:
    assert count_by_reason(spark, contract(name), FileBody(str(SHARED_DATA / file))) == counts


@pytest.mark.shared_data
def test_real_survey_keeps_line_breaks_and_types() -> None:
    survey = contract("fukui_kanko_survey")
    found = check_records(survey, FileBody(str(SHARED_DATA / "fukui-kanko-survey" / "202604.csv")))
    names = [column.name for column in survey.columns]
    rows = [dict(zip(names, one.values, strict=True)) for *_, one in found]
    assert Counter(row["satisfaction"] for row in rows)["とても満足"] == 609
    assert Counter(row["nps"] for row in rows)[10] == 440
    assert any("\n" in (row["satisfaction_reason"] or "") for row in rows)
