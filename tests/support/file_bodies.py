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

    def chunks(self) -> Iterator[bytes]:
        with Path(self.path).open("rb") as file:
            while data := file.read(self.chunk):
                yield data
