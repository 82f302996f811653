"""JSON lines: the same values as the same rows in a CSV."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.errors import EmptyFileError
from pipeline.reading import open_csv
from pipeline.validation.record_check import CheckedRecord, RecordCheck
from tests.support.file_bodies import FileBody

Write = Callable[..., FileBody]
COLUMNS = [
    {"name": "id", "type": "integer", "required": True, "header": ["id", "番号"]},
    {"name": "amount", "type": "decimal(20,2)"},
    {"name": "open", "type": "boolean"},
    {"name": "note", "type": "string"},
]


def contract(**source: Any) -> Contract:
    whole = {"title": "T", "source": source, "columns": COLUMNS, "record_key": ["id"]}
    return load_contract(json.dumps(whole), "t.yaml")


def checked(body: FileBody, of: Contract) -> list[CheckedRecord]:
    file = open_csv(body, of)
    check = RecordCheck(of, file.header, body.uri)
    return [check.check(*record) for record in file.data_records()]


def test_values_are_those_of_the_same_rows_in_a_csv(write_csv: Write) -> None:
    """To the last digit; null and absent keys; keys in any order, compared as headers are."""
    objects = write_csv(
        '{"id": 1, "amount": 123456789012345678.91, "open": true, "note": "a\\nb"}\n'
        "\n"
        '{"note": "配送, \\"早い\\"", "番号": 2, "open": false, "amount": null}\n'
        '{"ID": "3", "amount": "1,200", "note": {"a": [1, 2.50]}}\n',
        name="a.JSONL",
    )
    table = write_csv(
        'id,amount,open,note\n1,123456789012345678.91,true,"a\nb"\n'
        '2,,false,"配送, ""早い"""\n3,"1,200",,"{""a"": [1, 2.50]}"\n'
    )
    found, expected = checked(objects, contract()), checked(table, contract())
    assert [one.values for one in found] == [one.values for one in expected]
    assert [one.key for one in found] == [one.key for one in expected]
    assert [one.reason for one in found] == [None] * 3


@pytest.mark.parametrize(
    ("line", "reason", "detail"),
    [
        ('{"id": 1', "invalid_json", "the line is no JSON"),
        ("[1]", "invalid_json", "no JSON object"),
        ("17", "invalid_json", "no JSON object"),
        ('{"id": NaN}', "invalid_json", "NaN is no number"),
        ('{"id": 1, "番号": 2}', "invalid_json", "stands twice"),
        ('{"id": 1, "note": "\\ud800"}', "invalid_json", "surrogate"),
        ('{"id": 1, "note": "\\u0000"}', "nul_character", "NUL"),
        ('{"id": 1, "nota": 2}', "extra_cells", "source.unknown_columns"),
        ('{"amount": 1}', "required_missing", "id is empty"),
        ('{"id": 1.5}', "invalid_number", "no whole number"),
        ('{"id": ' + "[" * 100_000 + "]" * 100_000 + "}", "invalid_json", "no JSON"),
        ('{"id": ' + "1" * 5_000 + "}", "out_of_range", "64 bits"),
        ('{"id": 1, "note": ' + "[" * 800 + "]" * 800 + "}", "invalid_json", ""),
    ],
)
def test_a_line_that_is_no_such_object_is_refused_by_name(
    write_csv: Write, line: str, reason: str, detail: str
) -> None:
    """And costs no other line."""
    good = '{"id": 7}\n'
    before, bad, after = checked(write_csv(f"{good}{line}\n{good}", name="a.jsonl"), contract())
    assert (before.reason, after.reason) == (None, None)
    assert bad.reason == reason
    assert detail in str(bad.detail)


def test_unknown_keys_can_be_ignored_and_a_dialect_does_not_touch_numbers(write_csv: Write) -> None:
    """JSON's decimal sign is the point, whatever the CSVs of the contract have."""
    body = write_csv('{"id": 1, "x": 0, "amount": 1234.5}\n', name="a.ndjson")
    (found,) = checked(body, contract(unknown_columns="ignore", decimal=",", header=False, skip_lines=3))
    assert str(found.values[1]) == "1234.50"


def test_a_file_without_a_line_is_empty(write_csv: Write) -> None:
    """As a CSV without a header is."""
    with pytest.raises(EmptyFileError):
        open_csv(write_csv(b"", name="a.jsonl"), contract())


def test_numbers_inside_arrays_and_texts_stand_as_they_are_written(write_csv: Write) -> None:
    """Whatever their size, and whatever the decimal sign of the contract's numbers."""
    digits = "1" * 5_000
    lines = f'{{"id": 1, "note": [1.10, 1e400, {digits}]}}\n{{"id": 2, "note": 1.5}}\n'
    array, number = checked(write_csv(lines, name="a.jsonl"), contract(decimal=","))
    assert array.values[-1] == f"[1.10, 1e400, {digits}]"
    assert number.values[-1] == "1.5"
