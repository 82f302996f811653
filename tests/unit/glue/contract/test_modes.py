"""Modes of a contract: defaults, and the combinations that make no sense."""

from __future__ import annotations

import pytest

from pipeline.contract.errors import ContractError
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract

HEAD = "title: Orders\ncolumns:\n"
COLUMNS = (
    "  - {name: id, type: string, required: true}\n"
    "  - {name: op, type: string, required: true}\n"
    "  - {name: at, type: timestamp, required: true}\n"
    "  - {name: note, type: string}\n"
)
OPERATION = "operation: {column: op, insert: [I], update: [U], delete: [D]}\n"


def load(tail: str, columns: str = COLUMNS) -> Contract:
    return load_contract(HEAD + columns + tail, "glue/datasets/orders.yaml")


def test_without_a_mode_it_is_as_it_was() -> None:
    """Key columns: upsert. None: a version of an object replaces the rows of the earlier ones."""
    by_key = load("record_key: [id]\n").changes
    assert (by_key.mode, by_key.keep, by_key.ordered) == ("upsert", "first", False)
    for kind in ("content", "line"):
        changes = load(f"record_key: {kind}\n").changes
        assert (changes.mode, changes.scope) == ("snapshot", "object")


def test_a_contract_without_a_mode_keeps_its_digest() -> None:
    """An upgrade voids no marker: nothing is read again."""
    digest = "c8aee80a"  # of the release before modes
    plain = load("record_key: [id]\n")
    assert plain.silver_digest != load("record_key: [id]\nmode: snapshot\n").silver_digest
    assert plain.silver_digest[:8] == digest


def test_cdc_takes_the_last_change_of_a_record() -> None:
    """And the operation's column has no values but the operation's."""
    contract = load(f"record_key: [id]\nmode: cdc\nsequence_by: at\n{OPERATION}")
    assert (contract.changes.mode, contract.changes.keep) == ("cdc", "last")
    assert contract.changes.operation is not None
    assert contract.changes.operation.upsert == ("I", "U")
    assert contract.column("op").enum == ("I", "U", "D")


@pytest.mark.parametrize(
    ("tail", "line", "message"),
    [
        ("record_key: [id]\nmode: merge\n", 8, "mode: 'merge' must be one of 'upsert', 'snapshot', 'cdc'"),
        ("record_key: line\nmode: upsert\n", 8, "mode: upsert needs rows that can be known again"),
        (f"record_key: line\nmode: cdc\n{OPERATION}", 8, "mode: cdc needs rows that can be known again"),
        (f"record_key: content\nmode: cdc\n{OPERATION}", 8, "mode: cdc needs key columns"),
        ("record_key: [id]\nmode: cdc\n", 8, "mode: cdc needs operation"),
        (f"record_key: [id]\n{OPERATION}", 8, "operation: is for mode: cdc; the mode is upsert"),
        ("record_key: [id]\nsnapshot_of: dataset\n", 8, "snapshot_of: is for mode: snapshot"),
        (
            "record_key: [id]\nmode: snapshot\nsequence_by: at\n",
            9,
            "sequence_by: is for mode: upsert and cdc",
        ),
        ("record_key: [id]\nsequence_by: when\n", 8, "sequence_by: there is no column 'when'"),
        (
            "record_key: [id]\nsequence_by: note\n",
            8,
            "column note must be integer, decimal, date or timestamp",
        ),
        ("record_key: [id, at]\nsequence_by: at\n", 8, "column at is part of record_key"),
        ("record_key: content\nmode: upsert\nsequence_by: at\n", 9, "sequence_by: needs key columns"),
        ("record_key: content\nkeep: last\n", 8, "keep: needs key columns"),
        (f"record_key: [id]\nmode: cdc\nkeep: first\n{OPERATION}", 9, "keep: must be last"),
        ("record_key: [id]\nmode: cdc\noperation: {column: op}\n", 9, "operation: lacks delete: add it"),
        (
            "record_key: [id]\nmode: cdc\noperation: {column: op, delete: [D]}\n",
            9,
            "operation: lacks insert or update",
        ),
        (
            "record_key: [id]\nmode: cdc\noperation: {column: op, update: [D], delete: [D]}\n",
            9,
            "operation: 'D' means two things",
        ),
        (
            "record_key: [id]\nmode: cdc\noperation: {column: note, update: [U], delete: [D]}\n",
            9,
            "operation.column: column note must be a string, and required: true",
        ),
        (
            "record_key: [op]\nmode: cdc\noperation: {column: op, update: [U], delete: [D]}\n",
            9,
            "operation.column: column op is part of record_key",
        ),
    ],
)
def test_what_makes_no_sense_together_is_refused(tail: str, line: int, message: str) -> None:
    """With the line, and what to do."""
    with pytest.raises(ContractError) as caught:
        load(tail)
    assert message in str(caught.value.problems[0])
    assert caught.value.problems[0].line == line


def test_the_column_of_the_operation_is_compared_as_written() -> None:
    """In another form, a deletion would not be known as one."""
    columns = COLUMNS.replace("name: op, type: string", "name: op, type: string, normalize: nfkc")
    with pytest.raises(ContractError, match="compared as it is written"):
        load_contract(f"title: t\ncolumns:\n{columns}record_key: [id]\nmode: cdc\n{OPERATION}", "t.yaml")
