"""gzip: whole, in pieces, damaged, and bombs."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline.errors import UnreadableFileError
from pipeline.reading.unpacking import Unpacked
from tests.support.file_bodies import FileBody

Write = Callable[..., FileBody]
LIMIT = 1 << 30
TEXT = "".join(f"{number},配送が早い {number * 7919}\n" for number in range(20_000)).encode()


def content(body: FileBody, limit: int = LIMIT) -> bytes:
    return b"".join(Unpacked(body, limit).chunks())


@pytest.mark.parametrize("chunk", [7, 4096, 1 << 20])
@pytest.mark.parametrize(
    "packed", [TEXT, gzip.compress(TEXT), gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])]
)
def test_every_byte_comes_once_whatever_the_chunks(write_csv: Write, packed: bytes, chunk: int) -> None:
    """Not packed, packed, packed in several members."""
    assert content(replace(write_csv(packed), chunk=chunk)) == TEXT


def test_padding_behind_the_last_member_is_no_damage(write_csv: Write) -> None:
    """Tapes and some tools fill blocks with zeros."""
    body = write_csv(gzip.compress(b"a,b\n") + bytes(2000))
    assert content(replace(body, chunk=64)) == b"a,b\n"


@pytest.mark.parametrize("cut", [5, 100, -9, -1])
def test_a_packed_file_that_ends_early_is_no_short_file(write_csv: Write, cut: int) -> None:
    """Rows would be lost without a word."""
    with pytest.raises(UnreadableFileError, match="upload it again"):
        content(write_csv(gzip.compress(TEXT)[:cut]))


def test_a_damaged_packed_file_is_refused(write_csv: Write) -> None:
    """gzip has a checksum."""
    packed = bytearray(gzip.compress(TEXT))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(UnreadableFileError, match="damaged"):
        content(write_csv(bytes(packed)))


def test_a_bomb_is_stopped_in_small_pieces(write_csv: Write) -> None:
    """By the ratio, and by the contract's bound; no piece is larger than the rest of the job expects."""
    bomb = write_csv(gzip.compress(bytes(100 << 20), 6))
    sizes: list[int] = []
    with pytest.raises(UnreadableFileError, match="max_uncompressed_bytes"):
        sizes.extend(len(piece) for piece in Unpacked(bomb, LIMIT).chunks())
    assert max(sizes) <= 1 << 20
    assert sum(sizes) <= 65 << 20
    noise = random.Random(1).randbytes(3 << 20)
    with pytest.raises(UnreadableFileError, match="max_uncompressed_bytes"):
        content(write_csv(gzip.compress(noise)), limit=1 << 20)


def test_what_is_packed_is_looked_at_as_well(write_csv: Write) -> None:
    """A workbook in gzip is no table."""
    with pytest.raises(UnreadableFileError, match="Excel"):
        content(write_csv(gzip.compress(b"PK\3\4" + bytes(50))))
