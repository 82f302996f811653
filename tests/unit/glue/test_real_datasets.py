"""The real data sets in ../shared/data against their contracts: every row is good, in UTF-8 and in CP932."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.reading import open_csv
from pipeline.validation.record_check import RecordCheck
from tests.support.file_bodies import FileBody

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).resolve().parents[3]
SHARED = REPOSITORY.parent / "shared" / "data"

pytestmark = pytest.mark.shared_data


def contract(name: str) -> Contract:
    path = REPOSITORY / "glue" / "datasets" / f"{name}.yaml"
    return load_contract(path.read_text("utf-8"), str(path))


def checked(body: FileBody, name: str) -> tuple[str, Counter[str | None], set[str | None]]:
    """Encoding, rows a reason, record keys."""
    file = open_csv(body, contract(name))
    check = RecordCheck(contract(name), file.header, "s3://bronze/x.csv")
    records = [check.check(*record) for record in file.data_records()]
    return file.encoding, Counter(record.reason for record in records), {record.key for record in records}


def test_banking77_has_3080_good_rows() -> None:
    """CR LF rows with LF inside quoted cells; one question stands twice."""
    encoding, reasons, keys = checked(FileBody(str(SHARED / "banking77" / "test.csv")), "banking77")
    assert (encoding, reasons, len(keys)) == ("utf-8", {None: 3080}, 3079)


def test_the_fukui_survey_has_1543_good_rows() -> None:
    """A byte order mark, full-width brackets in the headers, line feeds inside cells."""
    survey = SHARED / "fukui-kanko-survey" / "202604.csv"
    encoding, reasons, keys = checked(FileBody(str(survey)), "fukui_kanko_survey")
    assert (encoding, reasons, len(keys)) == ("utf-8", {None: 1543}, 1543)


def test_the_surveys_cp932_twin_gives_the_same_records(write_csv: Callable[[bytes], FileBody]) -> None:
    """Detected by its bytes; the keys are those of the UTF-8 file."""
    survey = SHARED / "fukui-kanko-survey" / "202604.csv"
    twin = write_csv(survey.read_bytes().decode("utf-8-sig").encode("cp932"))
    encoding, reasons, keys = checked(twin, "fukui_kanko_survey")
    assert (encoding, reasons) == ("cp932", {None: 1543})
    assert keys == checked(FileBody(str(survey)), "fukui_kanko_survey")[2]


def test_personal_columns_of_the_survey_stay_out_of_prompts() -> None:
    """Gender, year of birth and income are marked."""
    survey = contract("fukui_kanko_survey")
    marked = {column.name for column in survey.columns if column.pii}
    assert {"gender", "birth_year", "household_income"} <= marked
    assert not marked & set(survey.free_text)
