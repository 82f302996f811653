"""A file without some records: read by the job it is the same file, but for those."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_app.operations.rewriting import CannotBeCutError, LocalBody, without
from pipeline.contract.loader import load_contract
from pipeline.reading import open_csv
from tests.support.file_bodies import Bytes

CONTRACT = """
title: Orders
source: {encoding: auto}
columns:
  - {name: id, header: [id, 番号], type: string}
  - {name: words, type: string}
record_key: line
"""
WORDS = ("a", "日本", "", '"two\nlines"', '"three\r\nlines\rhere"', "é", "'", "~", "ｱ", "①")


def cut(content: bytes, lines: Sequence[int], to: Path, text: str = CONTRACT, name: str = "a.csv") -> bytes:
    body = Bytes(content, f"s3://bronze/bronze/orders/{name}?versionId=v1", chunk=7)
    without(body, load_contract(text, "orders.yaml"), lines, to)
    return to.read_bytes()


@pytest.mark.parametrize(
    ("encoding", "end"),
    [
        (encoding, end)
        for encoding in ("utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16", "iso2022_jp")
        for end in ("\n", "\r\n", "\r")
    ],
)
def test_any_records_of_any_file_can_go(encoding: str, end: str, tmp_path: Path) -> None:
    """The others are read as before, from the same lines, whatever the file is written like."""
    name = {"utf-8-sig": "utf-8", "utf-16": "auto"}.get(encoding, encoding)
    text = CONTRACT.replace("auto", name)

    @settings(max_examples=20)
    @given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), st.randoms(use_true_random=False))
    def run(words: list[str], random: Random) -> None:
        kept = [word for word in words if _is_writable(word, encoding)]
        rows = [f"{number},{word}" for number, word in enumerate(kept)]
        last = random.choice([end, ""])
        content = (end.join(["番号,words", *rows]) + last).encode(encoding)
        contract = load_contract(text, "orders.yaml")
        before = list(open_csv(Bytes(content), contract).data_records())
        gone = {one.line for one in before if random.random() < 0.4}
        written = cut(content, sorted(gone), tmp_path / "to", text)
        after = list(open_csv(LocalBody(tmp_path / "to", Bytes(content).uri), contract).data_records())
        assert after == [one for one in before if one.line not in gone]
        assert gone or written == content

    run()


def _is_writable(word: str, encoding: str) -> bool:
    try:
        return bool(word.encode(encoding)) or True
    except UnicodeEncodeError:
        return False


def test_the_bytes_of_the_others_are_as_they_were(tmp_path: Path) -> None:
    """Broken ones too: nothing is decoded and written again."""
    content = b"id,words\n1,a\n2,\xff\xfe b\r\n3,c"
    assert cut(content, [2, 4], tmp_path / "to") == b"id,words\n\n2,\xff\xfe b\r\n"


def test_what_was_compressed_is_again(tmp_path: Path) -> None:
    written = cut(gzip.compress(b"id,words\n1,a\n2,b\n"), [2], tmp_path / "to", name="a.csv.gz")
    assert gzip.decompress(written) == b"id,words\n\n2,b\n"


def test_without_a_record_the_file_is_copied_unread(tmp_path: Path) -> None:
    """A later version of the same object may be no file that can be read."""
    assert cut(b"\x00 nothing", [], tmp_path / "to") == b"\x00 nothing"


def test_json_lines(tmp_path: Path) -> None:
    content = b'{"id": "1"}\n{"id": "2"}\n'
    assert cut(content, [1], tmp_path / "to", name="a.jsonl") == b'\n{"id": "2"}\n'


def test_where_nothing_would_be_left_it_is_refused(tmp_path: Path) -> None:
    """Without a header: what is empty is no upload."""
    with pytest.raises(CannotBeCutError, match="no file of the dataset any more"):
        cut(b"1,a\n", [1], tmp_path / "to", CONTRACT.replace("auto", "auto, header: false"))


def test_where_the_others_would_be_read_otherwise_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of this program is found before anything is written to S3."""
    monkeypatch.setattr("glue_app.operations.rewriting._blanked", lambda line, before: "")
    with pytest.raises(CannotBeCutError, match="would be read otherwise"):
        cut(b"id,words\n1,a\n2,b\n", [2], tmp_path / "to")
