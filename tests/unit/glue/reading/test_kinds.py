"""What kind of file an object is."""

from __future__ import annotations

import bz2

import pytest

from pipeline.errors import UnreadableFileError
from pipeline.reading.kinds import FileKind, kind_of, refuse_others


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bronze/orders/売上 2026.csv", FileKind()),
        ("a.CSV.GZ", FileKind()),
        ("a.tsv", FileKind(delimiter="\t")),
        ("a.Tsv.gz", FileKind(delimiter="\t")),
        ("a.jsonl", FileKind(objects=True)),
        ("a.b.NDJSON.gz", FileKind(objects=True)),
    ],
)
def test_the_name_says_what_it_is(name: str, kind: FileKind) -> None:
    """In upper and lower case, packed or not."""
    assert kind_of(name, name) == kind


@pytest.mark.parametrize(
    "name",
    ["a.parquet", "a.xlsx", "a.zip", "a.csv.zip", "a.json", "a.txt", "a", "csv", "a.csv.bak", "a.csv/"],
)
def test_another_name_is_refused_with_what_is_read(name: str) -> None:
    """The operator sees the object and what to do."""
    with pytest.raises(UnreadableFileError, match=r"s3://b/.*does not end in \.csv, \.tsv.*; convert it"):
        kind_of(name, f"s3://b/{name}")


@pytest.mark.parametrize(
    "head",
    [b"PK\x03\x04\x14\x00\x06\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1\x15\x04\x15\x10", b"%PDF-1.7",
     bz2.compress(b"a,b\n")[:8]],
)  # fmt: skip
def test_bytes_of_another_kind_are_refused_whatever_the_name(head: bytes) -> None:
    """By what they are, with what to do."""
    with pytest.raises(UnreadableFileError, match=r"it is .*; "):
        refuse_others(head, "s3://b/a.csv")


@pytest.mark.parametrize(
    "head", [b"ORCID,te", b"PAR1,a\r\n", b"PK,a,b\r\n", b"Obj,text", b"BZh,text", b"%PDF,a\r"]
)
def test_a_header_line_is_no_other_kind(head: bytes) -> None:
    """Column names may begin as a file of another kind does."""
    refuse_others(head, "s3://b/a.csv")
