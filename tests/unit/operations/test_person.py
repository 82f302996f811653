"""`make find`: every row of a person is found, whatever the file is written like, and nobody else's."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from arro3.core import Array, DataType, Table
from deltalake import DeltaTable, write_deltalake

from glue_app.operations import person
from glue_app.operations.errors import UsageError
from glue_app.operations.person import Found, Person
from glue_app.operations.source_versions import listed
from tests.unit.operations.fake_deployment import DATASET, World

CONTRACT = """
title: Orders
columns:
  - {name: order_id, type: integer, required: true}
  - {name: email, header: [email, メール], type: string, pii: true, normalize: nfkc}
  - {name: day, type: date}
  - {name: stars, type: integer, max: 5}
record_key: [order_id]
"""
WHO = "aya@example.com"
HEAD = "order_id,email,day,stars\n"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Without Delta tables; those are the end-to-end test's."""
    found = World()
    found.contract(CONTRACT)
    monkeypatch.setattr(person, "_open", lambda *_: None)
    return found


def look(world: World, name: str, body: bytes, column: str = "email", key: str = WHO) -> person.InFile:
    source = world.upload(name, 0, size=len(body))
    world.s3.objects[source.bucket, source.key] = body
    contract = world.deployment.contract(DATASET)
    (version,) = listed(world.deployment, DATASET)
    return person.in_file(world.deployment, contract, Person.of(contract, key, column), version)


@pytest.mark.parametrize(
    ("name", "text", "encoding", "lines"),
    [
        ("a.csv", HEAD + f"1,{WHO},,\n2,bo@example.com,,\n\n3, {WHO} ,,\n", "utf-8", [2, 5]),
        ("a.csv", HEAD + f'1,"x\ny",,\n2,"{WHO}",,\n', "utf-8", [4]),
        ("a.csv", HEAD.replace("email", "メール") + f"1,{WHO},,\n", "cp932", [2]),
        ("a.csv", HEAD + "1,ａｙａ＠ｅｘａｍｐｌｅ．ｃｏｍ,,\n", "utf-16", [2]),
        ("a.jsonl", '{"order_id": 1}\n{"order_id": 2, "email": "' + WHO + '"}\n', "utf-8", [2]),
        ("a.csv", HEAD + f"1,not{WHO},,\n", "utf-8", []),
        ("a.csv", HEAD + f"x,{WHO},,\n2,{WHO},never,9\n", "utf-8", [2, 3]),
    ],
    ids=["blanks", "quotes", "cp932", "forms", "json", "another", "refused rows"],
)
def test_a_row_is_found_as_the_job_reads_it(
    world: World, name: str, text: str, encoding: str, lines: Sequence[int]
) -> None:
    """Whether or not the rest of the row is valid."""
    found = look(world, name, text.encode(encoding))
    assert (list(found.lines), list(found.unclear), found.problem) == (lines, [], "")
    packed = look(another_world(), f"{name}.gz", gzip.compress(text.encode(encoding)))
    assert list(packed.lines) == lines


def another_world() -> World:
    other = World()
    other.contract(CONTRACT)
    return other


def test_a_row_whose_cells_cannot_be_told_apart_is_told_where_it_holds_the_text(world: World) -> None:
    body = HEAD + f"1,{WHO},,,,,\n2,bo,,,,\n"
    found = look(world, "a.csv", body.encode())
    assert (list(found.lines), list(found.unclear)) == ([], [2])


def test_a_file_that_cannot_be_read_is_named_and_the_command_ends_with_1(world: World) -> None:
    """Nobody may take silence for absence."""
    said: list[str] = []
    source = world.upload("a.csv", 0, size=17)
    world.s3.objects[source.bucket, source.key] = b"other,header\n1,2\n"
    assert person.find(world.deployment, DATASET, WHO, "email", said.append) == 1
    assert any(
        "not looked into" in line and "a.csv" in line and "none of its 2 cells" in line for line in said
    )
    assert WHO not in "\n".join(said)


def test_what_is_said_names_versions_and_lines_and_not_the_person(world: World) -> None:
    said: list[str] = []
    body = (HEAD + f"1,{WHO},,\n" * 20).encode()
    source = world.upload("a.csv", 0, size=len(body))
    world.s3.objects[source.bucket, source.key] = body
    assert person.find(world.deployment, DATASET, WHO, "email", said.append) == 0
    text = "\n".join(said)
    assert "orders: 20 rows in 1 of 1 source version in Bronze" in text
    assert "lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 8 more" in text
    assert WHO not in text


@pytest.mark.parametrize(
    ("column", "key", "said"),
    [
        ("", "x", "KEY is no value of order_id"),
        ("", "", "whose rows"),
        ("nobody", "1", "no column 'nobody'"),
        ("day", "soon", "KEY is no value of day"),
    ],
)
def test_a_key_that_is_none_is_refused(world: World, column: str, key: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Person.of(world.deployment.contract(DATASET), key, column)


@pytest.mark.parametrize(
    ("column", "key", "sql"),
    [
        ("email", "o'hara", "\"email\" = 'o''hara'"),
        ("", " 7", '"order_id" = 7'),
        ("day", "2026-01-31", "\"day\" = DATE '2026-01-31'"),
    ],
)
def test_the_condition_on_a_table_is_quoted(world: World, column: str, key: str, sql: str) -> None:
    assert Person.of(world.deployment.contract(DATASET), key, column).sql == sql


def test_a_number_out_of_its_limits_is_no_key_but_a_cell_of_it_is_compared(world: World) -> None:
    found: Any = Person.of(world.deployment.contract(DATASET), "5", "stars")
    assert found.is_in("5")
    assert not found.is_in("9")


def test_nothing_found_is_said_too() -> None:
    assert list(person.lines_of("d", Found((), {"silver": 0, "aside": None}))) == [
        "d: 0 rows in 0 of 0 source versions in Bronze",
        "  silver      0 rows",
        "  aside       ? (COLUMN= a text, a whole number or a day)",
    ]


def test_a_table_without_the_column_has_none_of_the_persons_rows(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The contract has a new column, and no upload of it came yet. The tables that have it are counted."""
    tables: dict[str, Any] = {
        f"silver/{DATASET}": {"order_id": Array([1, 2], DataType.int64())},
        f"aside/{DATASET}": {
            "order_id": Array([1], DataType.int64()),
            "email": Array([WHO], DataType.utf8()),
        },
    }
    for name, rows in tables.items():
        write_deltalake(tmp_path / name, Table.from_pydict(rows))

    def at(_: object, name: str) -> DeltaTable | None:
        return DeltaTable(tmp_path / name) if name in tables else None

    monkeypatch.setattr(person, "_open", at)
    said: list[str] = []
    assert person.find(world.deployment, DATASET, WHO, "email", said.append) == 0
    assert said[1:] == ["  silver      0 rows", "  aside       1 row", "  quarantine  0 rows"]


def test_the_files_are_told_before_the_tables_are_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found in files is not lost where a table can't be read."""

    def refused(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(person, "_open", refused)
    said: list[str] = []
    with pytest.raises(OSError):  # noqa: PT011 - it is the test's own
        person.find(world.deployment, DATASET, WHO, "email", said.append)
    assert said == ["orders: 0 rows in 0 of 0 source versions in Bronze"]
