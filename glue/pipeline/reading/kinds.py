"""What kind of file an object is: by its name, and by its first bytes where they say more."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.errors import UnreadableFileError

_NAME = re.compile(r"\.(csv|tsv|jsonl|ndjson)(\.gz)?$", re.IGNORECASE)
_DELIMITERS = {"csv": ",", "tsv": "\t"}
READ = "csv, .tsv, .jsonl or .ndjson, each also with .gz"
GZIP = b"\x1f\x8b"
# none that a header line could begin with
_OTHERS = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook", "unpack it, or save the sheet as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV UTF-8"),
    (b"PAR1\x15", "a Parquet file", "write it as CSV or JSON lines"),
    (b"Obj\x01", "an Avro file", "write it as CSV or JSON lines"),
    (b"%PDF-", "a PDF", "export the table as CSV"),
    (b"BZh91AY&", "compressed with bzip2", "compress it with gzip"),
    (b"\xfd7zXZ\x00", "compressed with xz", "compress it with gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "compress it with gzip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it"),
)
HEAD = 8
"""So many first bytes tell what a file is."""


@dataclass(frozen=True)
class FileKind:
    """``objects``: JSON lines. ``delimiter``: what the name says of a table."""

    objects: bool = False
    delimiter: str = ","


def kind_of(name: str, uri: str) -> FileKind:
    """Return the kind by an object's name. Raises UnreadableFileError."""
    found = _NAME.search(name)
    if found is None:
        raise UnreadableFileError(uri, f"its name does not end in .{READ}", "convert it, or rename it")
    suffix = found[1].lower()
    return FileKind(delimiter=_DELIMITERS[suffix]) if suffix in _DELIMITERS else FileKind(objects=True)


def refuse_others(head: bytes, uri: str) -> None:
    """Raise UnreadableFileError for bytes that begin another kind of file."""
    for magic, what, advice in _OTHERS:
        if head.startswith(magic):
            raise UnreadableFileError(uri, f"it is {what}", advice)
