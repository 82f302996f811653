"""Estimates of tokens: for packing prompts and for sizing ``maxTokens``.

Bedrock takes ``maxTokens`` off the tokens-per-minute quota when a request starts and an unset one counts as
the model's maximum, so it is always set, to what the schema can need and little more:
https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

RECORD_OVERHEAD = 12  # {"id": 0, "text": ""}, and the separators
_NUMBER = 8
_FREE_STRING = 60  # a string without maxLength whose text does not follow the input's
_ARRAY_ITEMS = 10  # an array without maxItems
_ECHO = ("cleans", "mask", "redact", "normal", "translat", "text")


def estimate(text: str) -> int:
    """Tokens of ``text``, on the high side.

    Three ASCII characters a token, other scripts 1.3 tokens a character.
    """
    ascii_characters = sum(map(str.isascii, text)) if not text.isascii() else len(text)
    return math.ceil(ascii_characters / 3 + (len(text) - ascii_characters) * 1.3)


def _enum(values: list[Any]) -> int:
    return max((estimate(str(value)) for value in values), default=1)


def _value(name: str, schema: Mapping[str, Any], input_tokens: int) -> int:
    kinds = schema.get("type")
    kind = next((k for k in kinds if k != "null"), "null") if isinstance(kinds, list) else kinds
    if "enum" in schema:
        return _enum(list(schema["enum"])) + 2
    if kind == "array":
        items = int(schema.get("maxItems", _ARRAY_ITEMS))
        return items * (_value(name, schema.get("items", {}), 0) + 2) + 2
    if kind == "string":
        # what repeats the input (cleansed, masked) grows with it; the limit, when there is one, is the
        # ceiling
        follows_input = any(part in name.lower() for part in _ECHO)
        wanted = math.ceil(input_tokens * 1.2) + 8 if follows_input else _FREE_STRING
        if "maxLength" in schema:
            longest = math.ceil(int(schema["maxLength"]) * 1.3)
            return min(longest, wanted) if follows_input else longest
        return wanted
    return _NUMBER


def estimate_answer(properties: Mapping[str, Mapping[str, Any]], input_tokens: int) -> int:
    """Tokens of the answer for one record whose text is about ``input_tokens`` long."""
    named = sum(estimate(name) + 4 for name in properties)
    return RECORD_OVERHEAD + named + sum(_value(n, s, input_tokens) for n, s in properties.items())
