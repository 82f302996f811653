"""Which encoding a CSV has.

1. A byte order mark decides: UTF-8, UTF-16LE or UTF-16BE.
2. Bytes with a NUL in every other place are UTF-16 without a mark.
3. Otherwise each line with a byte above 0x7F is evidence. CP932 text is hardly ever valid UTF-8, so a line
   that is valid UTF-8 speaks for UTF-8, one that is not but is valid CP932 speaks for CP932. The majority of
   the first ``EVIDENCE`` such lines decides; a tie, or none at all, is UTF-8. So one line with broken bytes
   does not turn a UTF-8 file into CP932: it is that one row which is quarantined.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain

EVIDENCE = 1000
_HEAD = 4096
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ALIASES = {"shift_jis": "cp932"}  # what programs call Shift_JIS holds CP932's characters as well
_HIGH = re.compile(rb"[\x80-\xff]")
# Python's cp932 lets the bytes 80, A0, FD, FE and FF pass as these
_NOT_CP932 = re.compile("[\x80\xa0\uf8f1-\uf8f3]")


def encoding_of(chunks: Iterable[bytes], declared: str) -> str:
    """Return the Python codec of a file, read no further than needed.

    ``declared`` is the contract's encoding.
    """
    source = iter(chunks)
    head = b""
    for chunk in source:
        head += chunk
        if len(head) >= _HEAD:
            break
    for mark, name in _MARKS:
        if head.startswith(mark) and declared in ("auto", "utf-8", "utf-16", name):
            return name
    if declared == "utf-16":
        return "utf-16-le"
    if declared != "auto":
        return _ALIASES.get(declared, declared)
    return _utf16_by_zeros(head) or _by_evidence(chain([head], source))


def bom_of(encoding: str) -> bytes:
    """Return the byte order mark a file of this encoding may start with."""
    return next((mark for mark, name in _MARKS if name == encoding), b"")


def _utf16_by_zeros(head: bytes) -> str | None:
    sample = head[:_HEAD]
    if len(sample) < 2:
        return None
    pairs = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.3 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    if even > 0.3 * pairs and odd < 0.05 * pairs:
        return "utf-16-be"
    return None


def _by_evidence(chunks: Iterable[bytes]) -> str:
    utf8 = cp932 = 0
    for line in _lines_with_high_bytes(chunks):
        if _is(line, "utf-8"):
            utf8 += 1
        elif _is(line, "cp932"):
            cp932 += 1
        if utf8 + cp932 >= EVIDENCE:
            break
    return "cp932" if cp932 > utf8 else "utf-8"


def _lines_with_high_bytes(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).splitlines()
        # the last line may go on in the next chunk; one without an end is cut rather than kept for ever
        rest = lines.pop() if lines and len(lines[-1]) < 1 << 20 else b""
        yield from filter(_HIGH.search, lines)
    if _HIGH.search(rest):
        yield rest


def _is(line: bytes, encoding: str) -> bool:
    try:
        text = line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return encoding != "cp932" or not _NOT_CP932.search(text)
