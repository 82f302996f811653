"""Bodies for tests: importable by Spark's Python workers as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FileBody:
    """A local file as ``reading.Body``. ``chunk`` bytes come at a time: small ones try the seams."""

    path: str
    chunk: int = 1 << 16

    @property
    def uri(self) -> str:
        return f"s3://bronze/{Path(self.path).name}?versionId=v1"

    @property
    def size(self) -> int:
        return Path(self.path).stat().st_size

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        rest = (self.size if end is None else end) - start
        with Path(self.path).open("rb") as file:
            file.seek(start)
            while rest > 0 and (data := file.read(min(self.chunk, rest))):
                rest -= len(data)
                yield data


@dataclass(frozen=True)
class Bytes:
    """A file in memory as ``reading.Body``."""

    content: bytes
    uri: str = "s3://bronze/bronze/t/a.csv?versionId=v1"
    chunk: int = 1 << 16

    @property
    def size(self) -> int:
        return len(self.content)

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        part = self.content[start:end]
        for at in range(0, len(part), self.chunk):
            yield part[at : at + self.chunk]
