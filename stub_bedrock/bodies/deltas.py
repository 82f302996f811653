"""How a streamed answer is cut into deltas."""

import re
from collections.abc import Iterator

TOOL_DELTA = 96
"""Characters of a tool's input in one delta."""
_WORDS = re.compile(r"\s*\S{1,24}", re.DOTALL)  # a word, or a stretch of Japanese


def pieces(text: str, size: int) -> Iterator[str]:
    """Yield the text in pieces of so many characters; joined they are the text."""
    for start in range(0, len(text), size):
        yield text[start : start + size]


def text_pieces(text: str) -> Iterator[str]:
    """Yield the text word by word, a long run of Japanese in stretches; joined they are the text."""
    end = 0
    for match in _WORDS.finditer(text):
        end = match.end()
        yield match[0]
    if end < len(text):
        yield text[end:]
