"""The content of a gzip file, and how much of it there may be."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from pipeline.errors import UnreadableFileError
from pipeline.reading.body import Body
from pipeline.reading.kinds import GZIP, HEAD, refuse_others

_PIECE = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS
_RATIO, _HARMLESS = 200, 64 << 20
"""A table hardly ever shrinks to a 200th; below the harmless bytes nobody asks."""


@dataclass(frozen=True)
class Unpacked:
    """A body whose bytes may be compressed: gzip is told by its first bytes, whatever the name says.

    S3 keeps what a client compressed on the way (Content-Encoding: gzip) as it came. Picklable.
    """

    body: Body
    limit: int
    """Bytes that the content may have."""

    @property
    def uri(self) -> str:
        return self.body.uri

    @property
    def size(self) -> int:
        """Bytes as they are stored."""
        return self.body.size

    def plain(self) -> Body | None:
        """Return the body whose bytes are the content, None where they are compressed."""
        head = b"".join(self.body.chunks(0, HEAD))
        return None if head.startswith(GZIP) else self.body

    def chunks(self) -> Iterator[bytes]:
        """Yield the content in pieces of at most 1 MiB. Raises UnreadableFileError."""
        source = self.body.chunks()
        head = b""
        for chunk in source:
            head += chunk
            if len(head) >= HEAD:
                break
        refuse_others(head, self.uri)
        whole = chain([head], source) if head else source
        return self._inflated(whole) if head.startswith(GZIP) else iter(whole)

    def _inflated(self, source: Iterator[bytes]) -> Iterator[bytes]:
        read = written = 0
        inflate = zlib.decompressobj(_GZIP)
        try:
            for chunk in source:
                read += len(chunk)
                rest = chunk
                while rest:
                    if inflate.eof and not rest.strip(b"\0"):
                        break  # members may be padded
                    if inflate.eof:  # one more member
                        inflate = zlib.decompressobj(_GZIP)
                    piece = inflate.decompress(rest, _PIECE)
                    written += len(piece)
                    self._check(read, written)
                    if written == len(piece):
                        refuse_others(piece[:HEAD], self.uri)
                    if piece:
                        yield piece
                    rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        except zlib.error as error:
            raise UnreadableFileError(
                self.uri, f"its gzip data is damaged: {error}", "upload it again"
            ) from error
        if not inflate.eof:
            raise UnreadableFileError(self.uri, "its gzip data ends early", "upload it again")

    def _check(self, read: int, written: int) -> None:
        if written > self.limit or written > max(_HARMLESS, _RATIO * read):
            why = f"its {read} compressed bytes become more than {written} bytes"
            advice = "split it; source.max_uncompressed_bytes of the contract bounds what is unpacked"
            raise UnreadableFileError(self.uri, why, advice)
