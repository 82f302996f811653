"""What the quarantine may hold of a record."""

from __future__ import annotations

import json

import pytest

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.reading.header import Header, of_objects
from pipeline.validation.masking import MASK, Masking

CONTRACT = """
title: People
source: {unknown_columns: ignore}
columns:
  - {name: id, type: string, required: true}
  - {name: name, type: string, pii: true}
  - {name: note, type: string}
record_key: [id]
"""
HEADER = Header(names=("id", "name", "note", "phone"), positions=(0, 1, 2))


def masked(raw: str, reason: str | None = None, contract: Contract | None = None) -> str:
    masking = Masking(contract or load_contract(CONTRACT, "people.yaml"), HEADER)
    return masking.mask(raw, reason)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("1,Ann,fine,", "1,***,fine,"),
        ('1,"Ann, Bo","say ""hi"", you",', '1,***,"say ""hi"", you",'),
        ("1,,fine,", "1,,fine,"),
        ("1,Ann,fi\0ne,", "1,***,fi\0ne,"),
        ("1,Ann,fine,555", "1,***,fine,***"),
    ],
)
def test_cells_of_pii_columns_and_of_unknown_ones_are_masked(raw: str, kept: str) -> None:
    """The others stand as they were."""
    assert masked(raw, "not_in_enum") == kept


@pytest.mark.parametrize(
    ("raw", "reason"),
    [("Ann", "missing_cells"), ("1,Ann,Lee,fine,5", "extra_cells"), ('1,"Ann,fine,5', "unclosed_quote"),
     ('1,"Ann"x,fine,5', "stray_quote"), ("1,Ann", "record_too_long")],
)  # fmt: skip
def test_a_record_whose_cells_can_not_be_told_apart_is_only_counted(raw: str, reason: str) -> None:
    """Any of it may be a name."""
    assert masked(raw, reason).startswith(f"[{len(raw)} characters, masked")


def test_a_contract_without_personal_data_keeps_the_raw_text() -> None:
    """To the letter."""
    plain = load_contract(CONTRACT.replace(", pii: true", ""), "people.yaml")
    assert masked('1,"Ann"x', "stray_quote", plain) == '1,"Ann"x'


def test_json_lines_are_masked_by_their_keys() -> None:
    """What is left is a line with the contract's names; a key that nobody knows is not left."""
    contract = load_contract(CONTRACT, "people.yaml")
    masking = Masking(contract, of_objects(contract))
    names = [column.name for column in contract.columns]
    pii = {column.name for column in contract.columns if column.pii}
    raw = json.dumps({name: f"text of {name}" for name in names})
    kept = json.loads(masking.mask(raw, "not_in_enum"))
    assert kept == {name: MASK if name in pii else f"text of {name}" for name in names}
    assert json.loads(masking.mask('{"id": "1", "phone": "555"}', "not_in_enum")) == {"id": "1"}


def test_a_misplaced_quote_beside_another_flaw_hides_where_cells_end() -> None:
    """Nothing of such a record is kept, whatever its reason is called."""
    assert "taro" not in masked('1,"bad \ufffd,taro@x.jp,"n,x', "invalid_bytes")


def test_a_nul_beside_a_quoted_cell_ends_no_run() -> None:
    """Python 3.10 can't cut such a record; 3.11 does."""
    assert "Ann" not in masked('1,"Ann",fi\0ne,', "nul_character")
