"""Which encoding a file has.

1. What the contract says, if it says one.
2. A byte order mark: UTF-8, UTF-16LE or UTF-16BE.
3. NULs are UTF-16 without a mark: the byte order whose text is readable.
4. ISO-2022-JP's escape sequences.
5. Otherwise ``evidence`` decides between UTF-8, CP932 and EUC-JP by the first ``LOOKED_AT`` bytes.

What stays unclear is refused: a text in the wrong encoding would look like data. Of a longer file the later
parts are asked as well (``sample``, ``check``): a file may be ASCII for long, and CP932 from then on.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from pipeline.errors import EncodingUnclearError
from pipeline.reading import plausible
from pipeline.reading.codec import MARKS
from pipeline.reading.evidence import CANDIDATES, LINES, Evidence

LOOKED_AT = 8 << 20
"""Bytes."""
_HEAD = 64 << 10
_LONGEST_LINE = 1 << 20
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\$\(D|\([JI])")
_STRUCTURE = re.compile("[\r\n,;\t|]")


def encoding_of(chunks: Iterable[bytes], declared: str, uri: str = "") -> str:
    """Return the encoding of a file by a contract's name, read no further than needed.

    ``declared`` is the contract's encoding. Raises EncodingUnclearError.
    """
    source = _at_most(chunks, LOOKED_AT)
    head = b""
    for chunk in source:
        head += chunk
        if len(head) >= _HEAD:
            break
    if declared == "auto" and head.startswith(_UTF_32):
        raise EncodingUnclearError(
            uri, "it begins with a mark of UTF-32, which is not read", "save it as UTF-8"
        )
    for mark, name in MARKS:
        if head.startswith(mark) and declared in ("auto", "utf-8", "utf-16", name):
            return name
    if declared == "utf-16":
        return "utf-16-le"
    if declared != "auto":
        return "cp932" if declared == "shift_jis" else declared
    return _utf_16(head[:_HEAD]) or _by_evidence(chain([head], source), uri)


def _at_most(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[:limit]
        limit -= len(chunk)
        if limit <= 0:
            return


def _utf_16(head: bytes) -> str | None:
    """Recognise UTF-16: such a CSV has NULs, half of each delimiter, digit and line end."""
    pairs = len(head) // 2
    if not pairs or b"\0" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.3 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    if even > 0.3 * pairs and odd < 0.05 * pairs:
        return "utf-16-be"
    # mostly Japanese: hardly any NULs, but in the wrong order it is hardly readable
    texts = {name: head[: 2 * pairs].decode(name, "replace") for name in ("utf-16-le", "utf-16-be")}
    scores = {name: plausible.readable(text) for name, text in texts.items() if _STRUCTURE.search(text)}
    best = max(scores, key=lambda name: scores[name], default=None)
    second = max((score for name, score in scores.items() if name != best), default=0.0)
    return best if best is not None and scores[best] >= 0.8 and scores[best] - second >= 0.3 else None


def _by_evidence(chunks: Iterable[bytes], uri: str) -> str:
    evidence = Evidence()
    for lines in _lines(chunks):
        evidence.escapes = evidence.escapes or any(_ESCAPE.search(line) for line in lines)
        evidence.add(lines)
        if evidence.lines >= LINES:
            break
    return _decided(evidence, uri)


def sample(chunks: Iterable[bytes], evidence: Evidence, whole: bool = False) -> Iterator[bytes]:
    """Pass the bytes of a part of a file on, and collect what they say of its encoding.

    ``whole``: the part begins with a whole line, as the file itself does with its header.
    """
    for chunk in chunks:
        first, whole = 0 if whole else 1, False
        if not evidence.escapes and b"\x1b" in chunk:
            evidence.escapes = _ESCAPE.search(chunk) is not None
        if evidence.lines < evidence.enough and not chunk.isascii():
            evidence.add(chunk.splitlines()[first:-1])  # the first and last line may be cut
        yield chunk


def check(evidence: Evidence, encoding: str, uri: str) -> None:
    """Raise EncodingUnclearError when all parts of a file together say something else than its beginning."""
    found = _decided(evidence, uri, encoding)
    if found != encoding:
        why = f"its first {LOOKED_AT >> 20} MB read as {encoding}, all of it as {found}"
        raise EncodingUnclearError(uri, why)


def _decided(evidence: Evidence, uri: str, known: str | None = None) -> str:
    found = evidence.verdict(known)
    if not evidence.escapes and found is not None:
        return found
    if evidence.escapes and not evidence.lines and not evidence.silent:
        return "iso2022_jp"
    if evidence.escapes:
        raise EncodingUnclearError(uri, "it has escape sequences of ISO-2022-JP beside other bytes")
    listed = ", ".join(f"{name} {score:.0%}" for name, score in evidence.scores().items())
    why = f"how well it reads: {listed}" if evidence.lines else "its few characters fit several"
    if evidence.unreadable:
        why = f"{evidence.unreadable} lines are no text in {', '.join(CANDIDATES)}; {why}"
    raise EncodingUnclearError(uri, why)


def _lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines of each chunk."""
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).splitlines()
        # the last line may go on in the next chunk; one without an end is cut rather than kept for ever
        rest = lines.pop() if lines and len(lines[-1]) < _LONGEST_LINE else b""
        yield lines
    if rest:
        yield [rest]
