"""smux frames, cut anywhere."""

from __future__ import annotations

import random

import pytest

from glue_app.emulator.ssm.channel.errors import MalformedFrameError
from glue_app.emulator.ssm.channel.smux import Command, Frame, FrameReader


def test_frames_are_found_however_their_bytes_are_cut() -> None:
    chance = random.Random(3)
    for _ in range(100):
        frames = [
            Frame(
                chance.choice([*Command]),
                chance.randrange(2**32),
                chance.randbytes(chance.choice([0, 1, 100, 65_535])),
            )
            for _ in range(chance.randrange(1, 8))
        ]
        stream, reader, found = b"".join(frame.pack() for frame in frames), FrameReader(), []
        while stream:
            size = chance.choice([1, 7, 8, 9, 1024, 100_000])
            found += list(reader.feed(stream[:size]))
            stream = stream[size:]
        assert found == frames


def test_the_layout_is_smuxs() -> None:
    """Little endian, version 1."""
    assert Frame(Command.PSH, 3, b"ab").pack() == b"\x01\x02\x02\x00\x03\x00\x00\x00ab"


@pytest.mark.parametrize("header", [b"\2\2\0\0\3\0\0\0", b"\1\4\0\0\3\0\0\0", b"\1\xff\0\0\3\0\0\0"])
def test_another_version_or_command_is_malformed(header: bytes) -> None:
    with pytest.raises(MalformedFrameError):
        list(FrameReader().feed(header))
