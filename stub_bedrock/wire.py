"""JSON on the wire."""

import json
from typing import Any

from starlette.responses import JSONResponse


def to_bytes(value: object) -> bytes:
    """Compact JSON in UTF-8; with a lone surrogate, which UTF-8 has not, in escapes."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def from_bytes(body: bytes) -> Any:
    """:raises ValueError: no JSON, nested too deep, or with the NaN and Infinity that Python alone knows."""
    try:
        return json.loads(body, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None


class JsonAnswer(JSONResponse):
    """An answer's body."""

    def render(self, content: Any) -> bytes:
        return to_bytes(content)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
