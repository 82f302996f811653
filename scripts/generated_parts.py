"""Parts of a document that a program writes: they stand between two comments, which name them."""

from __future__ import annotations

from collections.abc import Mapping

_BEGIN, _END = "<!-- generated: {} -->", "<!-- end of generated -->"


def with_parts(document: str, parts: Mapping[str, str], name: str) -> str:
    """Return the document `name` with these texts between their markers.

    Raises ValueError naming the part whose markers are missing.
    """
    for part, text in parts.items():
        begin = _BEGIN.format(part)
        before, found, rest = document.partition(begin)
        _old, end, after = rest.partition(_END)
        if not found or not end:
            raise ValueError(f"{name} has no part between {begin!r} and {_END!r}")
        document = f"{before}{begin}\n{text}\n{_END}{after}"
    return document
