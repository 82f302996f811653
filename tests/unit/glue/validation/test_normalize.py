"""Texts that look the same: one key."""

from __future__ import annotations

import json

import pytest

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.reading.header import Header
from pipeline.validation.normalize import normalizer_of
from pipeline.validation.record_check import RecordCheck

SAME = [
    ("が", "か\u3099"),  # composed or not
    ("AB1", "ＡＢ１"),
    ("カタカナ", "ｶﾀｶﾅ"),
    ("AB1", "A\u200bB1\ufeff"),
    ("AB1", "\u202aAB1\u202c"),
    ("(株)", "㈱"),
    ("é", "e\u0301"),
    ("A B", "A\u3000B"),
    ("AB", "A\u200dB"),
]


def contract(**fields: object) -> Contract:
    columns = [
        {"name": "id", "type": "string", "required": True, **fields},
        {"name": "note", "type": "string"},
    ]
    return load_contract(json.dumps({"title": "T", "columns": columns, "record_key": ["id"]}), "t.yaml")


def checked(cells: str, of: Contract) -> tuple[str | None, list[object]]:
    found = RecordCheck(of, Header(("id", "note"), (0, 1)), "s3://b/k").check(1, cells, None)
    return found.key, found.values


@pytest.mark.parametrize(("one", "other"), SAME)
def test_keys_that_look_the_same_are_the_same(one: str, other: str) -> None:
    """By default: so the second is a duplicate of the first, and Silver has the same text."""
    assert checked(f"{one},x", contract()) == checked(f"{other},x", contract())
    assert checked(f"{other},x", contract())[1] == [one, "x"]


def test_other_texts_stay_as_they_are_unless_the_column_says() -> None:
    """A quotation may mean the difference."""
    assert checked("1,ＡＢ\u200b", contract())[1] == ["1", "ＡＢ\u200b"]
    assert checked("Ａ,x", contract(normalize="none"))[1] == ["Ａ", "x"]
    assert checked("Ａか\u3099,x", contract(normalize="nfc"))[1] == ["Ａが", "x"]


def test_a_unique_column_is_a_key_as_well() -> None:
    """No value twice, in whatever form."""
    columns = [
        {"name": "id", "type": "string", "required": True},
        {"name": "mail", "type": "string", "unique": True},
    ]
    found = load_contract(json.dumps({"title": "T", "columns": columns, "record_key": "line"}), "t.yaml")
    assert [column.normalize for column in found.columns] == ["none", "nfkc"]


def test_a_key_of_invisible_characters_is_empty() -> None:
    """And refused, as it is required."""
    found = RecordCheck(contract(), Header(("id", "note"), (0, 1)), "s3://b/k").check(1, "\u200b,x", None)
    assert found.reason == "required_missing"


def test_nfc_keeps_what_joins_an_emoji() -> None:
    """A family is one character of several; a key has no style of a glyph."""
    family = "👨\u200d👩\u200d👧"
    assert normalizer_of("nfc")(family) == family
    assert normalizer_of("nfkc")("❤\ufe0f") == "❤"


def test_enum_and_nulls_are_compared_in_the_same_form() -> None:
    """A contract that names what stands in the file goes on to take it."""
    assert checked("①,", contract(enum=["①", "②"]))[1][0] == "1"
    assert checked("－,", contract(nulls=["－"]))[0] is None
