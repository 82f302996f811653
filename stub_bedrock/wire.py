"""JSON on the wire."""

import json
import math
from typing import Any

from starlette.responses import JSONResponse

DEEPEST = 200
"""Levels of nesting that a body may have."""
MOST_VALUES = 1_000_000


def to_bytes(value: object) -> bytes:
    """Compact JSON in UTF-8; with a lone surrogate, which UTF-8 has not, in escapes."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def from_bytes(body: bytes) -> Any:
    """Read JSON.

    Raises ValueError for no JSON, nested too deep, or with the NaN and Infinity that Python alone knows.
    """
    try:
        value = json.loads(body, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deep") from None
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(child, dict | list)
        ]
        if not level:
            return value
    raise ValueError("nested too deep")


def is_too_much(body: bytes) -> bool:
    """Has it more values than the largest context window has tokens? Reading it takes long, for nothing."""
    return body.count(b",") + body.count(b"[") + body.count(b"{") > MOST_VALUES


class JsonAnswer(JSONResponse):
    """An answer's body."""

    def render(self, content: Any) -> bytes:
        return to_bytes(content)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _finite(digits: str) -> float:
    """Read a number. One beyond a double's range, which Python reads as infinite, is none for Bedrock."""
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits[:20]} is out of range")
    return value
