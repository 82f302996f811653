"""Estimates of tokens: for packing prompts and for sizing ``maxTokens``.

Bedrock takes ``maxTokens`` off the tokens-per-minute quota when a request starts and an unset one counts as
the model's maximum, so it is always set, to what the schema can need and little more:
https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.enrichment.schema import kind_of

RECORD_OVERHEAD = 12  # {"id": 0, "text": ""}, and the separators
_NUMBER = 8
_FREE_STRING = 60  # a string without maxLength whose text does not follow the input's
_ARRAY_ITEMS = 10  # an array without maxItems
_ITEM_CHARACTERS = 15  # a key word; a larger maxLength is room that is hardly ever used
_DENSEST = 1.3  # tokens a character
_ECHO = ("cleans", "mask", "redact", "normal", "translat", "text")


def estimate(text: str) -> int:
    """Tokens of ``text``, on the high side.

    Three ASCII characters a token, other scripts 1.3 tokens a character.
    """
    ascii_characters = len(text) if text.isascii() else sum(map(str.isascii, text))
    return math.ceil(ascii_characters / 3 + (len(text) - ascii_characters) * _DENSEST)


def estimate_answer(properties: Mapping[str, Mapping[str, Any]], text: str) -> int:
    """Tokens of the answer about ``text``, on the high side, though not the most the schema allows.

    An answer is in the text's script. What still does not fit is asked again in smaller prompts.
    """
    given = _Given(estimate(text), len(text))
    named = sum(estimate(name) + 3 for name in properties)
    return RECORD_OVERHEAD + named + sum(_value(n, s, given) for n, s in properties.items())


@dataclass(frozen=True)
class _Given:
    """The text that is asked about."""

    tokens: int
    characters: int

    def written(self, characters: int) -> int:
        """Tokens of so many characters in the text's script."""
        density = self.tokens / self.characters if self.characters else _DENSEST
        return math.ceil(characters * density)


def _value(name: str, schema: Mapping[str, Any], given: _Given) -> int:
    kind = kind_of(schema)
    if "enum" in schema:
        return 2 + max((estimate(str(label)) for label in schema["enum"]), default=1)
    if kind == "array":
        items = int(schema.get("maxItems", _ARRAY_ITEMS))
        return 2 + items * (2 + _item(schema.get("items", {}), given))
    if kind == "string":
        # what repeats the text (cleansed, masked) is as long as it; a summary is hardly longer
        follows_text = any(part in name.lower() for part in _ECHO)
        wanted = given.tokens + (10 if follows_text else _FREE_STRING)
        if "maxLength" in schema:
            return min(wanted, given.written(int(schema["maxLength"])) + 2)
        return wanted if follows_text else _FREE_STRING
    return _NUMBER


def _item(schema: Mapping[str, Any], given: _Given) -> int:
    if kind_of(schema) != "string" or "enum" in schema:
        return _value("", schema, given)
    return given.written(min(_ITEM_CHARACTERS, int(schema.get("maxLength", _ITEM_CHARACTERS))))
