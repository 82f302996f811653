"""What is sent to the model for a row's free text: by Spark, and by who looks for its answer."""

from __future__ import annotations

COLUMNS = ("heading", "comment")
CASES: tuple[tuple[str | None, str | None, str | None], ...] = (
    ("Hello", None, "heading: Hello"),
    (None, " a\r\nb\rc \n", "comment: a\nb\nc"),
    ("\u3000見出し\u00a0", "本文\t", "heading: 見出し\n\ncomment: 本文"),
    ("", "   ", None),
    (None, None, None),
    ("a\u2028", "\x0bb\x85", "heading: a\n\ncomment: b"),
)
"""heading, comment and the text."""
